/** What the phones of customers, and the account's own, make of what a linked device sent. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { bytesOf, child } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Conversation, Group } from './chats.ts'
import type { Login } from './connection.ts'
import { OUTBOUND } from './faults.ts'
import { readMessage, unwrap } from './content-read.ts'
import type { ReadMessage } from './content-read.ts'
import { LID_SERVER } from './jid.ts'
import type { Jid } from './jid.ts'
import { unpad } from './message-content.ts'
import { proveDevice } from './pairing.ts'
import type { Customer, GroupKey, Resident, ShownMessage } from './people.ts'
import { askAgain } from './receipts.ts'
import { ReceivedSenderKey } from './sender-key.ts'
import { claimedIdentity } from './signal-device.ts'
import type { Ciphertext } from './signal-device.ts'
import type { World } from './world.ts'

/** Phones stop asking for a message that they cannot read. */
const MAX_ASKS = 5
/** In small groups every member reads its copy of the sender key; in large ones only the first of them, for all. */
const MAX_READING_KEYS = 16

/** A message as a linked device sent it. */
export interface Outgoing {
  id: string
  to: string
  /** Seconds. */
  time: number
  node: BinaryNode
}

export interface Part {
  jid: Jid
  enc: BinaryNode
}

export interface Shown {
  customer: Customer
  entry: ShownMessage
}

/** What one message says, read once for everybody who gets it. */
interface Content {
  read: ReadMessage | null
  raw: string
  /** Of the file, when all of its codes fit. */
  media: string | null
}

/** The padded content as the owner's phone reads it; undefined when the phone cannot. */
export async function decryptOn(owner: Resident, login: Login, message: Outgoing, enc: BinaryNode) {
  const { account, companion } = login
  const bytes = bytesOf(enc)
  const { type } = enc.attrs
  if (!bytes || (type !== 'pkmsg' && type !== 'msg')) return undefined
  const ciphertext: Ciphertext = { type, bytes }
  if (type === 'pkmsg' && !provesSender(message.node, login, ciphertext)) return undefined
  try {
    return unpad(await owner.signal.decrypt({ user: account.lid, device: companion.device }, ciphertext))
  } catch {
    return undefined
  }
}

/** A first message comes with the proof that its identity key belongs to a device of the account. */
function provesSender(node: BinaryNode, { account, companion }: Login, ciphertext: Ciphertext): boolean {
  const proof = bytesOf(child(node, 'device-identity'))
  if (!proof || !claimedIdentity(ciphertext)?.equals(companion.identity)) return false
  return proveDevice(proof, account.signal.identity.publicKey, companion.identity) !== null
}

/** A customer gets a message of a conversation of two. */
export async function deliverDirect(world: World, login: Login, message: Outgoing, customer: Customer, part: Part) {
  const chat = world.chat(login.account, customer)
  const isSpoilt = login.account.faults.take('bad-mac', (value) => value === OUTBOUND) !== null
  const bytes = isSpoilt ? undefined : await decryptOn(customer, login, message, part.enc)
  if (bytes)
    return show(
      world,
      login,
      message,
      { chat, customer, server: part.jid.server },
      contentOf(world, login, message, chat, bytes),
    )
  cannotRead(world, login, message, { chat, customer, server: part.jid.server })
  return undefined
}

/** A member alone gets a group message again, together with the sender key. */
export async function deliverAgain(
  world: World,
  login: Login,
  message: Outgoing,
  chat: Group,
  customer: Customer,
  part: Part,
) {
  const place = { chat, customer, server: LID_SERVER }
  const bytes = await decryptOn(customer, login, message, part.enc)
  if (!bytes) {
    cannotRead(world, login, message, place)
    return undefined
  }
  takeSenderKey(login, chat, bytes, [customer])
  return show(world, login, message, place, contentOf(world, login, message, chat, bytes))
}

/** All members who have the sender key show the message; the others ask for it. */
export async function deliverToGroup(
  world: World,
  login: Login,
  message: Outgoing,
  chat: Group,
  parts: Part[],
): Promise<Shown[]> {
  await takeSenderKeys(world, login, message, chat, parts)
  const group = login.companion.groupKeys.get(chat.id)
  const sealed = bytesOf(child(message.node, 'enc'))
  const content = group && sealed && openSealed(world, login, message, chat, group, sealed)
  return chat.customers().flatMap((customer) => {
    const place = { chat, customer, server: LID_SERVER }
    if (!content || !group.holders.has(customer)) {
      cannotRead(world, login, message, place)
      return []
    }
    const entry = show(world, login, message, place, content)
    return entry ? [{ customer, entry }] : []
  })
}

function openSealed(world: World, login: Login, message: Outgoing, chat: Group, { key }: GroupKey, sealed: Buffer) {
  try {
    return contentOf(world, login, message, chat, unpad(key.decrypt(sealed)))
  } catch {
    return undefined
  }
}

