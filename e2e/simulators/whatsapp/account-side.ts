/** Messages that an account's linked device sends: accepted or refused, delivered, copied and acknowledged. */
import { UNANSWERED } from '../provider.ts'
import { child, childrenOf, element, requiredAttribute } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Group } from './chats.ts'
import type { Connection, Login } from './connection.ts'
import { LID_SERVER, parseJid, PN_SERVER } from './jid.ts'
import type { Account, Companion, Customer } from './people.ts'
import { copyToPhone, deliverAgain, deliverDirect, deliverToGroup } from './phone-inbox.ts'
import type { Outgoing, Part, Shown } from './phone-inbox.ts'
import { confirmDelivery } from './receipts.ts'
import type { World } from './world.ts'

/** The account may not reach out to people at present. */
const RESTRICTED = 463
/** How long an account that was refused so may not write to strangers. */
const RESTRICTION_S = 3600
const UNKNOWN_RECIPIENT = 404
const NOT_A_MEMBER = 403
/** Only administrators may write to this group. */
const NOT_ALLOWED = 420
/** The stanza holds nothing that could be delivered. */
const INVALID = 479
/** `cut` with this value waits for a message and cuts between taking it and acknowledging it. */
export const CUT_AFTER_ACCEPT = 1

/** Deals with one `<message>` of a client; throws StanzaError when it is none. */
export async function takeMessage(world: World, connection: Connection, login: Login, node: BinaryNode): Promise<void> {
  const { account } = login
  const id = requiredAttribute(node, 'id')
  const message: Outgoing = {
    id,
    to: requiredAttribute(node, 'to'),
    time: account.takenAt.get(id) ?? world.seconds(),
    node,
  }
  connection.record('send', { clientId: message.id, detail: message.to })
  const error = refusal(world, account, message)
  if (error !== undefined) {
    connection.record('refused', { clientId: message.id, detail: String(error) })
    connection.send(acknowledgement(message, error))
    return
  }
  account.takenAt.set(id, message.time)
  const shown = await world.inOrder(() => deliver(world, login, message))
  const isCut = account.faults.take('cut', (value) => value === CUT_AFTER_ACCEPT) !== null
  const isDropped = !isCut && account.faults.take('drop-ack') !== null
  const ids = { clientId: message.id, providerId: message.id }
  connection.record('accepted', isCut || isDropped ? { ...ids, detail: UNANSWERED } : ids)
  if (isCut) connection.cut('fault: cut before ack')
  else if (!isDropped) connection.send(acknowledgement(message, undefined))
  confirmDelivery(shown, message.time)
}

/** The code that this message is refused with; undefined when it is accepted. */
function refusal(world: World, account: Account, message: Outgoing): number | undefined {
  const nack = account.faults.take('nack')
  if (nack) {
    const code = nack.value ?? RESTRICTED
    if (code === RESTRICTED) account.faults.restrictedUntilS = world.seconds() + RESTRICTION_S
    return code
  }
  const group = world.findGroup(message.to)
  if (group) {
    if (!group.members.has(account)) return NOT_A_MEMBER
    if (group.announce && !group.isAdmin(account)) return NOT_ALLOWED
    return child(message.node, 'enc') ? undefined : INVALID
  }
  const recipient = world.find(parseJid(message.to))
  // Accounts of the company do not write to each other in this world.
  if (!recipient || (recipient.kind === 'account' && recipient !== account)) return UNKNOWN_RECIPIENT
  if (recipient.kind === 'customer' && isBarred(world, account, recipient)) return RESTRICTED
  return partsOf(message).length === 0 ? INVALID : undefined
}

/** Under a restriction only who has written to the account gets answers. */
function isBarred(world: World, account: Account, customer: Customer): boolean {
  if (world.seconds() >= account.faults.restrictedUntilS) return false
  return ![...world.chat(account, customer).messages.values()].some(({ author }) => author === customer)
}

function acknowledgement({ id, to, time, node }: Outgoing, error: number | undefined): BinaryNode {
  const { participant } = node.attrs
  const attrs = { class: 'message', id, from: to, t: String(time), ...(participant ? { participant } : {}) }
  return element('ack', error === undefined ? attrs : { ...attrs, error: String(error) })
}

