/** Payloads of ledger events of every kind, and JSON that is changed until it is not what a reader expects. */
import { payloadSchemas, type PayloadKind } from '../../shared/contracts/events.ts'
import type { Random } from '../harness/seed.ts'
import { hostileInts, hostileText } from './hostile.ts'

const peer = { address: '491701@s.whatsapp.net', aliases: ['77@lid'], name: 'Li' }
const group = { address: '120363@g.us', aliases: [], name: 'Resellers' }
const error = { code: 'media_expired', text: 'gone', until: null }
const message = {
  channel: 'whatsapp',
  kind: 'text',
  chat: peer.address,
  author: peer.address,
  providerId: 'F1',
  time: 1_800_000_000_000,
  text: 'hello',
  entities: [{ type: 'bold', offset: 0, length: 2 }],
  reply: null,
  target: null,
  media: null,
  details: null,
}
const recorded = { peer, author: null, direction: 'in', path: 'live', message, clientId: null, raw: 'aGVsbG8=' }
const file = { peer, author: null, direction: 'in', providerId: 'F1', clientId: null }

const samples: [PayloadKind, unknown][] = [
  ['message.recorded/1', recorded],
  ['message.recorded/1', { ...recorded, peer: group, author: peer, message: { ...message, chat: group.address } }],
  ['message.recorded/1', { ...recorded, message: { ...message, kind: 'edit', target: 'F1', text: 'changed' } }],
  ['message.recorded/1', { ...recorded, message: { ...message, kind: 'delete', target: 'F1', text: '' } }],
  [
    'message.recorded/1',
    { ...recorded, message: { ...message, kind: 'reaction', target: 'F1', text: '', details: { emoji: '👍' } } },
  ],
  [
    'message.recorded/1',
    {
      ...recorded,
      message: { ...message, kind: 'poll', details: { poll: { question: 'q', options: ['a', 'b'], multiple: false } } },
    },
  ],
  [
    'message.intended/1',
    { peer, clientId: 'C1', text: 'later', replyTo: null, kind: 'text', entities: [], target: null, details: null },
  ],
  ['message.state/1', { state: 'failed', clientId: 'C1', providerId: 'F1', time: 1_800_000_000_000, error }],
  ['conversation.read/1', { direction: 'in', providerId: 'F1', time: null }],
  ['identity.seen/1', { identity: peer }],
  [
    'group.seen/1',
    {
      group: {
        address: group.address,
        subject: 'S',
        description: null,
        members: [{ ...peer, role: 'admin' }],
        announce: false,
        inviteLink: null,
      },
    },
  ],
  [
    'media.stored/1',
    { ...file, blob: 'b'.repeat(22), key: 'A'.repeat(43), sha256: '0'.repeat(64), bytes: 10, mime: 'image/jpeg' },
  ],
  ['media.missing/1', { ...file, error, retries: true }],
  ['account.seen/1', { address: '4915100000@s.whatsapp.net' }],
  [
    'account.devices/1',
    { phone: '4915100000', devices: [{ name: null, platform: 'phone', current: false, activeAt: null }] },
  ],
  ['conversation.opened/1', {}],
  [
    'raw.kept/1',
    { reason: 'x', raw: 'aGVsbG8=', place: { peer, author: null, direction: 'in', providerId: 'F9', time: 1 } },
  ],
  ['ledger.opened/1', { software: 's', platform: 'p' }],
  ['ledger.closed/1', { reason: 'locked' }],
]

function hostileValue(random: Random): unknown {
  switch (random.below(9)) {
    case 0:
      return null
    case 1:
      return random.pick(hostileInts)
    case 2:
      return random.pick([
        9_007_199_254_740_991, 9_007_199_254_740_994, -1.5, 1e308, 253_402_300_800_000, -62_135_596_801_000,
      ])
    case 3:
      return []
    case 4:
      return {}
    case 5: {
      let deep: unknown = 'x'
      for (let left = random.pick([2, 50, 2000]); left > 0; left--) deep = random.below(2) === 0 ? [deep] : { deep }
      return deep
    }
    default:
      return hostileText(random)
  }
}

/** One change somewhere in the tree. */
function changeOnce(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.below(6) === 0) return hostileValue(random)
  if (Array.isArray(value)) {
    if (value.length === 0 || random.below(4) === 0)
      return [...value, ...Array.from({ length: random.below(40) }, () => value[0] ?? hostileValue(random))]
    const at = random.below(value.length)
    return value.map((item: unknown, index) => (index === at ? changeOnce(item, random) : item))
  }
  const entries = Object.entries(value)
  if (entries.length === 0 || random.below(12) === 0)
    return { ...value, [hostileText(random).slice(0, 80)]: hostileValue(random) }
  const at = random.below(entries.length)
  if (random.below(10) === 0) return Object.fromEntries(entries.filter((_, index) => index !== at))
  return Object.fromEntries(
    entries.map(([name, field], index) => [name, index === at ? changeOnce(field, random) : field]),
  )
}

export function changedJson(value: unknown, random: Random): unknown {
  let changed = value
  for (let left = 1 + random.below(3); left > 0; left--) changed = changeOnce(changed, random)
  return changed
}

export function payloadInput(random: Random): { kind: string; json: string } {
  const [kind, sample] = random.pick(samples)
  const payload = random.below(6) === 0 ? sample : changedJson(sample, random)
  const named =
    random.below(12) === 0
      ? random.pick(['message.recorded/2', 'x', 'toString', '__proto__/1', ...Object.keys(payloadSchemas)])
      : kind
  const json = JSON.stringify(payload) ?? ''
  return { kind: named, json: random.below(15) === 0 ? json.slice(0, random.below(json.length + 1)) : json }
}
