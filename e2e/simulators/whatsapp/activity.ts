/** What people do on their phones without saying anything. It is told to whoever is connected, and owed to nobody. */
import type { ActivityRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Connection } from './connection.ts'
import { LID_SERVER, parseJid, PN_SERVER } from './jid.ts'
import type { Customer, Resident } from './people.ts'
import type { World } from './world.ts'

const DOINGS: Partial<Record<ActivityRequest['doing'], BinaryNode>> = {
  typing: element('composing', {}),
  recording: element('composing', { media: 'audio' }),
  stopped: element('paused', {}),
}

/** Throws SimulatorError `unsupported` for what WhatsApp does not tell. */
export function act(world: World, request: ActivityRequest): void {
  const customer = world.customer(request.customer)
  const doing = DOINGS[request.doing]
  if (doing) return tellDoing(world, request, customer, doing)
  switch (request.doing) {
    case 'online':
      customer.availability = { online: true, seenAt: null }
      break
    case 'offline':
      customer.availability = { online: false, seenAt: Math.floor((request.seenAt ?? world.seconds() * 1000) / 1000) }
      break
    case 'hidden':
      customer.availability = { online: false, seenAt: null }
      break
    default:
      throw new SimulatorError('unsupported', `WhatsApp does not tell ${request.doing}`)
  }
  for (const account of world.accounts.values())
    for (const line of account.connections())
      for (let time = 0; time < request.times; time += 1) tellAvailability(line, customer)
}

function tellDoing(world: World, request: ActivityRequest, author: Resident, doing: BinaryNode): void {
  const group = request.group === null ? null : world.group(request.group)
  if (group && !group.members.has(author)) throw new SimulatorError('bad_request', `${author.id} is not in the group`)
  const jid = author.jid(request.addressing === 'number' ? PN_SERVER : LID_SERVER)
  const attrs: Record<string, string> = group ? { from: group.jid, participant: jid } : { from: jid }
  const accounts = group ? group.accounts() : [world.account(request.account ?? '')]
  for (const line of accounts.flatMap((account) => account.connections()))
    for (let time = 0; time < request.times; time += 1) line.send(element('chatstate', attrs, [doing]))
}

/** In the addressing of the subscription; nothing to whoever has not subscribed on this line. */
function tellAvailability(line: Connection, customer: Customer): void {
  const from = line.subscriptions.get(customer.address)
  const { availability } = customer
  if (from === undefined || availability === null) return
  const { online, seenAt } = availability
  const attrs: Record<string, string> = online
    ? { from }
    : { from, type: 'unavailable', last: seenAt === null ? 'deny' : String(seenAt) }
  line.send(element('presence', attrs))
}

/** A device says that it is there or not, or subscribes to somebody; the answer to the latter is how that person is now. */
export function takePresence(world: World, connection: Connection, { attrs }: BinaryNode): void {
  const { type, to } = attrs
  connection.record('rpc', { detail: `presence ${type ?? 'name'}${to ? ` ${to}` : ''}` })
  if (type !== 'subscribe' || !to) return
  const person = world.find(parseJid(to))
  if (person?.kind !== 'customer') return
  connection.subscriptions.set(person.address, to)
  tellAvailability(connection, person)
}