/** The encrypted parts with the device that each is for: a list, or one `enc` for the addressee itself. */
function partsOf(message: Outgoing): Part[] {
  const direct = child(message.node, 'enc')
  const addressed = childrenOf(child(message.node, 'participants')).map((to) => ({
    to: to.attrs.jid,
    enc: child(to, 'enc'),
  }))
  // In a group this is for all its members, or for the one whom it is sent to again.
  if (direct) addressed.push({ to: message.node.attrs.participant ?? message.to, enc: direct })
  return addressed.flatMap(({ to, enc }) => {
    const jid = parseJid(to)
    return jid && enc ? [{ jid, enc }] : []
  })
}

function deliver(world: World, login: Login, message: Outgoing): Promise<Shown[]> {
  const group = world.findGroup(message.to)
  if (!group) return deliverToTwo(world, login, message)
  const isWhole = child(message.node, 'enc')?.attrs.type === 'skmsg'
  return isWhole ? deliverWhole(world, login, message, group) : repeatInGroup(world, login, message, group)
}

async function deliverToTwo(world: World, login: Login, message: Outgoing): Promise<Shown[]> {
  const shown: Shown[] = []
  for (const part of partsOf(message)) {
    const owner = world.find(part.jid)
    if (owner?.kind === 'customer') {
      const entry = await deliverDirect(world, login, message, owner, part)
      if (entry) shown.push({ customer: owner, entry })
    } else if (owner === login.account) {
      if (part.jid.device === 0) await copyToPhone(world, login, message, part)
      else relayToOwn(world, login, message, part)
    }
  }
  return shown
}

async function deliverWhole(world: World, login: Login, message: Outgoing, group: Group): Promise<Shown[]> {
  const parts = partsOf(message)
  const sealed = child(message.node, 'enc')
  for (const account of group.accounts()) {
    for (const companion of account.companions.values()) {
      if (companion === login.companion) continue
      const own = parts.find(({ jid }) => world.find(jid) === account && jid.device === companion.device)
      const encs = [...(own ? [own.enc] : []), ...(sealed ? [sealed] : [])]
      companion.queue.add('message', groupCopy(login, message, encs))
    }
  }
  login.account.phoneCopies.add(message.id)
  return deliverToGroup(world, login, message, group, parts)
}

/** One device of the group could not read the message and gets it alone. */
async function repeatInGroup(world: World, login: Login, message: Outgoing, group: Group): Promise<Shown[]> {
  const [part] = partsOf(message)
  const owner = part && world.find(part.jid)
  if (!owner || !group.members.has(owner)) return []
  if (owner.kind === 'customer') {
    const entry = await deliverAgain(world, login, message, group, owner, part)
    return entry ? [{ customer: owner, entry }] : []
  }
  const companion = owner.companions.get(part.jid.device)
  if (companion && companion !== login.companion) companion.queue.replaceMessage(groupCopy(login, message, [part.enc]))
  return []
}

/** What belongs beside the ciphertext: the proof of the device, marks of polls. */
function companions({ node }: Outgoing): BinaryNode[] {
  return childrenOf(node).filter(({ tag }) => tag === 'device-identity' || tag === 'meta')
}

function commonAttributes({ account }: Login, { id, time, node }: Outgoing): Record<string, string> {
  const { type = 'text', edit } = node.attrs
  return { id, t: String(time), type, notify: account.name, ...(edit ? { edit } : {}) }
}

function groupCopy(login: Login, message: Outgoing, encs: BinaryNode[]): BinaryNode {
  const { account, companion } = login
  const attrs = {
    from: message.to,
    participant: account.jid(LID_SERVER, companion.device),
    participant_pn: account.jid(PN_SERVER),
    addressing_mode: 'lid',
    ...commonAttributes(login, message),
  }
  return element('message', attrs, [...encs, ...companions(message)])
}

/** Another linked device of the account gets its copy; `recipient` says in which chat it belongs. */
function relayToOwn(world: World, login: Login, message: Outgoing, part: Part): void {
  const { account, companion } = login
  const other: Companion | undefined = account.companions.get(part.jid.device)
  if (!other || other === companion) return
  // A copy that is sent again is addressed to the device and names the chat beside it.
  const chat = message.node.attrs.recipient ?? message.to
  const isLid = part.jid.server === LID_SERVER
  const peer = world.find(parseJid(chat))
  const alternative = peer?.jid(isLid ? PN_SERVER : LID_SERVER)
  const attrs = {
    from: account.jid(part.jid.server, companion.device),
    recipient: chat,
    addressing_mode: isLid ? 'lid' : 'pn',
    ...(alternative ? { [isLid ? 'peer_recipient_pn' : 'peer_recipient_lid']: alternative } : {}),
    ...commonAttributes(login, message),
  }
  other.queue.add('message', element('message', attrs, [part.enc, ...companions(message)]))
}
