/** Sorts the stanzas of a logged-in device to whoever deals with them. */
import { takeMessage } from './account-side.ts'
import { takePresence } from './activity.ts'
import { child, childrenOf, element, requiredAttribute, SERVER, StanzaError } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Connection, Login } from './connection.ts'
import { tellDevices } from './device-notices.ts'
import { isChat } from './delivery-queue.ts'
import type { DeliveryClass } from './delivery-queue.ts'
import { errorResult, QueryError } from './group-nodes.ts'
import { answerGroupQuery } from './group-queries.ts'
import { readKeys, storeKeys } from './key-directory.ts'
import { parseJid } from './jid.ts'
import { activate } from './login.ts'
import { uploadAgain } from './media-retry.ts'
import { repeat } from './posting.ts'
import { answerUsync } from './usync.ts'
import type { World } from './world.ts'

const DELIVERY_CLASSES: readonly DeliveryClass[] = ['message', 'receipt', 'notification', 'call']

/** Stanzas that tell the server something and want no answer. */
const SILENT = new Set(['ib', 'call', 'notification', 'xmlstreamend'])

/** What a device of this account set nothing for is public to all. */
const PRIVACY = ['readreceipts', 'last', 'status', 'profile', 'online', 'groupadd', 'calladd']

/** Deals with one stanza; throws StanzaError on what no client may send. */
export async function handleStanza(world: World, connection: Connection, login: Login, node: BinaryNode) {
  if (node.tag === 'iq') handleQuery(world, connection, login, node)
  else if (node.tag === 'message') await takeMessage(world, connection, login, node)
  else if (node.tag === 'receipt') await takeReceipt(world, connection, login, node)
  else if (node.tag === 'ack') takeAck(connection, login, node)
  else if (node.tag === 'presence') takePresence(world, connection, node)
  else if (node.tag === 'chatstate') connection.record('rpc', { detail: 'chatstate' })
  else if (!SILENT.has(node.tag)) throw new StanzaError(`<${node.tag}> is not known`)
}

function takeAck(connection: Connection, { companion }: Login, { attrs }: BinaryNode): void {
  const name = DELIVERY_CLASSES.find((item) => item === attrs.class)
  const done = name && companion.queue.acknowledge(name, attrs)
  if (!done || !isChat(done) || !attrs.id) return
  connection.record('ack', { providerId: attrs.id, detail: attrs.error ? `error ${attrs.error}` : 'ack' })
}

async function takeReceipt(world: World, connection: Connection, login: Login, node: BinaryNode): Promise<void> {
  const id = requiredAttribute(node, 'id')
  const { to, type, participant } = node.attrs
  if (type === 'retry') {
    await repeat(world, login, node)
  } else if (type === 'server-error') {
    uploadAgain(world, login, node)
  } else {
    const ids = [id, ...childrenOf(child(node, 'list')).flatMap((item) => item.attrs.id ?? [])]
    for (const each of ids) {
      const done = login.companion.queue.received(each)
      if (done && isChat(done)) {
        connection.record('ack', { providerId: each, detail: type ?? 'delivered' })
      }
      if (type === 'read' || type === 'read-self') connection.record('read', { providerId: each, detail: type })
    }
  }
  const attrs = { class: 'receipt', id, from: to ?? SERVER, t: String(world.seconds()) }
  connection.send(element('ack', { ...attrs, ...(type ? { type } : {}), ...(participant ? { participant } : {}) }))
}

function handleQuery(world: World, connection: Connection, login: Login, iq: BinaryNode): void {
  const id = requiredAttribute(iq, 'id')
  const { type, xmlns } = iq.attrs
  if (type === 'result' || type === 'error') {
    connection.answered(iq)
    return
  }
  const query = childrenOf(iq)[0]
  if (xmlns !== 'w:p') connection.record('rpc', { detail: `${xmlns ?? ''}/${type ?? ''} ${query?.tag ?? ''}` })
  const answer = tryAnswer(world, login, iq, query)
  if (answer instanceof QueryError) {
    connection.send(errorResult(id, answer))
    return
  }
  connection.send(
    element('iq', { from: iq.attrs.to ?? SERVER, id, type: 'result', t: String(world.seconds()) }, answer),
  )
  if (xmlns === 'passive' && query?.tag === 'active') activate(world, connection, login)
  if (query?.tag === 'remove-companion-device') removeDevice(world, login, parseJid(query.attrs.jid)?.device)
}

