import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { decodeHeader, decodePayload } from '../../shared/formats/event.ts'
import { findMessage } from '../cache/messages.ts'
import { findSend } from '../cache/sends.ts'
import type { SendOutcome } from '../channels/channel.ts'
import { newTouched, placeOf } from '../recorder/context.ts'
import { moveState } from '../recorder/states.ts'
import { answeringChannel as provider, scriptedChannel } from './scripted-channel.ts'
import { SenderFixture } from './sender-fixture.ts'

let on: SenderFixture
const fault = { code: 'cut', text: 'cut', until: null }
const ruled = { code: 'policy_answers_only', text: 'no', until: null }

beforeEach(() => {
  on = new SenderFixture()
})
afterEach(() => on.close())

test('messages leave in their order, each once, and the ledger tells each outcome', async () => {
  for (const id of ['c1', 'c2', 'c3']) on.intend(id)
  const { channel, handed, all } = provider(false, [
    on.accepted('p1'),
    { outcome: 'refused', fault },
    on.accepted('p3'),
  ])
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(handed.map((one) => one.clientId)).toEqual(['c1', 'c2', 'c3'])
  expect(['c1', 'c2', 'c3'].map((id) => on.stateOf(id))).toEqual(['sent', 'failed', 'sent'])
  const states = on.ledger.listAfter(0, 10, 1e6).map((row) => decodePayload(decodeHeader(row.header).kind, row.payload))
  expect(states).toMatchObject([
    { payload: { state: 'sent', clientId: 'c1', providerId: 'p1' } },
    { payload: { state: 'failed', clientId: 'c2', error: { code: 'cut' } } },
    { payload: { state: 'sent', clientId: 'c3' } },
  ])
})

test('what was not sent stays queued, in front of the others, until its time', async () => {
  on.intend('c1')
  on.intend('c2')
  const first = provider(true, [{ outcome: 'not-sent', fault: { ...fault, until: on.now + 5000 } }])
  on.sender.begin(first.channel)
  await first.all
  await on.sender.end()
  expect([on.stateOf('c1'), on.stateOf('c2')]).toEqual(['queued', 'queued'])
  on.now += 6000
  const second = provider(true, [on.accepted('p1'), on.accepted('p2')])
  on.sender.begin(second.channel)
  await second.all
  await on.sender.end()
  expect(second.handed.map((one) => one.clientId)).toEqual(['c1', 'c2'])
})

test('what only the line kept back goes at once when the line is back, in its order; what the provider told to wait waits', async () => {
  for (const id of ['c1', 'c2']) on.intend(id)
  on.intend('c3', 'queued', '2@lid')
  const slow: SendOutcome = { outcome: 'not-sent', fault: { ...fault, until: on.now + 5000 }, conversationOnly: true }
  const { channel, handed, all } = provider(true, [slow, { outcome: 'not-sent', fault }, on.accepted('p3')])
  // Tried again and again while there is no line, until it would wait for a minute.
  on.cache.transaction((writer) => writer.run("UPDATE sends SET attempts = 9 WHERE clientId = 'c3'"))
  on.sender.begin(channel)
  await vi.waitFor(() =>
    expect(findSend(on.cache, 'a', 'c3')).toMatchObject({ attempts: 10, notBefore: on.now + 60_000 }),
  )
  expect(handed.map(({ clientId }) => clientId)).toEqual(['c1', 'c3'])
  on.sender.begin(channel, false)
  expect(handed).toHaveLength(2)
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(handed.map(({ clientId }) => clientId)).toEqual(['c1', 'c3', 'c3'])
  expect(['c1', 'c2', 'c3'].map((id) => on.stateOf(id))).toEqual(['queued', 'queued', 'sent'])
})

test('what has to wait says why and until when, and nothing of that stays when it has left', async () => {
  on.intend('c1')
  const wait = { ...fault, code: 'flood', until: on.now + 5000 }
  const first = provider(true, [{ outcome: 'not-sent', fault: wait }])
  on.sender.begin(first.channel)
  await first.all
  await on.sender.end()
  expect(JSON.parse(on.faultOf('c1') ?? '')).toEqual(wait)
  on.now += 6000
  const second = provider(true, [on.accepted('p1')])
  on.sender.begin(second.channel)
  await second.all
  await on.sender.end()
  expect([on.stateOf('c1'), on.faultOf('c1')]).toEqual(['sent', null])
})

