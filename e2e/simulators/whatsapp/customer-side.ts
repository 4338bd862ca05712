/** What the simulated customers' phones answer to an account's messages: they confirm, read, and ask again. */
import { bigEndian, element } from './binary-node.ts'
import type { Login } from './connection.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
<<<<<<< HEAD
import { bundleNodes, readEnclosedBundle, takeBundle } from './key-directory.ts'
import { encodeText, pad } from './message-content.ts'
import type { Ciphertext, KeyBundle } from './signal-device.ts'
import { corrupted } from './signal-device.ts'
import type { Account, Companion, Customer, SaidMessage, ShownMessage, World } from './world.ts'

const SECRET_BYTES = 32
/** Phones give up after this many repetitions of one message. */
const MAX_RETRIES = 5

/** A customer writes a text. The message waits at the provider for each linked device; resolves with its id. */
export function say(world: World, customer: Customer, account: Account, text: string, server: string) {
  return world.inOrder(async () => {
    const id = world.messageId('text')
    const bytes = encodeText(text, world.source.next('message-secret', SECRET_BYTES))
    const message: SaidMessage = { id, customer, account, server, time: world.seconds(), bytes }
    world.said.set(`${account.id}/${id}`, message)
    world.sent.push({
      customer: customer.id,
      account: account.id,
      providerId: id,
      message: {
        channel: 'whatsapp',
        kind: 'text',
        chat: customer.address,
        author: customer.address,
        providerId: id,
        time: message.time * 1000,
        text,
        entities: [],
        reply: null,
        target: null,
        media: null,
        details: null,
      },
      raw: bytes.toString('base64'),
      group: null,
    })
    for (const companion of account.companions.values()) {
      const ciphertext = await encryptFor(world, message, companion, undefined)
      const sealed = account.faults.take('bad-mac') ? corrupted(ciphertext) : ciphertext
      companion.queue.add('message', messageNode(message, sealed, undefined))
    }
    return id
  })
}

async function encryptFor(
  world: World,
  { customer, account, bytes }: SaidMessage,
  companion: Companion,
  fresh: KeyBundle | undefined,
): Promise<Ciphertext> {
  const peer = { user: account.lid, device: companion.device }
  if (fresh || !customer.signal.hasSession(peer)) {
    await customer.signal.openSession(peer, fresh ?? takeBundle(world, companion))
  }
  return customer.signal.encrypt(peer, pad(bytes))
}

function messageNode(message: SaidMessage, { type, bytes }: Ciphertext, retry: string | undefined): BinaryNode {
  const { id, customer, server, time } = message
  const byLid = server === LID_SERVER
  const attrs = {
    from: customer.jid(server),
    id,
    t: String(time),
    type: 'text',
    notify: customer.name,
    addressing_mode: byLid ? 'lid' : 'pn',
    ...(byLid ? { sender_pn: customer.jid(PN_SERVER) } : { sender_lid: customer.jid(LID_SERVER) }),
  }
  return element('message', attrs, [element('enc', { v: '2', type, ...(retry ? { count: retry } : {}) }, bytes)])
}

/** A device could not read a message: the customer's phone starts a new session and sends it again. */
export async function repeat(world: World, { account, companion }: Login, receipt: BinaryNode): Promise<void> {
  const id = requiredAttribute(receipt, 'id')
  const message = world.said.get(`${account.id}/${id}`)
  const count = child(receipt, 'retry')?.attrs.count ?? '1'
  const enclosed = readEnclosedBundle(receipt, companion)
  if (!message || !(Number(count) <= MAX_RETRIES)) return
  await world.inOrder(async () => {
    const ciphertext = await encryptFor(world, message, companion, enclosed ?? takeBundle(world, companion))
    companion.queue.replaceMessage(messageNode(message, ciphertext, count))
  })
}
=======
import { bundleNodes } from './key-directory.ts'
import type { Customer, ShownMessage, World } from './world.ts'
>>>>>>> w-me

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
