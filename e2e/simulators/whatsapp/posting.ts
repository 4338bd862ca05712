/** How a phone's message gets to the linked devices of accounts: sealed for each, repeated on request. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { child, element, requiredAttribute } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Group } from './chats.ts'
import type { Login } from './connection.ts'
import { OUTBOUND } from './faults.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import { readEnclosedBundle, takeBundle } from './key-directory.ts'
import { pad } from './message-content.ts'
import type { Account, Companion, Customer, Resident } from './people.ts'
import { PhoneSenderKey } from './sender-key.ts'
import type { Ciphertext, KeyBundle } from './signal-device.ts'
import { corrupted, flipLastByte } from './signal-device.ts'
import type { Post, World } from './world.ts'

/** Phones give up after this many repetitions of one message. */
const MAX_RETRIES = 5
const SENDER_KEY_BYTES = 68

/** Puts a message into the queue of every linked device of the conversation's accounts. */
export async function post(world: World, message: Post): Promise<void> {
  const { chat, id } = message
  const sealed = chat.kind === 'group' ? sealForGroup(world, chat, message) : null
  for (const account of chat.accounts()) {
    world.posts.set(`${account.id}/${id}`, message)
    for (const companion of account.companions.values()) {
      const bad = takeBadMac(account)
      const parts = account.faults.take('view-once')
        ? [element('unavailable', { type: 'view_once' })]
        : await sealedParts(world, message, { account, companion }, sealed, bad)
      companion.queue.add('message', messageNode(message, account, parts))
    }
  }
}

function takeBadMac({ faults }: Account): boolean {
  return faults.take('bad-mac', (value) => value !== OUTBOUND) !== null
}

/**
 * For hostile input: these bytes, sealed without further padding, in a stanza that `shape` may change; sent once and owed to nobody, but
 * `content` is said again to a device that could not read it.
 */
export async function sendSealed(
  world: World,
  { account, author, id, padded, content }: Sealed,
  shape: (node: BinaryNode) => BinaryNode,
): Promise<void> {
  const plain = { type: 'text', enc: {}, attrs: {}, nodes: [] }
  const said = { id, chat: world.chat(account, author), author, server: LID_SERVER, time: world.seconds() }
  world.posts.set(`${account.id}/${id}`, { ...said, bytes: content, shape: plain })
  for (const companion of account.companions.values()) {
    if (!companion.connection) continue
    const ciphertext = await encryptPadded(world, author, { account, companion }, padded, undefined)
    const from = { from: author.jid(LID_SERVER), addressing_mode: 'lid', sender_pn: author.jid(PN_SERVER) }
    const attrs = { ...from, id, t: String(world.seconds()), type: 'text', notify: author.name }
    companion.connection.send(shape(element('message', attrs, [enc(ciphertext, {})])))
  }
}

interface Sealed {
  account: Account
  author: Customer
  id: string
  padded: Buffer
  content: Buffer
}

interface Recipient {
  account: Account
  companion: Companion
}

async function sealedParts(
  world: World,
  message: Post,
  recipient: Recipient,
  sealed: GroupSeal | null,
  bad: boolean,
): Promise<BinaryNode[]> {
  const { chat, author, shape } = message
  if (chat.kind === 'direct' || !sealed) {
    const ciphertext = await encryptFor(world, author, recipient, contentFor(message, recipient.account), undefined)
    return [enc(bad ? corrupted(ciphertext) : ciphertext, shape.enc)]
  }
  const skmsg = element('enc', { v: '2', type: 'skmsg', ...shape.enc }, bad ? flipLastByte(sealed.bytes) : sealed.bytes)
  const device = `${recipient.account.id}/${recipient.companion.device}`
  const { key, distribution } = sealed
  if (key.given.has(device)) return [skmsg]
  key.given.add(device)
  const handed = pad(proto.Message.encode(distributionMessage(chat, distribution)).finish())
  return [enc(await encryptPadded(world, author, recipient, handed, undefined), {}), skmsg]
}

function distributionMessage({ jid }: Group, distribution: Uint8Array): proto.IMessage {
  return { senderKeyDistributionMessage: { groupId: jid, axolotlSenderKeyDistributionMessage: distribution } }
}

interface GroupSeal {
  key: PhoneSenderKey
  /** The key as it stood before this message. */
  distribution: Buffer
  bytes: Buffer
}

function sealForGroup(world: World, group: Group, { author, bytes }: Post): GroupSeal {
  const key = senderKeyOf(world, group, author)
  const distribution = key.distribution()
  return { key, distribution, bytes: key.encrypt(pad(bytes)) }
}

