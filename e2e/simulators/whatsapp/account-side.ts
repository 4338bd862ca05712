/** Messages that an account's linked device sends: accepted or refused, delivered, copied and acknowledged. */
import { UNANSWERED } from '../provider.ts'
import { bytesOf, child, childrenOf, element, requiredAttribute } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Connection, Login } from './connection.ts'
import { askAgain, confirmDelivery } from './customer-side.ts'
import type { Group } from './group.ts'
import type { Jid } from './jid.ts'
import { LID_SERVER, parseJid, PN_SERVER } from './jid.ts'
import { decodeMessage, readDeviceSent, readSenderKey, unpad } from './message-content.ts'
import { proveDevice } from './pairing.ts'
import { readContent, unwrapped, type ReadContent } from './read-content.ts'
import { remember } from './say.ts'
import type { Ciphertext } from './signal-device.ts'
import { claimedIdentity } from './signal-device.ts'
import type { Account, Companion, Customer, ShownMessage, World } from './world.ts'

const DEFAULT_NACK = 463
const UNKNOWN_RECIPIENT = 404
const FORBIDDEN = 403
/** The stanza holds nothing that could be delivered. */
const INVALID = 479
/** Phones stop asking for a message that they cannot read. */
const MAX_ASKS = 5
const MAX_CONFIRMING = 16
/** `cut` with this value waits for a message and cuts between taking it and acknowledging it. */
export const CUT_AFTER_ACCEPT = 1

export interface Part {
  jid: Jid
  enc: BinaryNode
}

export interface Outgoing {
  id: string
  to: string
  time: number
  node: BinaryNode
}

/** Deals with one `<message>` of a client; throws StanzaError when it is none. */
export async function takeMessage(world: World, connection: Connection, login: Login, node: BinaryNode): Promise<void> {
  const { account } = login
  const message: Outgoing = {
    id: requiredAttribute(node, 'id'),
    to: requiredAttribute(node, 'to'),
    time: world.seconds(),
    node,
  }
  connection.record('send', { clientId: message.id, detail: message.to })
  const error = refusal(world, account, message)
  if (error !== undefined) {
    connection.record('refused', { clientId: message.id, detail: String(error) })
    connection.send(acknowledgement(message, error))
    return
  }
  const group = world.findGroup(message.to)
  const shown = await world.inOrder(() =>
    group ? deliverToGroup(world, login, message, group) : deliver(world, login, message),
  )
  const isCut = account.faults.take('cut', (value) => value === CUT_AFTER_ACCEPT) !== null
  const isDropped = !isCut && account.faults.take('drop-ack') !== null
  const ids = { clientId: message.id, providerId: message.id }
  connection.record('accepted', isCut || isDropped ? { ...ids, detail: UNANSWERED } : ids)
  if (isCut) connection.cut('fault: cut before ack')
  else if (!isDropped) connection.send(acknowledgement(message, undefined))
  // In large groups the first few stand for the others.
  for (const { customer, entry } of shown.slice(0, MAX_CONFIRMING)) confirmDelivery(world, customer, entry)
}

/** The code that this message is refused with; undefined when it is accepted. */
function refusal(world: World, account: Account, message: Outgoing): number | undefined {
  const nack = account.faults.take('nack')
  if (nack) return nack.value ?? DEFAULT_NACK
  const group = world.findGroup(message.to)
  if (group) {
    const mayWrite = group.members.has(account) && (!group.announce || group.isAdmin(account))
    if (!mayWrite) return FORBIDDEN
    return child(message.node, 'enc') || partsOf(message).length > 0 ? undefined : INVALID
  }
  const recipient = world.find(parseJid(message.to))
  // Accounts of the company do not write to each other in this world.
  if (!recipient || (recipient.kind === 'account' && recipient !== account)) return UNKNOWN_RECIPIENT
  return partsOf(message).length === 0 ? INVALID : undefined
}

function acknowledgement({ id, to, time }: Outgoing, error: number | undefined): BinaryNode {
  const attrs = { class: 'message', id, from: to, t: String(time) }
  return element('ack', error === undefined ? attrs : { ...attrs, error: String(error) })
}

