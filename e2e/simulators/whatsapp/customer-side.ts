/** What the simulated customers' phones answer to an account's messages: they confirm, read, and ask again. */
import { bigEndian, element } from './binary-node.ts'
import type { Login } from './connection.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import { bundleNodes } from './key-directory.ts'
import type { Customer, ShownMessage, World } from './world.ts'

/** A receipt from a customer to all linked devices of the account. */
function sendReceipt(world: World, customer: Customer, shown: ShownMessage[], type: 'read' | undefined): void {
  const first = shown[0]
  if (!first) return
  const { group } = first
  const attrs = {
    from: group ? group.address : customer.jid(first.server),
    id: first.id,
    t: String(world.seconds()),
    ...(type ? { type } : {}),
    ...(group ? { participant: customer.jid(LID_SERVER), participant_pn: customer.jid(PN_SERVER) } : {}),
  }
  const more = shown.slice(1).map(({ id }) => element('item', { id }))
  const node = element('receipt', attrs, more.length > 0 ? [element('list', {}, more)] : undefined)
  for (const { queue } of first.account.companions.values()) queue.add('receipt', node)
}

export function confirmDelivery(world: World, customer: Customer, shown: ShownMessage): void {
  sendReceipt(world, customer, [shown], undefined)
}

/** The customer's phone marks the messages as read; one receipt for each addressing. */
export function markRead(world: World, customer: Customer, messages: ShownMessage[]): void {
  for (const message of messages) {
    message.read = true
    const { account, id } = message
    world.wire.record({ account: account.id, connection: 0, event: 'read', providerId: id, detail: customer.id })
  }
  // One receipt for each account, conversation and addressing.
  const kinds = new Map<string, ShownMessage[]>()
  for (const message of messages) {
    const name = `${message.account.id} ${message.group?.id ?? message.server}`
    kinds.set(name, [...(kinds.get(name) ?? []), message])
  }
  for (const addressed of kinds.values()) sendReceipt(world, customer, addressed, 'read')
}

/** A customer's phone could not read a message: it asks the sending device for it, with fresh keys. */
export function askAgain(
  world: World,
  login: Login,
  options: { phone: Customer; server: string; group: string | null; id: string; count: number },
): void {
  const { phone, server, group, id, count } = options
  const bundle = phone.signal.bundle()
  const time = String(world.seconds())
  const from: Record<string, string> =
    group === null ? { from: phone.jid(server) } : { from: group, participant: phone.jid(LID_SERVER) }
  const attrs = { ...from, id, type: 'retry', t: time }
  const node = element('receipt', attrs, [
    element('retry', { count: String(count), id, t: time, v: '1' }),
    element('registration', {}, bigEndian(bundle.registrationId, 4)),
    element(
      'keys',
      {},
      bundleNodes(bundle).filter(({ tag }) => tag !== 'registration'),
    ),
  ])
  login.companion.queue.add('receipt', node)
}
