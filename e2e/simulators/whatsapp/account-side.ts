/** Messages that an account's linked device sends: accepted or refused, delivered, copied and acknowledged. */
import { UNANSWERED } from '../provider.ts'
import { bytesOf, child, childrenOf, element, requiredAttribute } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Connection, Login } from './connection.ts'
import { askAgain, confirmDelivery } from './customer-side.ts'
import type { Jid } from './jid.ts'
import { parseJid } from './jid.ts'
import { readDeviceSent, readText, unpad } from './message-content.ts'
import { proveDevice } from './pairing.ts'
import type { Ciphertext } from './signal-device.ts'
import { claimedIdentity } from './signal-device.ts'
import type { Account, Customer, ShownMessage, World } from './world.ts'

const DEFAULT_NACK = 463
const UNKNOWN_RECIPIENT = 404
/** The stanza holds nothing that could be delivered. */
const INVALID = 479
/** Phones stop asking for a message that they cannot read. */
const MAX_ASKS = 5
/** `cut` with this value waits for a message and cuts between taking it and acknowledging it. */
export const CUT_AFTER_ACCEPT = 1

interface Part {
  jid: Jid
  enc: BinaryNode
}

interface Outgoing {
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
  const shown = await world.inOrder(() => deliver(world, login, message))
  const isCut = account.faults.take('cut', (value) => value === CUT_AFTER_ACCEPT) !== null
  const isDropped = !isCut && account.faults.take('drop-ack') !== null
  const ids = { clientId: message.id, providerId: message.id }
  connection.record('accepted', isCut || isDropped ? { ...ids, detail: UNANSWERED } : ids)
  if (isCut) connection.cut('fault: cut before ack')
  else if (!isDropped) connection.send(acknowledgement(message, undefined))
  for (const { customer, entry } of shown) confirmDelivery(world, customer, entry)
}

/** The code that this message is refused with; undefined when it is accepted. */
function refusal(world: World, account: Account, message: Outgoing): number | undefined {
  const nack = account.faults.take('nack')
  if (nack) return nack.value ?? DEFAULT_NACK
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
function partsOf(message: Outgoing): Part[] {
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

async function deliver(world: World, login: Login, message: Outgoing) {
  const shown: { customer: Customer; entry: ShownMessage }[] = []
  for (const part of partsOf(message)) {
    const owner = world.find(part.jid)
    if (owner?.kind === 'customer') {
      const entry = await deliverToCustomer(world, login, message, owner, part)
      if (entry) shown.push({ customer: owner, entry })
    } else if (owner === login.account) {
      if (part.jid.device === 0) await copyToPhone(world, login, message, part)
      else relayToCompanion(login, message, part)
    }
  }
  return shown
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

async function deliverToCustomer(world: World, login: Login, message: Outgoing, customer: Customer, part: Part) {
  const { account } = login
  const { id } = message
  const { server } = part.jid
  const bytes = await decryptOn(customer, login, message, part.enc)
  if (!bytes) {
    noteUnreadable(world, login, `${id} for ${customer.id}`)
    const asked = (customer.askedAgain.get(`${account.id}/${id}`) ?? 0) + 1
    customer.askedAgain.set(`${account.id}/${id}`, asked)
    if (asked <= MAX_ASKS) askAgain(world, login, { phone: customer, server, id, count: asked })
    return undefined
  }
  // A phone shows a message id once, but confirms it again.
  const known = customer.shown.get(`${account.id}/${id}`)
  if (known) return known
  const content = readText(bytes)
  if (!content) return undefined
  const entry: ShownMessage = { account, id, server, read: false }
  customer.shown.set(`${account.id}/${id}`, entry)
  world.received.push({
    customer: customer.id,
    account: account.id,
    providerId: id,
    message: {
      channel: 'whatsapp',
      kind: 'text',
      chat: customer.address,
      author: account.address,
      providerId: id,
      time: message.time * 1000,
      text: content.text,
      entities: [],
      reply: content.reply,
      target: null,
      media: null,
      details: null,
    },
    raw: bytes.toString('base64'),
    group: null,
  })
  return entry
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