/** The encrypted parts with the device that each is for: a list, or one `enc` for the addressee itself. */
export function partsOf(message: Outgoing): Part[] {
  const direct = child(message.node, 'enc')
  const addressed = childrenOf(child(message.node, 'participants')).map((to) => ({
    to: to.attrs.jid,
    enc: child(to, 'enc'),
  }))
  if (direct) addressed.push({ to: message.to, enc: direct })
  return addressed.flatMap(({ to, enc }) => {
    const jid = parseJid(to)
    return jid && enc ? [{ jid, enc }] : []
  })
}

interface Shown {
  customer: Customer
  entry: ShownMessage
}

async function deliver(world: World, login: Login, message: Outgoing): Promise<Shown[]> {
  const shown: Shown[] = []
  for (const part of partsOf(message)) {
    const owner = world.find(part.jid)
    if (owner?.kind === 'customer') {
      const bytes = await decryptOn(owner, login, message, part.enc)
      const place = { server: part.jid.server, group: null }
      const entry = bytes
        ? show(world, login, message, { customer: owner, bytes, ...place })
        : ask(world, login, message, { customer: owner, ...place })
      if (entry) shown.push({ customer: owner, entry })
    } else if (owner === login.account) {
      if (part.jid.device === 0) await copyToPhone(world, login, message, part)
      else relayToCompanion(login, message, part)
    }
  }
  return shown
}

/** Sender keys for those who lack them, and one encryption for all. */
async function deliverToGroup(world: World, login: Login, message: Outgoing, group: Group): Promise<Shown[]> {
  const sender = `${login.account.lid}:${login.companion.device}`
  const shown: Shown[] = []
  const forOne = new Map<Companion, Part>()
  for (const part of partsOf(message)) {
    const owner = world.find(part.jid)
    const companion = owner?.kind === 'account' ? owner.companions.get(part.jid.device) : undefined
    if (companion) forOne.set(companion, part)
    if (!owner || part.jid.device !== 0 || part.enc.attrs.type === 'skmsg') continue
    const bytes = await decryptOn(owner, login, message, part.enc)
    if (!bytes) continue
    const entry = takeDirect(world, login, message, { owner, bytes, group, sender })
    if (entry && owner.kind === 'customer') shown.push({ customer: owner, entry })
  }
  const body = bytesOf(child(message.node, 'enc'))
  if (child(message.node, 'enc')?.attrs.type === 'skmsg' && body) {
    shown.push(...showToMembers(world, login, message, { group, sender, body }))
    relayInGroup(login, message, group, forOne)
  }
  return shown
}

/** What was encrypted for one phone of the group: a sender key, or after a request the message itself. */
function takeDirect(
  world: World,
  login: Login,
  message: Outgoing,
  { owner, bytes, group, sender }: { owner: Account | Customer; bytes: Buffer; group: Group; sender: string },
): ShownMessage | undefined {
  const key = readSenderKey(bytes)
  if (key) owner.chains.learn(group.address, sender, key)
  if (owner.kind !== 'customer') return undefined
  return show(world, login, message, { customer: owner, bytes, server: LID_SERVER, group })
}

function showToMembers(
  world: World,
  login: Login,
  message: Outgoing,
  { group, sender, body }: { group: Group; sender: string; body: Buffer },
): Shown[] {
  const shown: Shown[] = []
  for (const customer of group.customers()) {
    const place = { customer, server: LID_SERVER, group }
    let bytes: Buffer | undefined
    try {
      bytes = unpad(customer.chains.decrypt(group.address, sender, body))
    } catch {
      bytes = undefined
    }
    const entry = bytes ? show(world, login, message, { ...place, bytes }) : ask(world, login, message, place)
    if (entry) shown.push({ customer, entry })
  }
  return shown
}

/** The other linked devices of all accounts in the group, each with its part of the sender key where there is one. */
function relayInGroup(login: Login, message: Outgoing, group: Group, forOne: Map<Companion, Part>): void {
  const { account, companion } = login
  const enc = child(message.node, 'enc')
  const proof = child(message.node, 'device-identity')
  const attrs = {
    from: group.address,
    participant: account.jid(LID_SERVER, companion.device),
    participant_pn: account.jid(PN_SERVER, companion.device),
    id: message.id,
    t: String(message.time),
    type: message.node.attrs.type ?? 'text',
    notify: account.name,
    addressing_mode: 'lid',
    ...(message.node.attrs.edit ? { edit: message.node.attrs.edit } : {}),
  }
  for (const member of group.accounts()) {
    for (const other of member.companions.values()) {
      if (other === companion || !enc) continue
      const direct = forOne.get(other)?.enc
      const meta = child(message.node, 'meta')
      const parts = [...(direct ? [direct] : []), enc, ...(proof ? [proof] : []), ...(meta ? [meta] : [])]
      other.queue.add('message', element('message', attrs, parts))
    }
  }
}

