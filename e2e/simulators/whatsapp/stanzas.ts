/** Sorts the stanzas of a logged-in device to whoever deals with them. */
import { takeMessage } from './account-side.ts'
import { child, childrenOf, element, requiredAttribute, SERVER, StanzaError } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Connection, Login } from './connection.ts'
import { isChat } from './delivery-queue.ts'
import type { DeliveryClass } from './delivery-queue.ts'
import { changeByDevice, readGroups } from './group-side.ts'
import { readKeys, storeKeys } from './key-directory.ts'
import { parseJid } from './jid.ts'
import { activate } from './login.ts'
import { answerMediaRetry } from './media-retry.ts'
import { repeat } from './say.ts'
import { answerUsync } from './usync.ts'
import type { World } from './world.ts'

const DELIVERY_CLASSES: readonly DeliveryClass[] = ['message', 'receipt', 'notification', 'call']

/** Stanzas that tell the server something and want no answer. */
const SILENT = new Set(['ib', 'presence', 'chatstate', 'call', 'notification', 'xmlstreamend'])

const MAX_MEDIA_BYTES = 104_857_600

/** What a device of this account set nothing for is public to all. */
const PRIVACY = ['readreceipts', 'last', 'status', 'profile', 'online', 'groupadd', 'calladd']

/** Deals with one stanza; throws StanzaError on what no client may send. */
export async function handleStanza(world: World, connection: Connection, login: Login, node: BinaryNode) {
  if (node.tag === 'iq') handleQuery(world, connection, login, node)
  else if (node.tag === 'message') await takeMessage(world, connection, login, node)
  else if (node.tag === 'receipt') await takeReceipt(world, connection, login, node)
  else if (node.tag === 'ack') takeAck(connection, login, node)
  else if (!SILENT.has(node.tag)) throw new StanzaError(`<${node.tag}> is not known`)
}

function takeAck(connection: Connection, { companion }: Login, { attrs }: BinaryNode): void {
  const name = DELIVERY_CLASSES.find((item) => item === attrs.class)
  const done = name && companion.queue.acknowledge(name, attrs.id, attrs.type)
  if (!done || !isChat(done) || !attrs.id) return
  connection.record('ack', { providerId: attrs.id, detail: attrs.error ? `error ${attrs.error}` : 'ack' })
}

async function takeReceipt(world: World, connection: Connection, login: Login, node: BinaryNode): Promise<void> {
  const id = requiredAttribute(node, 'id')
  const { to, type, participant } = node.attrs
  if (type === 'retry') {
    await repeat(world, login, node)
  } else if (type === 'server-error') {
    answerMediaRetry(world, login, node)
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
  const limited = xmlns !== 'w:p' && login.account.faults.take('flood') !== null
  const answer = limited ? '429' : answerQuery(world, login, iq, query)
  const attrs = { from: iq.attrs.to ?? SERVER, id }
  if (!answer || typeof answer === 'string') {
    const code = answer ?? '501'
    const error = element('error', { code, text: ERROR_TEXTS[code] ?? 'feature-not-implemented' })
    connection.send(element('iq', { ...attrs, type: 'error' }, [error]))
    return
  }
  connection.send(element('iq', { ...attrs, type: 'result', t: String(world.seconds()) }, answer))
  if (xmlns === 'passive' && query?.tag === 'active') activate(world, connection, login)
  if (query?.tag === 'remove-companion-device') removeDevice(login, parseJid(query.attrs.jid)?.device)
}

/** The children of the result, or an error code; undefined when the server does not know the question. */
function answerQuery(
  world: World,
  login: Login,
  iq: BinaryNode,
  query: BinaryNode | undefined,
): BinaryNode[] | string | undefined {
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
      return query && readGroups(world, login, iq.attrs.to ?? '', query)
    case 'w:g2/set':
      return query && changeByDevice(world, login, iq.attrs.to ?? '', query)
    case 'w:m/set':
      return query?.tag === 'media_conn' ? [mediaConnection(world)] : undefined
    case 'md/set':
      return query?.tag === 'remove-companion-device' ? [] : undefined
    default:
      return undefined
  }
}

const ERROR_TEXTS: Record<string, string> = {
  '401': 'not-authorized',
  '403': 'forbidden',
  '404': 'item-not-found',
  '429': 'rate-overlimit',
}
const MEDIA_AUTH_BYTES = 18

function mediaConnection(world: World): BinaryNode {
  const auth = world.source.next('media-auth', MEDIA_AUTH_BYTES).toString('base64url')
  return element('media_conn', { auth, ttl: '3600', auth_ttl: '21600', max_buckets: '12' }, [
    element('host', { hostname: world.media.host, maxContentLengthBytes: String(MAX_MEDIA_BYTES) }),
  ])
}

function emptyCollection({ attrs }: BinaryNode): BinaryNode {
  return element('collection', { name: attrs.name ?? '', version: attrs.version ?? '0', type: 'result' })
}

/** A device logs itself out, or another one of its account. */
function removeDevice({ account, companion }: Login, device: number | undefined): void {
  const removed = account.companions.get(device ?? companion.device)
  if (!removed) return
  account.companions.delete(removed.device)
  removed.queue.detach()
  removed.connection?.endRemoved()
}
