/** Login of a linked device, and the moment from which it gets its messages. */
import type { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { element, SERVER } from './binary-node.ts'
import type { Connection, Login } from './connection.ts'
import { isChat } from './delivery-queue.ts'
import type { Delivery } from './delivery-queue.ts'
import { sendHistory } from './phone-side.ts'
import type { BinaryNode } from './binary-node.ts'
import { LID_SERVER } from './jid.ts'
import type { World } from './world.ts'

const NOT_LINKED = 401
const ROUTING_BYTES = 8

/** Accepts or refuses a login payload; a second login of one device ends the first. */
export function logIn(world: World, connection: Connection, noiseKey: Buffer, payload: proto.ClientPayload): void {
  const phone = String(payload.username ?? '')
  const account = world.findPhone(phone)
  const companion = account?.kind === 'account' ? account.companions.get(payload.device ?? 0) : undefined
  if (account?.kind !== 'account') return refuse(connection, NOT_LINKED)
  const refusal = account.faults.takeRefusal()
  if (refusal !== null) return refuse(connection, refusal, account.id)
  if (!companion?.noiseKey.equals(noiseKey)) return refuse(connection, NOT_LINKED, account.id)
  companion.connection?.endReplaced()
  companion.queue.detach()
  companion.connection = connection
  connection.login = { account, companion }
  connection.record('login', { detail: `device ${companion.device}` })
  const attrs = {
    t: String(world.seconds()),
    lid: account.jid(LID_SERVER, companion.device),
    props: '1',
    location: 'sim',
    creation: String(world.seconds()),
  }
  connection.send(element('success', attrs))
  strikeAtLogin(connection, { account, companion })
}

function refuse(connection: Connection, reason: number, account?: string): void {
  connection.record('rpc', { detail: `login refused ${reason}${account ? ` ${account}` : ''}` })
  connection.end(element('failure', { reason: String(reason), location: 'sim' }), `login refused ${reason}`)
}

/** Faults that were armed while nobody was connected. */
function strikeAtLogin(connection: Connection, { account }: Login): void {
  const freeze = account.faults.take('freeze')
  if (freeze) connection.freeze(freeze.value)
  else if (account.faults.take('cut', (value) => value === undefined)) connection.cut('fault: cut')
}

/** The device is ready: what waited for it comes now, marked offline, then the count, then what is new as it comes. */
export function activate(world: World, connection: Connection, login: Login): void {
  const { account, companion } = login
  if (companion.connection !== connection) return
  companion.queue.detach()
  if (companion.historyId !== null) companion.queue.drop(companion.historyId)
  const count = companion.queue.attach((delivery, node, note) => put(connection, delivery, node, note))
  const routing = world.source.bytes(`routing/${account.phone}`, ROUTING_BYTES)
  connection.send(
    element('ib', { from: SERVER }, [element('edge_routing', {}, [element('routing_info', {}, routing)])]),
  )
  connection.send(element('ib', { from: SERVER }, [element('offline', { count: String(count) })]))
  void world
    .inOrder(() => sendHistory(world, login))
    .catch((error: unknown) => {
      connection.record('rpc', { detail: `history not sent: ${String(error).slice(0, 200)}` })
    })
}

function put(connection: Connection, delivery: Delivery, node: BinaryNode, note: string | undefined): void {
  if (isChat(delivery) && node.attrs.id) {
    connection.record('push', { providerId: node.attrs.id, ...(note ? { detail: note } : {}) })
  }
  connection.send(node)
}