function readCiphertext(enc: BinaryNode): Ciphertext | undefined {
  const bytes = bytesOf(enc)
  const { type } = enc.attrs
  return bytes && (type === 'pkmsg' || type === 'msg') ? { type, bytes } : undefined
}

/** The padded content as the owner's phone reads it; undefined when the phone cannot. */
async function decryptOn(owner: Account | Customer, login: Login, message: Outgoing, enc: BinaryNode) {
  const { account, companion } = login
  const ciphertext = readCiphertext(enc)
  if (!ciphertext) return undefined
  if (ciphertext.type === 'pkmsg' && !provesSender(message.node, login, ciphertext)) return undefined
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

interface Showing {
  customer: Customer
  server: string
  group: Group | null
}

/** The phone asks for what it could not read. */
function ask(world: World, login: Login, { id }: Outgoing, { customer, server, group }: Showing): undefined {
  noteUnreadable(world, login, `${id} for ${customer.id}`)
  const name = `${login.account.id}/${id}`
  const asked = (customer.askedAgain.get(name) ?? 0) + 1
  customer.askedAgain.set(name, asked)
  if (asked > MAX_ASKS) return
  askAgain(world, login, { phone: customer, server, group: group?.address ?? null, id, count: asked })
}

function show(
  world: World,
  login: Login,
  message: Outgoing,
  { customer, server, group, bytes }: Showing & { bytes: Buffer },
): ShownMessage | undefined {
  const { account } = login
  const { id } = message
  // A phone shows a message id once, but confirms it again.
  const known = customer.shown.get(`${account.id}/${id}`)
  if (known) return known
  const content = contentFor(world, login, message, bytes)
  if (!content) return undefined
  const entry: ShownMessage = { account, id, server, group, read: false }
  customer.shown.set(`${account.id}/${id}`, entry)
  remember(world, id, account.address, { message: unwrapped(decodeMessage(bytes)) })
  world.received.push({
    customer: customer.id,
    account: account.id,
    providerId: id,
    message: {
      channel: 'whatsapp',
      chat: group?.address ?? customer.address,
      author: account.address,
      providerId: id,
      time: message.time * 1000,
      ...content,
    },
    raw: bytes.toString('base64'),
    group: group?.id ?? null,
  })
  return entry
}

/** Null for what no phone shows, and for what does not hold together: the wire log says why. */
function contentFor(world: World, login: Login, message: Outgoing, bytes: Buffer): ReadContent | null {
  try {
    return readContent(bytes, {
      author: login.account.address,
      openFile: (kind, path, key) => world.media.open(kind, path, key),
      findPoll: (pollId) => world.remembered.get(pollId)?.poll ?? null,
    })
  } catch (error) {
    noteUnreadable(world, login, `${message.id}: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}

/** The account's own phone gets a copy of what a companion sent; it does not ask again for what it cannot read. */
async function copyToPhone(world: World, login: Login, message: Outgoing, part: Part): Promise<void> {
  const { account } = login
  const bytes = await decryptOn(account, login, message, part.enc)
  if (!bytes) {
    noteUnreadable(world, login, `${message.id} for the phone`)
  } else if (readDeviceSent(bytes)) {
    account.phoneCopies.add(message.id)
  }
}

/** Another linked device of the account gets its copy; `recipient` says in which chat it belongs. */
function relayToCompanion({ account, companion }: Login, message: Outgoing, part: Part): void {
  const other = account.companions.get(part.jid.device)
  if (!other || other === companion) return
  const proof = child(message.node, 'device-identity')
  const attrs = {
    from: account.jid(part.jid.server, companion.device),
    id: message.id,
    t: String(message.time),
    type: message.node.attrs.type ?? 'text',
    recipient: message.to,
    notify: account.name,
  }
  other.queue.add('message', element('message', attrs, proof ? [part.enc, proof] : [part.enc]))
}

function noteUnreadable(world: World, { account, companion }: Login, what: string): void {
  const connection = companion.connection?.number ?? 0
  world.wire.record({ account: account.id, connection, event: 'rpc', detail: `unreadable: ${what}` })
}
