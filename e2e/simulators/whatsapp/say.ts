/** People write: customers to an account or a group, and the owner of an account on the phone. Each linked device gets its copy. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { isMedia } from '../../../shared/contracts/neutral-message.ts'
import type { ChangeRequest, SayRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { child, element, requiredAttribute } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import { composeChange, composeSaying, type Composed, type Quoted } from './compose.ts'
import type { Login } from './connection.ts'
import type { Group } from './group.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import { readEnclosedBundle, takeBundle } from './key-directory.ts'
import { pad } from './message-content.ts'
import type { Ciphertext, KeyBundle } from './signal-device.ts'
import { corrupted } from './signal-device.ts'
import type { Account, Companion, Customer, SaidMessage, World } from './world.ts'

const SECRET_BYTES = 32
/** Phones give up after this many repetitions of one message. */
const MAX_RETRIES = 5

/** Who writes to whom, from the ids of a request. */
interface Place {
  writer: Customer | Account
  chat: Customer | Group
  accounts: Account[]
  /** Customers who get to see it beside its writer. */
  readers: Customer[]
  server: string
}

function placeOf(world: World, request: SayRequest | ChangeRequest, server: string): Place {
  const customer = world.customer(request.customer)
  if (request.group !== null) {
    const group = world.group(request.group)
    const writer = request.fromPhone ? (group.accounts()[0] ?? customer) : customer
    if (!group.members.has(writer)) throw new SimulatorError('bad_request', `${writer.id} is not in the group`)
    const readers = request.fromPhone ? group.customers() : []
    return { writer, chat: group, accounts: group.accounts(), readers, server: LID_SERVER }
  }
  const account = world.account(request.account ?? '')
  const place = { chat: customer, accounts: [account], server }
  return request.fromPhone
    ? { ...place, writer: account, readers: [customer] }
    : { ...place, writer: customer, readers: [] }
}

/** A message that waits at the provider for each linked device; resolves with its id. */
export function say(world: World, request: SayRequest): Promise<string> {
  const place = placeOf(world, request, request.addressing === 'number' ? PN_SERVER : LID_SERVER)
  return world.inOrder(async () => {
    const quoted = request.reply === null ? null : quotedOf(world, request.reply)
    const file = request.media && isMedia(request.kind) ? world.media.put(request.kind, request.media.bytes) : null
    const composed = composeSaying(request, {
      author: place.writer.address,
      chat: place.chat.address,
      messageSecret: world.source.next('message-secret', SECRET_BYTES),
      quoted,
      file,
    })
    return spread(world, place, composed)
  })
}

function quotedOf(world: World, id: string): Quoted {
  const known = world.remembered.get(id)
  if (!known) throw new SimulatorError('not_found', `there is no message ${id} to answer`)
  return { id, author: known.author, message: known.composed.message }
}

export function change(world: World, request: ChangeRequest): Promise<string> {
  const place = placeOf(world, request, LID_SERVER)
  return world.inOrder(async () => {
    const target = world.remembered.get(request.target)
    if (!target) throw new SimulatorError('not_found', `there is no message ${request.target}`)
    const own = target.author === place.writer.address
    const mayDelete = own || (place.chat.kind === 'group' && place.chat.isAdmin(place.writer))
    if ((request.change.kind === 'edit' && !own) || (request.change.kind === 'delete' && !mayDelete))
      throw new SimulatorError('bad_request', 'only its writer may change this message')
    const composed = composeChange(request, {
      author: place.writer.address,
      chat: place.chat.address,
      time: world.seconds(),
      targetAuthor: target.author,
      isGroup: place.chat.kind === 'group',
      messageSecret: world.source.next('message-secret', SECRET_BYTES),
      poll: target.poll,
      original: target.composed.message,
    })
    return spread(world, place, composed)
  })
}

