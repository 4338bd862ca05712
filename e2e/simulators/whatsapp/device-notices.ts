/** Notices about devices: an account's list of linked devices has changed, a person has a phone with new keys. */
import { createHash } from 'node:crypto'
import { element } from './binary-node.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import type { Account, Customer } from './people.ts'
import { SignalDevice } from './signal-device.ts'
import type { World } from './world.ts'

function deviceHash(account: Account): string {
  const devices = [0, ...account.companions.keys()].map((device) => account.jid(PN_SERVER, device))
  const digest = createHash('sha256').update(devices.toSorted().join(''))
  return `2:${digest.digest('base64').slice(0, 8)}`
}

/** Tells the account's other linked devices that one came or went. */
export function tellDevices(world: World, account: Account, change: 'add' | 'remove', device: number): void {
  const attrs = {
    from: account.jid(PN_SERVER),
    id: world.messageId('other'),
    type: 'devices',
    lid: account.jid(LID_SERVER),
    t: String(world.seconds()),
  }
  const index: Record<string, string> = change === 'add' ? { 'key-index': String(device) } : {}
  const node = element('notification', attrs, [
    element(change, { device_hash: deviceHash(account) }, [
      element('device', { jid: account.jid(PN_SERVER, device), lid: account.jid(LID_SERVER, device), ...index }),
    ]),
  ])
  for (const companion of account.companions.values()) {
    if (companion.device !== device) companion.queue.add('notification', node)
  }
}

/** New keys and empty sessions; every account that has a conversation with the customer is told of the new identity. */
export function reinstall(world: World, customer: Customer): void {
  customer.installs += 1
  customer.signal = new SignalDevice(`phone/${customer.phone}/${customer.installs}`, world.source)
  customer.senderKeys.clear()
  for (const account of world.accounts.values()) {
    const isKnown = world.chat(account, customer).messages.size > 0
    const groups = [...world.groups.values()].filter(({ members }) => members.has(customer) && members.has(account))
    if (!isKnown && groups.length === 0) continue
    for (const companion of account.companions.values()) {
      for (const key of companion.groupKeys.values()) key.holders.delete(customer)
      const attrs = {
        from: customer.address,
        id: world.messageId('other'),
        type: 'encrypt',
        t: String(world.seconds()),
      }
      companion.queue.add('notification', element('notification', attrs, [element('identity')]))
    }
  }
}
