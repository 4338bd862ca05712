/** Receipts of customers to an account: delivered, read, and "send it again". */
import { bigEndian, element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Conversation } from './chats.ts'
import type { Login } from './connection.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import { bundleNodes } from './key-directory.ts'
import type { Customer, ShownMessage } from './people.ts'
import type { World } from './world.ts'

/** In larger groups not every phone confirms every message: only so many of its members do. */
const MAX_CONFIRMING = 64

/** Whose receipt it is: the person, or the person within a group. */
function origin(customer: Customer, chat: Conversation, server: string): Record<string, string> {
  if (chat.kind === 'direct') return { from: customer.jid(server) }
  return { from: chat.jid, participant: customer.jid(LID_SERVER), participant_pn: customer.jid(PN_SERVER) }
}

/** One receipt for messages of one conversation to all linked devices of the account. */
function sendReceipt(customer: Customer, shown: ShownMessage[], time: number, type: 'read' | undefined): void {
  const first = shown[0]
  if (!first) return
  const { account, chat, server, id } = first
  const attrs = { ...origin(customer, chat, server), id, t: String(time), ...(type ? { type } : {}) }
  const more = shown.slice(1).map((entry) => element('item', { id: entry.id }))
  const node = element('receipt', attrs, more.length > 0 ? [element('list', {}, more)] : undefined)
  for (const { queue } of account.companions.values()) queue.add('receipt', node)
}

/** time: seconds; phones here get a message at the moment that it carries. */
export function confirmDelivery(shown: { customer: Customer; entry: ShownMessage }[], time: number): void {
  for (const { customer, entry } of shown.slice(0, MAX_CONFIRMING)) sendReceipt(customer, [entry], time, undefined)
}

/** The customer's phone marks the messages as read; one receipt for each conversation and addressing. */
export function markRead(world: World, customer: Customer, messages: ShownMessage[]): void {
  for (const message of messages) {
    message.read = true
    const { account, id } = message
    world.wire.record({ account: account.id, connection: 0, event: 'read', providerId: id, detail: customer.id })
  }
  const together = Map.groupBy(messages, ({ chat, server }) => `${chat.address}/${server}`)
  for (const one of together.values()) sendReceipt(customer, one, world.seconds(), 'read')
}

/** A customer's phone could not read a message: it asks the sending device for it, with fresh keys. */
export function askAgain(
  world: World,
  { companion }: Login,
  options: { phone: Customer; chat: Conversation; server: string; id: string; count: number },
): void {
  const { phone, chat, server, id, count } = options
  const time = String(world.seconds())
  companion.queue.add(
    'receipt',
    element('receipt', { ...origin(phone, chat, server), id, type: 'retry', t: time }, [
      element('retry', { count: String(count), id, t: time, v: '1' }),
      ...keyNodes(phone),
    ]),
  )
}

function keyNodes(phone: Customer): BinaryNode[] {
  const bundle = phone.signal.bundle()
  const keys = bundleNodes(bundle).filter(({ tag }) => tag !== 'registration')
  return [element('registration', {}, bigEndian(bundle.registrationId, 4)), element('keys', {}, keys)]
}