/** The phone's sender key for the group's present members. */
function senderKeyOf(world: World, group: Group, author: Resident): PhoneSenderKey {
  const earlier = author.senderKeys.get(group.id)
  if (earlier?.epoch === group.keyEpoch) return earlier
  const secret = world.source.next(`sender-key/${group.id}`, SENDER_KEY_BYTES)
  const created = new PhoneSenderKey(group.keyEpoch, secret)
  author.senderKeys.set(group.id, created)
  return created
}

/** What the devices of this account get inside: its own phone's messages come as messages sent by a device of theirs. */
function contentFor({ chat, author, server, bytes }: Post, account: Account): Buffer {
  if (author !== account) return bytes
  const message = proto.Message.decode(bytes)
  const deviceSentMessage = { destinationJid: chat.jidFor(author, server), message }
  const { messageContextInfo } = message
  return Buffer.from(proto.Message.encode({ deviceSentMessage, messageContextInfo }).finish())
}

function encryptFor(
  world: World,
  author: Resident,
  recipient: Recipient,
  bytes: Buffer,
  fresh: KeyBundle | undefined,
): Promise<Ciphertext> {
  return encryptPadded(world, author, recipient, pad(bytes), fresh)
}

async function encryptPadded(
  world: World,
  { signal }: Resident,
  { account, companion }: Recipient,
  padded: Buffer,
  fresh: KeyBundle | undefined,
): Promise<Ciphertext> {
  const peer = { user: account.lid, device: companion.device }
  if (fresh || !signal.hasSession(peer)) await signal.openSession(peer, fresh ?? takeBundle(world, companion))
  return signal.encrypt(peer, padded)
}

function enc({ type, bytes }: Ciphertext, more: Record<string, string>): BinaryNode {
  return element('enc', { v: '2', type, ...more }, bytes)
}

/** Where a message comes from, as the devices of this account are told. */
function origin({ chat, author, server }: Post, account: Account): Record<string, string> {
  const other = server === LID_SERVER ? PN_SERVER : LID_SERVER
  if (chat.kind === 'group') {
    const participant = { participant: author.jid(LID_SERVER), participant_pn: author.jid(PN_SERVER) }
    return { from: chat.jid, ...participant, addressing_mode: 'lid' }
  }
  const mode = { addressing_mode: server === LID_SERVER ? 'lid' : 'pn' }
  const suffix = server === LID_SERVER ? 'pn' : 'lid'
  if (author !== account) return { from: author.jid(server), ...mode, [`sender_${suffix}`]: author.jid(other) }
  const recipient = { recipient: chat.customer.jid(server), [`peer_recipient_${suffix}`]: chat.customer.jid(other) }
  return { from: author.jid(server), ...mode, ...recipient }
}

function messageNode(message: Post, account: Account, parts: BinaryNode[]): BinaryNode {
  const { id, author, time, shape } = message
  const attrs = { ...origin(message, account), id, t: String(time), type: shape.type, notify: author.name }
  return element('message', { ...attrs, ...shape.attrs }, [...parts, ...shape.nodes])
}

/** A device could not read a message: the phone starts a new session and sends it again, with the sender key of a group. */
export async function repeat(world: World, { account, companion }: Login, receipt: BinaryNode): Promise<void> {
  const id = requiredAttribute(receipt, 'id')
  const message = world.posts.get(`${account.id}/${id}`)
  const count = child(receipt, 'retry')?.attrs.count ?? '1'
  const enclosed = readEnclosedBundle(receipt, companion)
  if (!message || !(Number(count) <= MAX_RETRIES)) return
  await world.inOrder(async () => {
    const recipient = { account, companion }
    const fresh = enclosed ?? takeBundle(world, companion)
    const content = contentFor(message, account)
    // Protobufs merge by being put one behind the other.
    const key = message.chat.kind === 'group' ? handedAgain(world, message.chat, message.author) : Buffer.alloc(0)
    const ciphertext = await encryptFor(world, message.author, recipient, Buffer.concat([content, key]), fresh)
    const part = enc(takeBadMac(account) ? corrupted(ciphertext) : ciphertext, { ...message.shape.enc, count })
    companion.queue.replaceMessage(messageNode(message, account, [part]))
  })
}

function handedAgain(world: World, group: Group, author: Resident): Uint8Array {
  const distribution = senderKeyOf(world, group, author).distribution()
  return proto.Message.encode(distributionMessage(group, distribution)).finish()
}
