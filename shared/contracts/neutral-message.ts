/** The neutral form of one message: what simulators report, what the vault exports and what tests compare byte by byte. */
import { z } from 'zod'

export const channelSchema = z.enum(['whatsapp', 'telegram'])
export type Channel = z.infer<typeof channelSchema>

/**
 * A provider address. A person on WhatsApp: `<digits>@lid` (canonical) or `<digits>@s.whatsapp.net` while no LID is known, never
 * with a device part; on Telegram: `user:<decimal id>`. A group on WhatsApp: `<digits>@g.us` (older ones `<digits>-<digits>@g.us`);
 * on Telegram `chat:<decimal id>` (basic group) or `channel:<decimal id>` (megagroup).
 */
export const addressSchema = z.string().min(3).max(128)

export function isGroupAddress(address: string): boolean {
  return address.endsWith('@g.us') || address.startsWith('chat:') || address.startsWith('channel:')
}

const mostLinkChars = 2048
// What else an address can ask a machine to do (script, data, file, custom programs) is neither kept as a link nor shown as one.
const linkForms = /^(?:https?|tg|mailto|tel):[^\s\p{C}]+$/iu

/** An address behind a text as it may stand in an entity, or null: http, https, tg, mailto, tel, at most 2048 characters, none invisible. */
export function linkTarget(url: string): string | null {
  return url.length <= mostLinkChars && linkForms.test(url) ? url : null
}

/** `offset` and `length` in UTF-16 units; `type` as `bold`, `italic`, `code`, `url`, `text_url`, `mention`, `mention_name` … */
export const entitySchema = z
  .strictObject({
    type: z.string().max(32),
    offset: z.int().min(0),
    length: z.int().min(0),
    /** Of a `text_url`: the address behind the text; absent where `linkTarget` refuses it. */
    url: z
      .string()
      .refine((url) => linkTarget(url) !== null)
      .optional(),
  })
  .refine(({ type, url }) => url === undefined || type === 'text_url')
export type Entity = z.infer<typeof entitySchema>

/** What somebody said that stands as a bubble of its own. */
export const bubbleKinds = [
  'text',
  'image',
  'video',
  'voice',
  'audio',
  'document',
  'sticker',
  'location',
  'contact',
  'poll',
] as const
/** What changes or answers another message, named by `target`; the message itself stays as it was. */
export const changeKinds = ['edit', 'delete', 'reaction', 'vote'] as const
/** What the provider tells of the conversation itself. */
export const noticeKinds = ['service', 'call'] as const
export const messageKinds = [...bubbleKinds, ...changeKinds, ...noticeKinds] as const
export type MessageKind = (typeof messageKinds)[number]
export const mediaKinds = ['image', 'video', 'voice', 'audio', 'document', 'sticker'] as const
export type MediaKind = (typeof mediaKinds)[number]

export function isChange(kind: MessageKind): boolean {
  return changeKinds.some((one) => one === kind)
}
export function isNotice(kind: MessageKind): boolean {
  return noticeKinds.some((one) => one === kind)
}
export function isMedia(kind: string): kind is MediaKind {
  return mediaKinds.some((one) => one === kind)
}

/** The file as its sender describes it: nothing here has been verified, and the name is hostile input. */
export const fileSchema = z.strictObject({
  /** As given, without any path handling; null where the provider carries none (pictures, voice notes). */
  name: z.string().max(512).nullable(),
  mime: z.string().max(128),
  bytes: z.int().min(0),
  width: z.int().min(0).nullable(),
  height: z.int().min(0).nullable(),
  /** Whole seconds. */
  durationS: z.int().min(0).nullable(),
  /**
   * Base64 of one byte a bar, 0 to 100, at most 256 bars; null where there is none. WhatsApp carries it so; Telegram's five bits v
   * (little-endian bit string) become round(v × 100 / 31).
   */
  waveform: z.string().max(400).nullable(),
})
export type FileDetails = z.infer<typeof fileSchema>