async function spread(world: World, place: Place, composed: Composed): Promise<string> {
  const { writer, chat, accounts, readers, server } = place
  const id = world.messageId('text')
  const time = world.seconds()
  const bytes = Buffer.from(proto.Message.encode(composed.message).finish())
  remember(world, id, writer.address, composed)
  const common = { id, writer, chat, server, time, composed, bytes }
  for (const account of accounts) world.said.set(`${account.id}/${id}`, { ...common, account })
  const group = chat.kind === 'group' ? chat : null
  const message = {
    channel: 'whatsapp' as const,
    chat: chat.address,
    author: writer.address,
    providerId: id,
    time: time * 1000,
    ...composed.content,
  }
  const raw = bytes.toString('base64')
  const rows = { providerId: id, message, raw, group: group?.id ?? null }
  if (writer.kind === 'customer')
    for (const account of accounts) world.sent.push({ customer: writer.id, account: account.id, ...rows })
  else for (const { id: customer } of readers) world.received.push({ customer, account: writer.id, ...rows })
  if (group) await spreadInGroup(world, group, { ...common, account: accounts[0]! }, accounts)
  else for (const account of accounts) await spreadToAccount(world, { ...common, account })
  return id
}

export function remember(world: World, id: string, author: string, composed: Pick<Composed, 'message'>): void {
  const poll = composed.message.pollCreationMessageV3 ?? composed.message.pollCreationMessage
  const secret = composed.message.messageContextInfo?.messageSecret
  const known =
    poll && secret
      ? { creator: author, secret, options: (poll.options ?? []).map((option) => option.optionName ?? '') }
      : null
  world.remembered.set(id, { author, composed, poll: known })
}

async function spreadToAccount(world: World, message: SaidMessage): Promise<void> {
  const { account } = message
  for (const companion of account.companions.values()) {
    if (message.writer.kind === 'customer' && account.faults.take('view-once')) {
      companion.queue.add('message', stub(message))
      continue
    }
    const ciphertext = await encryptFor(world, message, companion, undefined)
    const sealed = account.faults.take('bad-mac') ? corrupted(ciphertext) : ciphertext
    companion.queue.add('message', messageNode(message, [encNode(message, sealed)]))
  }
}

/** What a linked device gets of a message that only the phone may show. */
function stub(message: SaidMessage): BinaryNode {
  return messageNode(message, [element('unavailable', { type: 'view_once' })])
}

/** Encrypted once for all; a device that has not got the writer's key gets it beside, encrypted for it alone. */
async function spreadInGroup(world: World, group: Group, message: SaidMessage, accounts: Account[]): Promise<void> {
  const { writer } = message
  const chain = writer.ownChain(group)
  const distribution = proto.Message.encode({
    senderKeyDistributionMessage: {
      groupId: group.address,
      axolotlSenderKeyDistributionMessage: chain.distribution(),
    },
  }).finish()
  const body = chain.encrypt(pad(message.bytes))
  for (const account of accounts) {
    for (const companion of account.companions.values()) {
      const parts: BinaryNode[] = []
      const name = `${group.address} ${writer.lid}`
      if (!companion.senderKeys.has(name)) {
        companion.senderKeys.add(name)
        const ciphertext = await encryptBytes(world, { ...message, account }, companion, undefined, distribution)
        parts.push(encNode(null, ciphertext))
      }
      const damaged = account.faults.take('bad-mac') !== null
      const sealed = Buffer.from(body)
      if (damaged) sealed[sealed.length - 1]! ^= 0xff
      parts.push(encNode(message, { type: 'skmsg', bytes: sealed }))
      companion.queue.add('message', messageNode({ ...message, account }, parts))
    }
  }
}

type Enc = Ciphertext | { type: 'skmsg'; bytes: Buffer }

function encNode(message: SaidMessage | null, { type, bytes }: Enc, retry?: string): BinaryNode {
  const mediaType = message?.composed.mediaType
  return element(
    'enc',
    { v: '2', type, ...(mediaType ? { mediatype: mediaType } : {}), ...(retry ? { count: retry } : {}) },
    bytes,
  )
}

