/** Answers `usync`: who is on WhatsApp, with which devices and which LID. */
import { bytesOf, child, childrenOf, element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import { formatJid, LID_SERVER, parseJid, PN_SERVER } from './jid.ts'
import type { Resident } from './people.ts'
import type { World } from './world.ts'

const MAX_USERS = 5000

/** The `<usync>` of the result, or undefined when the question is not one. */
export function answerUsync(world: World, usync: BinaryNode): BinaryNode | undefined {
  const protocols = childrenOf(child(usync, 'query')).map(({ tag }) => tag)
  const users = childrenOf(child(usync, 'list'))
  if (protocols.length === 0 || users.length > MAX_USERS) return undefined
  const answers = users.flatMap((user) => answerUser(world, protocols, user))
  const { sid = '', mode = 'query', context = 'interactive' } = usync.attrs
  return element('usync', { sid, mode, context, index: '0', last: 'true' }, [
    element(
      'result',
      {},
      protocols.map((protocol) => element(protocol, { refresh: '86400' })),
    ),
    element('list', {}, answers),
  ])
}

function answerUser(world: World, protocols: string[], user: BinaryNode): BinaryNode[] {
  const asked = user.attrs.jid ?? byNumber(bytesOf(child(user, 'contact'))?.toString('utf8'))
  const jid = parseJid(asked)
  if (!jid) return []
  const person = world.find(jid)
  const answers = protocols.flatMap((protocol) => {
    if (protocol === 'devices') return [devices(person)]
    if (protocol === 'contact') return [element('contact', { type: person ? 'in' : 'out' })]
    // A LID leads to no other name of the person.
    if (protocol === 'lid' && jid.server === PN_SERVER) {
      return [element('lid', { val: formatJid(world.lidOf(jid.user), LID_SERVER) })]
    }
    return []
  })
  return [element('user', { jid: formatJid(jid.user, jid.server) }, answers)]
}

function byNumber(contact: string | undefined): string | undefined {
  const digits = contact?.replace(/^\+/, '')
  return digits && /^\d+$/.test(digits) ? formatJid(digits, PN_SERVER) : undefined
}

function devices(person: Resident | undefined): BinaryNode {
  const list: BinaryNode[] = person ? [element('device', { id: '0' })] : []
  if (person?.kind === 'account') {
    for (const { device } of person.companions.values()) {
      // The key index is the one of the device's identity; without it clients leave the device out.
      list.push(element('device', { id: String(device), 'key-index': String(device) }))
    }
  }
  return element('devices', {}, [element('device-list', {}, list)])
}
