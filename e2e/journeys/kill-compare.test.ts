/** The comparison of the kill harness itself: each kind of damage is named. */
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../shared/formats/canonical-json.ts'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import type { ExportedMessage } from '../harness/vault.ts'
import type { WireEntry } from '../simulators/provider.ts'
import { compare, type Evidence } from '../kill/compare.ts'
import type { CommandedSend } from '../kill/traffic.ts'

const customer = { id: 'c1', channel: 'whatsapp' as const, address: '1@lid', name: 'Ana', phone: '491701234567' }

function neutral(text: string, providerId: string): NeutralMessage {
  return {
    channel: 'whatsapp',
    kind: 'text',
    chat: '1@lid',
    author: '1@lid',
    providerId,
    time: 1_700_000_000_000,
    text,
    entities: [],
    reply: null,
    target: null,
    media: null,
    details: null,
  }
}

function held(direction: 'in' | 'out', text: string, state: string): ExportedMessage {
  const clientId = direction === 'out' ? `id-${text}` : null
  const message = canonicalJson(neutral(text, `id-${text}`))
  return { conversation: 'k1', direction, path: 'live', state, clientId, marks: [], message, raw: null }
}

function seen(text: string) {
  const message = neutral(text, `id-${text}`)
  return { customer: 'c1', account: 'a1', providerId: message.providerId, message, raw: '', group: null }
}

function accepted(text: string, providerId = `id-${text}`): WireEntry {
  return { n: 1, at: 0, account: 'a1', connection: 1, event: 'accepted', clientId: `id-${text}`, providerId }
}

function commanded(text: string, outcome: CommandedSend['outcome']): CommandedSend {
  return { text, customer, outcome, duringKillOf: 'engine' }
}

/** Two texts in, two out, everything as it should be. */
function sound(): Evidence {
  return {
    channel: 'whatsapp',
    sent: [seen('in 1'), seen('in 2')],
    received: new Map([['c1', [seen('out 1'), seen('out 2')]]]),
    wire: [accepted('out 1'), accepted('out 2')],
    commanded: [commanded('out 1', 'ok'), commanded('out 2', 'maybe'), commanded('out 3', 'maybe')],
    vault: [
      held('in', 'in 1', 'received'),
      held('out', 'out 1', 'read'),
      held('in', 'in 2', 'received'),
      held('out', 'out 2', 'unknown'),
    ],
  }
}

test('both sides the same: nothing to say', () => {
  expect(compare(sound())).toEqual([])
})

describe('each damage is named', () => {
  const cases: [string, RegExp, (evidence: Evidence) => void][] = [
    ['an inbound message is lost', /in 2.* is lost/, ({ vault }) => void vault.splice(2, 1)],
    ['an inbound message is doubled', /in 1.* 2 times/, ({ vault }) => void vault.push(vault[0]!)],
    ['inbound messages are reordered', /"in 1" comes after "in 2"/, ({ vault }) => void vault.reverse()],
    ['an inbound message has another form', /in 1.* differs/, ({ sent }) => void (sent[0]!.message.time += 1000)],
    [
      'an inbound message is made up',
      /in 9.* never sent/,
      ({ vault }) => void vault.push(held('in', 'in 9', 'received')),
    ],
    ['a message stands elsewhere', /another conversation/, ({ vault }) => void (vault[2]!.conversation = 'k2')],
    ['a commanded send is lost', /out 1.* is lost/, ({ vault }) => void vault.splice(1, 1)],
    ['a send of which nobody knew', /out 2.* not in the vault/, ({ vault }) => void vault.splice(3, 1)],
    ['a send is doubled in the vault', /out 1.* 2 times in/, ({ vault }) => void vault.push(vault[1]!)],
    ['a send arrives twice', /out 1.* arrived 2 times/, ({ received }) => void received.get('c1')!.push(seen('out 1'))],
    ['sends arrive in another order', /"out 1" comes after/, ({ received }) => void received.get('c1')!.reverse()],
    ['an arrived send is failed', /out 1.* is failed/, ({ vault }) => void (vault[1]!.state = 'failed')],
    ['a send never comes to an end', /out 1.* still sending/, ({ vault }) => void (vault[1]!.state = 'sending')],
    ['a sent message never arrived', /never arrived/, ({ received }) => void received.get('c1')!.shift()],
    ['a refused command was executed', /was refused/, ({ commanded: all }) => void (all[0]!.outcome = 'refused')],
    [
      'a send comes from nowhere',
      /out 9.* from nowhere/,
      ({ received }) => void received.get('c1')!.push(seen('out 9')),
    ],
    ['one client id becomes two messages', /became 2/, ({ wire }) => void wire.push(accepted('out 1', 'id-9'))],
    [
      'a WhatsApp message is repeated by itself',
      /handed over 2 times/,
      ({ wire }) => void wire.push({ ...accepted('out 1'), event: 'send' }, { ...accepted('out 1'), event: 'send' }),
    ],
    ['a sent message was never accepted', /never accepted/, ({ wire }) => void wire.shift()],
    ['a sent message has another id', /at the provider/, ({ wire }) => void (wire[0]!.providerId = 'id-9')],
  ]
  test.each(cases)('%s', (_name, words, damage) => {
    const evidence = sound()
    damage(evidence)
    expect(compare(evidence).join('\n')).toMatch(words)
  })

  test('an unknown send is open for a person on WhatsApp, and no end on Telegram', () => {
    const evidence = { ...sound(), channel: 'telegram' as const }
    expect(compare(evidence).join('\n')).toMatch(/out 2.* still unknown/)
  })
})
