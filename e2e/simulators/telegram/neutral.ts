/** The neutral form of what an account sees, read from the TL objects that it is given: the provider's own record. */
import {
  linkTarget,
  neutralMessageSchema,
  type Details,
  type Entity,
  type FileDetails,
  type MediaKind,
  type MessageKind,
  type NeutralMessage,
} from '../../../shared/contracts/neutral-message.ts'
import { isTlObject, type TlObject } from './tl-codec.ts'
import { intOf, longOf, longsOf, objectOf, objectsOf, optionalObjectOf, textOf } from './tl-fields.ts'

type ServiceDetails = NonNullable<Details['service']>
type CallDetails = NonNullable<Details['call']>

const WAVEFORM_BARS = 256

/** What a change's row says beside where and when. */
interface Change {
  kind: 'edit' | 'delete' | 'reaction' | 'vote'
  chat: string
  author: string
  target: number
  /** What follows `<target>/` in the provider id. */
  suffix: string
  /** Epoch seconds. */
  date: number
  text?: string
  entities?: TlObject[]
  details: Details | null
}

export function neutralChange(change: Change): NeutralMessage {
  return neutralMessageSchema.parse({
    channel: 'telegram',
    kind: change.kind,
    chat: change.chat,
    author: change.author,
    providerId: `${change.target}/${change.suffix}`,
    time: change.date * 1000,
    text: change.text ?? '',
    entities: (change.entities ?? []).map(neutralEntity),
    reply: null,
    target: String(change.target),
    media: null,
    details: change.details,
  } satisfies NeutralMessage)
}

/** chat: the conversation's address; sha256: of the whole file where the message carries one. */
export function neutralMessage(message: TlObject, chat: string, sha256: string | null): NeutralMessage {
  const from = optionalObjectOf(message, 'from_id')
  const author = from ? `user:${longOf(from, 'user_id')}` : chat
  const reply = optionalObjectOf(message, 'reply_to')
  const read = message._ === 'messageService' ? readAction(message, author) : readContent(message)
  return neutralMessageSchema.parse({
    channel: 'telegram',
    kind: read.kind,
    chat,
    author,
    providerId: String(intOf(message, 'id')),
    time: intOf(message, 'date') * 1000,
    text: textOf(message, 'message'),
    entities: objectsOf(message, 'entities').map(neutralEntity),
    reply: reply ? String(intOf(reply, 'reply_to_msg_id')) : null,
    target: null,
    media: read.details?.file ? sha256 : null,
    details: read.details,
  } satisfies NeutralMessage)
}

/** messageEntityTextUrl → text_url. */
function neutralEntity(entity: TlObject): Entity {
  const name = entity._.replace(/^(inputMessageEntity|messageEntity)/, '')
  const type = name.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase()
  const url = type === 'text_url' ? linkTarget(textOf(entity, 'url')) : null
  const place = { offset: intOf(entity, 'offset'), length: intOf(entity, 'length') }
  return { type, ...place, ...(url === null ? {} : { url }) }
}

/** Addresses of the persons whom `mention_name` entities mean. */
export function mentionsOf(entities: TlObject[]): string[] {
  return entities
    .filter((entity) => entity._ === 'messageEntityMentionName')
    .map((entity) => `user:${longOf(entity, 'user_id')}`)
}

interface Read {
  kind: MessageKind
  details: Details | null
}

function readContent(message: TlObject): Read {
  const media = optionalObjectOf(message, 'media')
  const read: { kind: MessageKind; details: Details } = media ? readMedia(media) : { kind: 'text', details: {} }
  const { details } = read
  const mentions = mentionsOf(objectsOf(message, 'entities'))
  if (mentions.length > 0) details.mentions = mentions
  if (message['fwd_from'] !== undefined) details.forwarded = true
  if (intOf(message, 'ttl_period') > 0) details.expiresS = intOf(message, 'ttl_period')
  if (message['grouped_id'] !== undefined) details.album = longOf(message, 'grouped_id').toString()
  return { kind: read.kind, details: Object.keys(details).length === 0 ? null : details }
}