/** Queries that a server that is asked too often refuses. */
const LIMITED = new Set(['w:g2', 'usync', 'w:profile:picture', 'encrypt'])

function tryAnswer(world: World, login: Login, iq: BinaryNode, query: BinaryNode | undefined) {
  const isLimited = LIMITED.has(iq.attrs.xmlns ?? '')
  if (isLimited && login.account.faults.take('flood')) return new QueryError(429, 'rate-overlimit')
  try {
    return answerQuery(world, login, iq, query) ?? new QueryError(501, 'feature-not-implemented')
  } catch (error) {
    if (error instanceof QueryError) return error
    throw error
  }
}

/** The children of the result; undefined when the server does not know the question. */
function answerQuery(
  world: World,
  login: Login,
  iq: BinaryNode,
  query: BinaryNode | undefined,
): BinaryNode[] | undefined {
  const kind = `${iq.attrs.xmlns ?? ''}/${iq.attrs.type ?? ''}`
  switch (kind) {
    case 'encrypt/get':
      return query && readKeys(world, login, query)
    case 'encrypt/set':
      return storeKeys(login, iq) ? [] : undefined
    case 'usync/get': {
      const usync = query?.tag === 'usync' ? answerUsync(world, query) : undefined
      return usync && [usync]
    }
    case 'w:p/get':
    case 'passive/set':
    case 'privacy/set':
    case 'urn:xmpp:whatsapp:dirty/set':
    case 'w:stats/set':
      return []
    case 'w:mex/get':
      return query?.attrs.query_id === REACH_OUT_QUERY ? [element('result', {}, restriction(world, login))] : undefined
    case 'w:m/set':
      return query?.tag === 'media_conn' ? [mediaConnection(world, login)] : undefined
    case 'abt/get':
      return [element('props', { protocol: '1', refresh: '86400', refresh_id: '1' }, [])]
    case 'blocklist/get':
      return [element('list', {}, [])]
    case 'privacy/get':
      return [
        element(
          'privacy',
          {},
          PRIVACY.map((name) => element('category', { name, value: 'all' })),
        ),
      ]
    case 'w:sync:app:state/set':
      login.companion.synced = true
      return query?.tag === 'sync' ? [element('sync', {}, childrenOf(query).map(emptyCollection))] : undefined
    case 'w:g2/get':
    case 'w:g2/set':
      return query && answerGroupQuery(world, login, iq, query)
    case 'md/set':
      return query?.tag === 'remove-companion-device' ? [] : undefined
    default:
      return undefined
  }
}

/** The GraphQL question for a restriction; its id is the published web client's. */
const REACH_OUT_QUERY = '23983697327930364'

/** Seconds as text; '0' where nothing is restricted. */
function restriction(world: World, { account }: Login): Buffer {
  const isActive = world.seconds() < account.faults.restrictedUntilS
  const answer = {
    is_active: isActive,
    time_enforcement_ends: isActive ? String(account.faults.restrictedUntilS) : '0',
    enforcement_type: isActive ? 'WEB_COMPANION_ONLY' : 'DEFAULT',
  }
  return Buffer.from(JSON.stringify({ data: { xwa2_fetch_account_reachout_timelock: answer } }))
}

const MEDIA_TTL_S = '21600'

function mediaConnection(world: World, { account }: Login): BinaryNode {
  const attrs = { auth: account.mediaToken, ttl: MEDIA_TTL_S, auth_ttl: MEDIA_TTL_S, max_buckets: '12', id: '1' }
  return element('media_conn', attrs, [element('host', { hostname: world.media.host ?? '', type: 'primary' })])
}

function emptyCollection({ attrs }: BinaryNode): BinaryNode {
  return element('collection', { name: attrs.name ?? '', version: attrs.version ?? '0', type: 'result' })
}

/** A device logs itself out, or another one of its account. */
function removeDevice(world: World, { account, companion }: Login, device: number | undefined): void {
  const removed = account.companions.get(device ?? companion.device)
  if (!removed) return
  account.companions.delete(removed.device)
  removed.queue.detach()
  removed.connection?.endRemoved()
  tellDevices(world, account, 'remove', removed.device)
}
