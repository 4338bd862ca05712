/** What the simulated people do on their phones: write every kind of message, and change what they wrote. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { isMedia } from '../../../shared/contracts/neutral-message.ts'
import type { NeutralMessage } from '../../../shared/contracts/neutral-message.ts'
import type { ChangeRequest, SayRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import type { Conversation } from './chats.ts'
import { readMessage } from './content-read.ts'
import { writeBubble, writeChange } from './content-write.ts'
import type { WriteScene } from './content-write.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import { sha256 } from './media-crypto.ts'
import type { StoredFile } from './media-store.ts'
import type { Account, Customer, Resident } from './people.ts'
import { post } from './posting.ts'
import { shapeOf } from './stanza-shape.ts'
import type { World } from './world.ts'

const SECRET_BYTES = 32
/** Encryption, padding and the stanza around it must still fit in a frame. */
const MAX_TEXT_BYTES = 12 * 1024 * 1024

interface Place {
  chat: Conversation
  author: Resident
  server: string
}

type Where = Pick<SayRequest, 'customer' | 'account' | 'group' | 'fromPhone' | 'addressing'>

/** Throws SimulatorError when somebody is not there or not in the group. */
function placeOf(world: World, { customer, account, group, fromPhone, addressing }: Where): Place {
  const server = addressing === 'number' ? PN_SERVER : LID_SERVER
  if (group === null) {
    const owner = world.account(account ?? '')
    const other = world.customer(customer)
    return { chat: world.chat(owner, other), author: fromPhone ? owner : other, server }
  }
  const chat = world.group(group)
  const author = fromPhone ? world.account(account ?? '') : world.resident(customer)
  if (!chat.members.has(author)) throw new SimulatorError('bad_request', `${author.id} is not in the group`)
  if (chat.announce && !chat.isAdmin(author)) throw new SimulatorError('bad_request', 'only admins may write here')
  return { chat, author, server: LID_SERVER }
}

/** Somebody writes. Resolves when the message waits at the provider for each linked device, with its id. */
export function say(world: World, request: SayRequest): Promise<string> {
  const { text, kind, media } = request
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES || (kind === 'text' && text === '')) {
    throw new SimulatorError('bad_request', 'the text is empty or longer than 12 MB')
  }
  if (isMedia(kind) !== (media !== null))
    throw new SimulatorError('bad_request', `${kind}: a file is missing or too much`)
  const place = placeOf(world, request)
  return world.inOrder(async () => {
    const scene = sceneOf(world, place)
    const file =
      media &&
      world.media.store(
        media.bytes,
        media.kind,
        place.chat.accounts().map(({ id }) => id),
      )
    const message = writeBubble(scene, request, file)
    return send(world, scene, message, kind === 'text' ? 'text' : 'other', file)
  })
}

/** Somebody edits, deletes, reacts or votes. */
export function change(world: World, request: ChangeRequest): Promise<string> {
  const place = placeOf(world, request)
  return world.inOrder(async () => {
    const scene = sceneOf(world, place)
    const target = place.chat.messages.get(request.target)
    if (!target) throw new SimulatorError('not_found', `the conversation has no message ${request.target}`)
    const { kind } = request.change
    const isOwn = target.author === place.author
    const mayDelete = place.chat.kind === 'group' && place.chat.isAdmin(place.author)
    if ((kind === 'edit' && !isOwn) || (kind === 'delete' && !isOwn && !mayDelete)) {
      throw new SimulatorError('bad_request', `${place.author.id} may not ${kind} this message`)
    }
    return send(world, scene, writeChange(scene, request.change, target), 'other', null)
  })
}

/** Field 4000 of the message, a string: no version of WhatsApp knows it. */
const UNKNOWN_FIELD = Buffer.concat([Buffer.from([0x82, 0xfa, 0x01, 0x07]), Buffer.from('unknown')])

/** Whoever wrote to the account last writes something that nobody can read. */
export function sayUnknown(world: World, account: Account): Promise<void> {
  const last = world.sent.findLast((entry) => entry.account === account.id)
  const author = last ? world.customer(last.customer) : [...world.customers.values()][0]
  if (!author) throw new SimulatorError('bad_request', 'there is no customer who could write')
  return world.inOrder(async () => {
    const chat = world.chat(account, author)
    const shape = { type: 'text', enc: {}, attrs: {}, nodes: [] }
    const id = world.messageId('other')
    await post(world, { id, chat, author, server: LID_SERVER, time: world.seconds(), bytes: UNKNOWN_FIELD, shape })
  })
}

function sceneOf(world: World, place: Place): WriteScene {
  return { ...place, time: world.seconds(), secret: world.source.next('message-secret', SECRET_BYTES) }
}

async function send(
  world: World,
  scene: WriteScene,
  message: proto.IMessage,
  series: 'text' | 'other',
  file: StoredFile | null,
): Promise<string> {
  const { chat, author, server, time } = scene
  const id = world.messageId(series)
  const bytes = Buffer.from(proto.Message.encode(message).finish())
  keep(world, scene, id, bytes, file)
  // The decoded form: what was built has no defaults, and its parts are shared.
  chat.messages.set(id, { id, author, time, message: proto.Message.decode(bytes) })
  await post(world, { id, chat, author, server, time, bytes, shape: shapeOf(message) })
  return id
}

/** The provider's own record: for each account that gets it from a customer, for each customer that gets it from a phone. */
function keep(world: World, scene: WriteScene, id: string, bytes: Buffer, file: StoredFile | null): void {
  const { chat, author } = scene
  const neutral = neutralOf(world, scene, id, bytes, file)
  if (!neutral) return
  const record = { providerId: id, message: neutral, raw: bytes.toString('base64') }
  const group = chat.kind === 'group' ? chat.id : null
  if (author.kind === 'customer') {
    for (const { id: account } of chat.accounts()) world.sent.push({ customer: author.id, account, ...record, group })
    return
  }
  for (const customer of chat.customers()) {
    world.received.push({ customer: customer.id, account: author.id, ...record, group })
    showOn(customer, author, chat, scene.server, id, neutral)
  }
}

/** The customer's phone shows what the account's own phone wrote. */
function showOn(
  customer: Customer,
  account: Account,
  chat: Conversation,
  server: string,
  id: string,
  { target }: NeutralMessage,
): void {
  customer.shown.set(`${account.id}/${id}`, { account, chat, id, server, read: target !== null })
}

function neutralOf(
  world: World,
  { chat, author, time }: WriteScene,
  id: string,
  bytes: Buffer,
  file: StoredFile | null,
): NeutralMessage | null {
  const find = (target: string) => chat.messages.get(target)
  const scene = { author, find, canonical: (jid: string) => world.canonical(jid) }
  const read = readMessage(scene, proto.Message.decode(bytes))
  if (!read) return null
  return {
    channel: 'whatsapp',
    chat: chat.address,
    author: author.address,
    providerId: id,
    time: time * 1000,
    media: file ? sha256(file.plain).toString('hex') : null,
    ...read.content,
  }
}