function readMedia(media: TlObject): { kind: MessageKind; details: Details } {
  switch (media._) {
    case 'messageMediaPhoto':
      return withLife(media, 'image', readPhoto(objectOf(media, 'photo')))
    case 'messageMediaDocument': {
      const { kind, file } = readDocument(objectOf(media, 'document'))
      return withLife(media, kind, file)
    }
    case 'messageMediaGeo':
    case 'messageMediaVenue':
    case 'messageMediaGeoLive':
      return { kind: 'location', details: { location: readLocation(media) } }
    case 'messageMediaContact': {
      const name = [textOf(media, 'first_name'), textOf(media, 'last_name')].filter(Boolean).join(' ')
      const phone = textOf(media, 'phone_number')
      return { kind: 'contact', details: { contacts: [{ name, phones: phone ? [phone] : [] }] } }
    }
    case 'messageMediaPoll':
      return { kind: 'poll', details: { poll: readPoll(objectOf(media, 'poll')) } }
    case 'messageMediaWebPage': {
      const page = objectOf(media, 'webpage')
      const [title, description] = [textOf(page, 'title') || null, textOf(page, 'description') || null]
      return { kind: 'text', details: { preview: { url: textOf(page, 'url'), title, description } } }
    }
    default:
      return { kind: 'text', details: {} }
  }
}

function withLife(media: TlObject, kind: MediaKind, file: FileDetails): { kind: MediaKind; details: Details } {
  return { kind, details: media['ttl_seconds'] === undefined ? { file } : { file, viewOnce: true } }
}

const nothing = { name: null, width: null, height: null, durationS: null, waveform: null }

function readPhoto(photo: TlObject): FileDetails {
  const whole = objectsOf(photo, 'sizes').at(-1) ?? { _: 'photoSizeEmpty' }
  const sizes = whole['sizes']
  const last = Array.isArray(sizes) ? sizes.at(-1) : whole['size']
  const bytes = typeof last === 'number' ? last : 0
  return { ...nothing, mime: 'image/jpeg', bytes, width: intOf(whole, 'w'), height: intOf(whole, 'h') }
}

function readDocument(document: TlObject): { kind: MediaKind; file: FileDetails } {
  const attributes = objectsOf(document, 'attributes')
  const find = (name: string): TlObject | null => attributes.find((one) => one._ === name) ?? null
  const audio = find('documentAttributeAudio')
  const video = find('documentAttributeVideo')
  const shown = video ?? find('documentAttributeImageSize')
  const named = find('documentAttributeFilename')
  const waveform = audio?.['waveform']
  const voice = audio?.['voice'] === true
  const duration = video?.['duration'] ?? audio?.['duration']
  const file: FileDetails = {
    name: named ? textOf(named, 'file_name') : null,
    mime: textOf(document, 'mime_type'),
    bytes: Number(longOf(document, 'size')),
    width: shown ? intOf(shown, 'w') : null,
    height: shown ? intOf(shown, 'h') : null,
    durationS: typeof duration === 'number' ? Math.round(duration) : null,
    waveform: waveform instanceof Uint8Array && waveform.length > 0 ? barsOf(waveform).toString('base64') : null,
  }
  const sticker = find('documentAttributeSticker') !== null
  const kind = sticker ? 'sticker' : voice ? 'voice' : audio ? 'audio' : video ? 'video' : 'document'
  return { kind, file }
}

/** Telegram's five bits a bar become one byte a bar, 0 to 100. */
function barsOf(packed: Uint8Array): Buffer {
  const bars = Math.min(WAVEFORM_BARS, Math.floor((packed.length * 8) / 5))
  return Buffer.from(
    Array.from({ length: bars }, (_, bar) => {
      const bit = bar * 5
      const pair = (packed[bit >> 3] ?? 0) | ((packed[(bit >> 3) + 1] ?? 0) << 8)
      return Math.round((((pair >> (bit & 7)) & 31) * 100) / 31)
    }),
  )
}