/** A copy of what the phone has sent goes to the other devices with the name of the chat around it. */
function plainFor({ writer, chat, bytes }: SaidMessage): Uint8Array {
  if (writer.kind === 'customer' || chat.kind === 'group') return bytes
  const message = proto.Message.decode(bytes)
  return proto.Message.encode({ deviceSentMessage: { destinationJid: chat.address, message } }).finish()
}

function encryptFor(world: World, message: SaidMessage, companion: Companion, fresh: KeyBundle | undefined) {
  return encryptBytes(world, message, companion, fresh, plainFor(message))
}

async function encryptBytes(
  world: World,
  { writer, account }: SaidMessage,
  companion: Companion,
  fresh: KeyBundle | undefined,
  bytes: Uint8Array,
): Promise<Ciphertext> {
  const peer = { user: account.lid, device: companion.device }
  if (fresh || !writer.signal.hasSession(peer)) {
    await writer.signal.openSession(peer, fresh ?? takeBundle(world, companion))
  }
  return writer.signal.encrypt(peer, pad(bytes))
}

function messageNode(message: SaidMessage, parts: BinaryNode[]): BinaryNode {
  const { id, writer, chat, server, time, composed } = message
  const common = {
    id,
    t: String(time),
    type: composed.type,
    notify: writer.name,
    ...(composed.edit ? { edit: composed.edit } : {}),
  }
  const meta = composed.meta ? [element('meta', composed.meta)] : []
  if (chat.kind === 'group') {
    const people = { participant: writer.jid(LID_SERVER), participant_pn: writer.jid(PN_SERVER) }
    return element('message', { from: chat.address, ...common, ...people, addressing_mode: 'lid' }, [...parts, ...meta])
  }
  const byLid = server === LID_SERVER
  if (writer.kind === 'account') {
    const people = { from: writer.jid(LID_SERVER), recipient: chat.jid(LID_SERVER), recipient_pn: chat.jid(PN_SERVER) }
    return element('message', { ...people, ...common, addressing_mode: 'lid' }, [...parts, ...meta])
  }
  const attrs = {
    from: writer.jid(server),
    ...common,
    addressing_mode: byLid ? 'lid' : 'pn',
    ...(byLid ? { sender_pn: writer.jid(PN_SERVER) } : { sender_lid: writer.jid(LID_SERVER) }),
  }
  return element('message', attrs, [...parts, ...meta])
}

/** A device could not read a message: the writer's phone starts a new session and sends it again, for that device alone. */
export async function repeat(world: World, { account, companion }: Login, receipt: BinaryNode): Promise<void> {
  const id = requiredAttribute(receipt, 'id')
  const message = world.said.get(`${account.id}/${id}`)
  const count = child(receipt, 'retry')?.attrs.count ?? '1'
  const enclosed = readEnclosedBundle(receipt, companion)
  if (!message || !(Number(count) <= MAX_RETRIES)) return
  await world.inOrder(async () => {
    const ciphertext = await encryptFor(world, message, companion, enclosed ?? takeBundle(world, companion))
    companion.queue.replaceMessage(messageNode(message, [encNode(message, ciphertext, count)]))
  })
}

/** A message with a field that no version knows, from the first customer of this world. */
export async function pushUnknownKind(world: World, account: Account): Promise<void> {
  const writer = [...world.customers.values()][0]
  if (!writer) throw new SimulatorError('bad_request', 'there is no customer who could write')
  await world.inOrder(async () => {
    const id = world.messageId('text')
    // Field 4000, a string.
    const bytes = Buffer.concat([Buffer.from([0x82, 0xfa, 0x01, 0x07]), Buffer.from('unknown')])
    const content: Composed['content'] = {
      kind: 'text',
      text: '',
      entities: [],
      reply: null,
      target: null,
      media: null,
      details: null,
    }
    const composed: Composed = { message: {}, content, type: 'text', mediaType: null, edit: null, meta: null }
    const place = { chat: writer, server: LID_SERVER, time: world.seconds() }
    const message: SaidMessage = { id, writer, account, ...place, composed, bytes }
    world.said.set(`${account.id}/${id}`, message)
    await spreadToAccount(world, message)
  })
}
