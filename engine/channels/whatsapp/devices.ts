/** The devices linked to the account's number, as the provider lists them: numbers without names. */
import type { BinaryNode } from '@whiskeysockets/baileys'
import { ChannelError } from '../channel.ts'
import type { LinkedDevice } from '../channel.ts'
import type { Query } from './media/pass.ts'

const DEVICES_LIMIT = 64

function find(node: BinaryNode | undefined, path: string[]): BinaryNode | undefined {
  let at: BinaryNode | undefined = node
  for (const tag of path) at = Array.isArray(at?.content) ? at.content.find((child) => child.tag === tag) : undefined
  return at
}

/** `own`: the account's JID with its device part. Device 0 is the phone. Throws ChannelError `not_connected`. */
export async function listOwnDevices(query: Query, own: string): Promise<LinkedDevice[]> {
  const user = own.replace(/:\d+@/, '@')
  const current = /:(\d+)@/.exec(own)?.[1] ?? '0'
  const usync: BinaryNode = {
    tag: 'usync',
    attrs: { context: 'message', mode: 'query', sid: crypto.randomUUID(), last: 'true', index: '0' },
    content: [
      { tag: 'query', attrs: {}, content: [{ tag: 'devices', attrs: { version: '2' } }] },
      { tag: 'list', attrs: {}, content: [{ tag: 'user', attrs: { jid: user } }] },
    ],
  }
  const attrs = { to: 's.whatsapp.net', type: 'get', xmlns: 'usync' }
  const answer = await query({ tag: 'iq', attrs, content: [usync] }).catch(() => undefined)
  const list = find(answer, ['usync', 'list', 'user', 'devices', 'device-list'])
  if (!list) throw new ChannelError('not_connected', 'WhatsApp did not tell the devices')
  const devices = Array.isArray(list.content) ? list.content.slice(0, DEVICES_LIMIT) : []
  return devices.flatMap(({ tag, attrs: { id } }) =>
    tag !== 'device' || id === undefined || !/^\d{1,5}$/.test(id)
      ? []
      : [{ id, name: null, platform: id === '0' ? 'phone' : null, current: id === current, activeAt: null }],
  )
}