/** The reverse: bars of 0 to 100 as Telegram packs them. */
export function packBars(bars: Uint8Array): Buffer {
  const packed = Buffer.alloc(Math.ceil((bars.length * 5) / 8) + 1)
  bars.forEach((value, bar) => {
    const bit = bar * 5
    const shifted = Math.round((Math.min(100, value) * 31) / 100) << (bit & 7)
    packed[bit >> 3] = (packed[bit >> 3] ?? 0) | (shifted & 0xff)
    packed[(bit >> 3) + 1] = (packed[(bit >> 3) + 1] ?? 0) | (shifted >> 8)
  })
  return packed.subarray(0, Math.ceil((bars.length * 5) / 8))
}

function readLocation(media: TlObject): NonNullable<Details['location']> {
  const geo = objectOf(media, 'geo')
  const [latitude, longitude] = [Number(geo['lat']), Number(geo['long'])]
  const name = textOf(media, 'title') || null
  const address = textOf(media, 'address') || null
  return { latitude, longitude, name, address, live: media._ === 'messageMediaGeoLive' }
}

function readPoll(poll: TlObject): NonNullable<Details['poll']> {
  const options = objectsOf(poll, 'answers').map((answer) => textOf(objectOf(answer, 'text'), 'text'))
  const question = textOf(objectOf(poll, 'question'), 'text')
  return { question, options, multiple: poll['multiple_choice'] === true }
}

function readAction(message: TlObject, author: string): Read {
  const action = objectOf(message, 'action')
  if (action._ === 'messageActionPhoneCall') return { kind: 'call', details: { call: readCall(action) } }
  const service: ServiceDetails = {
    event: 'other',
    members: [],
    text: null,
    seconds: null,
    ...describe(action, author),
  }
  return { kind: 'service', details: { service } }
}

function users(action: TlObject): string[] {
  return longsOf(action, 'users').map((id) => `user:${id}`)
}

function describe(action: TlObject, author: string): Partial<ServiceDetails> {
  switch (action._) {
    case 'messageActionChatCreate':
      return { event: 'created', members: users(action), text: textOf(action, 'title') }
    case 'messageActionChannelCreate':
      return { event: 'created', text: textOf(action, 'title') }
    case 'messageActionChatEditTitle':
      return { event: 'subject', text: textOf(action, 'title') }
    case 'messageActionChatAddUser': {
      const members = users(action)
      return { event: members.length === 1 && members[0] === author ? 'joined' : 'added', members }
    }
    case 'messageActionChatDeleteUser': {
      const member = `user:${longOf(action, 'user_id')}`
      return { event: member === author ? 'left' : 'removed', members: [member] }
    }
    case 'messageActionChatJoinedByLink':
      return { event: 'joined', members: [author] }
    case 'messageActionSetMessagesTTL':
      return { event: 'timer', seconds: intOf(action, 'period') }
    case 'messageActionPinMessage':
      return { event: 'pinned' }
    case 'messageActionCustomAction':
      return { event: 'other', text: textOf(action, 'message') }
    default:
      // The library's spelling of the name; the notation itself begins with a small letter.
      return { event: 'other', text: action._.charAt(0).toUpperCase() + action._.slice(1) }
  }
}

function readCall(action: TlObject): CallDetails {
  const reason = action['reason']
  const name = isTlObject(reason) ? reason._ : ''
  const durationS = action['duration'] === undefined ? null : intOf(action, 'duration')
  const outcome = durationS !== null ? 'answered' : name === 'phoneCallDiscardReasonBusy' ? 'declined' : 'missed'
  return { video: action['video'] === true, outcome, durationS }
}

/** The id of a message's poll option: any bytes; these are the index as a character, as Telegram's own apps choose them. */
export function optionBytes(index: number): Buffer {
  return Buffer.from(String.fromCharCode(48 + index))
}