/** Reads the sender keys that came along, and notes who has got one. */
async function takeSenderKeys(
  world: World,
  login: Login,
  message: Outgoing,
  chat: Group,
  parts: Part[],
): Promise<void> {
  const mine = parts.flatMap((part) => {
    const owner = world.find(part.jid)
    return owner?.kind === 'customer' && chat.members.has(owner) ? [{ owner, part }] : []
  })
  const readsAll = mine.length <= MAX_READING_KEYS
  const readers: Customer[] = []
  let first: Buffer | undefined
  for (const { owner, part } of mine) {
    if (!readsAll && first) {
      readers.push(owner)
      continue
    }
    const bytes = await decryptOn(owner, login, message, part.enc)
    if (bytes) readers.push(owner)
    first ??= bytes
  }
  if (first) takeSenderKey(login, chat, first, readers)
}

/** The same key again only makes more holders; another one replaces the earlier. */
function takeSenderKey({ companion }: Login, chat: Group, bytes: Buffer, holders: Customer[]): void {
  const handed = proto.Message.decode(bytes).senderKeyDistributionMessage
  if (handed?.groupId !== chat.jid || !handed.axolotlSenderKeyDistributionMessage) return
  const earlier = companion.groupKeys.get(chat.id)
  const key = new ReceivedSenderKey(handed.axolotlSenderKeyDistributionMessage)
  const group = earlier?.key.id === key.id ? earlier : { key, holders: new Set<Resident>() }
  for (const holder of holders) group.holders.add(holder)
  companion.groupKeys.set(chat.id, group)
}

function contentOf(world: World, { account }: Login, message: Outgoing, chat: Conversation, bytes: Buffer): Content {
  const decoded = proto.Message.decode(bytes)
  const find = (id: string) => chat.messages.get(id)
  const scene = { author: account, find, canonical: (jid: string) => world.canonical(jid) }
  const read = readMessage(scene, decoded)
  const raw = bytes.toString('base64')
  if (!read) return { read, raw, media: null }
  if (!chat.messages.has(message.id)) {
    const known = { id: message.id, author: account, time: message.time, message: decoded }
    chat.messages.set(message.id, known)
  }
  return { read, raw, media: checkedMedia(world, account.id, message.id, read) }
}

function checkedMedia(world: World, account: string, id: string, { media }: ReadMessage): string | null {
  if (!media) return null
  const check = world.media.check(media)
  if (check.ok) return Buffer.from(media.fields.fileSha256 ?? []).toString('hex')
  world.wire.record({ account, connection: 0, event: 'rpc', detail: `file of ${id}: ${check.problem}` })
  return null
}

interface Place {
  chat: Conversation
  customer: Customer
  server: string
}

/** A phone shows a message id once, but confirms it again. */
function show(
  world: World,
  { account }: Login,
  message: Outgoing,
  { chat, customer, server }: Place,
  { read, raw, media }: Content,
): ShownMessage | undefined {
  const { id, time } = message
  const known = customer.shown.get(`${account.id}/${id}`)
  if (known || !read) return known
  const { content } = read
  const entry: ShownMessage = { account, chat, id, server, read: content.target !== null }
  customer.shown.set(`${account.id}/${id}`, entry)
  world.received.push({
    customer: customer.id,
    account: account.id,
    providerId: id,
    message: {
      channel: 'whatsapp',
      chat: chat.address,
      author: account.address,
      providerId: id,
      time: time * 1000,
      media,
      ...content,
    },
    raw,
    group: chat.kind === 'group' ? chat.id : null,
  })
  return entry
}

function cannotRead(world: World, login: Login, message: Outgoing, { chat, customer, server }: Place): void {
  const { account } = login
  const { id } = message
  noteUnreadable(world, login, `${id} for ${customer.id}`)
  const asked = (customer.askedAgain.get(`${account.id}/${id}`) ?? 0) + 1
  customer.askedAgain.set(`${account.id}/${id}`, asked)
  if (asked <= MAX_ASKS) askAgain(world, login, { phone: customer, chat, server, id, count: asked })
}

/** The account's own phone gets a copy of what a companion sent; it does not ask again for what it cannot read. */
export async function copyToPhone(world: World, login: Login, message: Outgoing, part: Part): Promise<void> {
  const { account } = login
  const bytes = await decryptOn(account, login, message, part.enc)
  if (!bytes) noteUnreadable(world, login, `${message.id} for the phone`)
  else if (unwrap(proto.Message.decode(bytes)).message.deviceSentMessage?.message) account.phoneCopies.add(message.id)
}

function noteUnreadable(world: World, { account, companion }: Login, what: string): void {
  const connection = companion.connection?.number ?? 0
  world.wire.record({ account: account.id, connection, event: 'rpc', detail: `unreadable: ${what}` })
}