test('a wait of one conversation holds back that one only', async () => {
  on.intend('c1')
  on.intend('c2')
  on.intend('c3', 'queued', '2@lid')
  const slow: SendOutcome = { outcome: 'not-sent', fault: { ...fault, until: on.now + 5000 }, conversationOnly: true }
  on.intend('c4', 'queued', '2@lid')
  const { channel, handed, all } = provider(true, [slow, on.accepted('p3'), on.accepted('p4')])
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(handed.map(({ clientId }) => clientId)).toEqual(['c1', 'c3', 'c4'])
  expect([on.stateOf('c1'), on.stateOf('c2')]).toEqual(['queued', 'queued'])
})

test('a refusal whose end is told after its acknowledgement shows that end', async () => {
  on.intend('c1')
  const refused = { code: 'whatsapp_nack_463', text: 'not now', until: null }
  const channel = scriptedChannel({
    send: () => {
      on.cache.transaction((writer) => {
        const row = findMessage(writer, findSend(writer, 'a', 'c1')!)!
        const report = { state: 'failed', providerId: null, time: on.now, error: refused } as const
        moveState(writer, on.context(writer, newTouched()), placeOf(writer, row.conversation), row, report)
      })
      return Promise.resolve({ outcome: 'refused', fault: { ...refused, until: on.now + 5000 } })
    },
  })
  on.sender.begin(channel)
  await on.sender.end()
  expect(JSON.parse(on.faultOf('c1') ?? '')).toEqual({ ...refused, until: on.now + 5000 })
  const told = on.ledger.listAfter(0, 10, 1e6).map((row) => decodePayload(decodeHeader(row.header).kind, row.payload))
  expect(told).toMatchObject([
    { payload: { error: { until: null } } },
    { payload: { error: { until: on.now + 5000 } } },
  ])
})

test('with send.afterVault nothing leaves before the vault has its intent', async () => {
  on.intend('c5')
  on.mayLeave = 4
  const { channel, handed, all } = provider(false, [on.accepted('p5')])
  on.sender.begin(channel)
  await new Promise((resolve) => setImmediate(resolve))
  expect(handed).toEqual([])
  on.mayLeave = 5
  on.sender.changed()
  await all
  expect(handed.map((one) => one.clientId)).toEqual(['c5'])
})

test('a message without an answer holds up its own conversation and no other', async () => {
  on.intend('c1')
  on.intend('c2')
  on.intend('c3', 'queued', '2@lid')
  const handed: string[] = []
  const answers = new Map<string, (outcome: SendOutcome) => void>()
  let arrived: () => void = () => {}
  const next = (): Promise<void> => new Promise((resolve) => (arrived = resolve))
  const channel = scriptedChannel({
    send: ({ clientId }) => {
      handed.push(clientId)
      arrived()
      return new Promise((resolve) => answers.set(clientId, resolve))
    },
  })
  on.sender.begin(channel)
  expect(handed).toEqual(['c1', 'c3'])
  const came = next()
  answers.get('c1')!(on.accepted('p1'))
  await came
  expect(handed).toEqual(['c1', 'c3', 'c2'])
  answers.get('c2')!(on.accepted('p2'))
  answers.get('c3')!(on.accepted('p3'))
  await on.sender.end()
})

test('what the policy refuses by now does not leave and says why; what follows in the queue does, and a deletion always', async () => {
  on.refusal = ruled
  on.intend('c1')
  on.sender.begin(provider(false, []).channel)
  await vi.waitFor(() => expect(on.stateOf('c1')).toBe('failed'))
  expect(JSON.parse(on.faultOf('c1') ?? '')).toEqual(ruled)
  await on.sender.end()
  on.refusal = null
  on.intend('c2')
  const { channel, handed, all } = provider(false, [on.accepted('p2')])
  on.sender.begin(channel)
  await all
  expect(handed.map((one) => one.clientId)).toEqual(['c2'])
})

test('with the line back, the vault’s word on the policy is waited for, but not for long', async () => {
  on.policyKnown = false
  on.intend('c1')
  const { channel, handed, all } = provider(false, [on.accepted('p1'), on.accepted('p2')])
  on.sender.begin(channel)
  await new Promise((resolve) => setImmediate(resolve))
  expect(handed).toEqual([])
  on.policyKnown = true
  on.sender.changed()
  await vi.waitFor(() => expect(handed).toHaveLength(1))
  // The vault stays away: after a moment what is known counts.
  on.policyKnown = false
  on.sender.begin(channel)
  on.intend('c2')
  on.sender.changed()
  await all
  expect(handed).toHaveLength(2)
})