export const locationSchema = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: z.string().max(512).nullable(),
  address: z.string().max(1024).nullable(),
  live: z.boolean(),
})
export const contactSchema = z.strictObject({
  name: z.string().max(512),
  /** As the card gives them. */
  phones: z.array(z.string().max(64)).max(32),
})
export const pollSchema = z.strictObject({
  question: z.string().max(1024),
  options: z.array(z.string().max(512)).min(1).max(32),
  multiple: z.boolean(),
})
export const serviceEvents = [
  'created',
  'subject',
  'description',
  'picture',
  'added',
  'joined',
  'left',
  'removed',
  'promoted',
  'demoted',
  'invite-link',
  'announce',
  'timer',
  'pinned',
  'other',
] as const
export const serviceSchema = z.strictObject({
  event: z.enum(serviceEvents),
  /** Addresses of those whom it is about, as the provider lists them. */
  members: z.array(addressSchema).max(2048),
  /** The new subject, description or link; for `other` the provider's own name of the event. */
  text: z.string().max(4096).nullable(),
  /** For `timer`: after how many seconds messages disappear, 0: never. */
  seconds: z.int().min(0).nullable(),
})
export const callSchema = z.strictObject({
  video: z.boolean(),
  outcome: z.enum(['ringing', 'missed', 'answered', 'declined']),
  durationS: z.int().min(0).nullable(),
})

/** What belongs to a kind beside its text; only members that apply are there, so that canonical JSON is equal on both sides. */
export const detailsSchema = z.strictObject({
  /** Media kinds. */
  file: fileSchema.optional(),
  location: locationSchema.optional(),
  contacts: z.array(contactSchema).max(64).optional(),
  poll: pollSchema.optional(),
  /** Chosen options by their text, in the poll's order; empty: the vote is taken back. */
  vote: z.array(z.string().max(512)).max(32).optional(),
  /** The reaction; null: it is taken back. */
  emoji: z.string().max(64).nullable().optional(),
  service: serviceSchema.optional(),
  call: callSchema.optional(),
  /** Persons mentioned, in the order of the text: WhatsApp's list, Telegram's `mention_name` entities. */
  mentions: z.array(addressSchema).max(1024).optional(),
  /** Only ever true: absent where it is not a forward. */
  forwarded: z.literal(true).optional(),
  /** Only ever true: may be looked at once, on the phone. */
  viewOnce: z.literal(true).optional(),
  /** Disappears so many seconds after it was sent (WhatsApp: contextInfo.expiration, Telegram: ttl_period). */
  expiresS: z.int().min(1).optional(),
  /** The link preview that came with the text; we fetch none. */
  preview: z
    .strictObject({
      url: z.string().max(4096),
      title: z.string().max(1024).nullable(),
      description: z.string().max(4096).nullable(),
    })
    .optional(),
  /** Telegram's grouped_id, decimal: pictures that belong together. */
  album: z.string().max(32).optional(),
})
export type Details = z.infer<typeof detailsSchema>

export const neutralMessageSchema = z.strictObject({
  channel: channelSchema,
  kind: z.enum(messageKinds),
  /** Address of the conversation: the customer's, or the group's. '' in events of versions before groups. */
  chat: addressSchema.or(z.literal('')).default(''),
  /** Who wrote it: the customer's address, or the account's own address. Telegram does not tell who deleted: the chat's address. */
  author: addressSchema,
  /**
   * WhatsApp message id (the stanza's id, for changes as well: they are messages), or the Telegram message id in the account's own
   * mailbox (or the megagroup), decimal. Telegram's changes have no id of their own: `<target>/edit/<pts>`, `<target>/delete`,
   * `<target>/reaction/<user id>`, `<target>/vote/<user id>`. Notices of the provider without an id (WhatsApp group notifications,
   * calls): the stanza's id; a call's id.
   */
  providerId: z.string().min(1).max(128),
  /** The provider's time of the message, epoch milliseconds (both providers give whole seconds). */
  time: z.int().min(0),
  /** The text, the caption, for an edit the new text; '' where there is none. */
  text: z.string(),
  entities: z.array(entitySchema),
  /** Provider id of the message that this one replies to. */
  reply: z.string().nullable(),
  /** Provider id of the message that a change is about. */
  target: z.string().max(128).nullable().default(null),
  /** SHA-256 of the media file as it was received whole, lower-case hex; null while nobody holds the file. */
  media: z.string().nullable(),
  details: detailsSchema.nullable().default(null),
})
export type NeutralMessage = z.infer<typeof neutralMessageSchema>

/** What a person says or does, without where, when and by whom. */
export type MessageContent = Pick<NeutralMessage, 'kind' | 'text' | 'entities' | 'reply' | 'target' | 'details'>

export function plainText(text: string, reply: string | null = null): MessageContent {
  return { kind: 'text', text, entities: [], reply, target: null, details: null }
}
