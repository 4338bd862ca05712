import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { listChanges, recordChange } from '../cache/changes.ts'
import { findSend, listOpenSends, recordSend } from '../cache/sends.ts'
import { withdrawn, type SendOutcome } from '../channels/channel.ts'
import { applyReopened } from '../recorder/states.ts'
import { answeringChannel as provider, scriptedChannel } from './scripted-channel.ts'
import { SenderFixture } from './sender-fixture.ts'

let on: SenderFixture
const fault = { code: 'cut', text: 'cut', until: null }

beforeEach(() => {
  on = new SenderFixture()
})
afterEach(() => on.close())

test('after a crash in the middle a WhatsApp message is unknown and is never sent again by itself', async () => {
  on.intend('c1', 'sending')
  on.intend('c2')
  const { channel, handed, all } = provider(false, [on.accepted('p2')])
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(handed.map((one) => one.clientId)).toEqual(['c2'])
  expect(on.stateOf('c1')).toBe('unknown')
})

test('after a crash in the middle a Telegram message is repeated with the same id', async () => {
  on.intend('c1', 'sending')
  const { channel, handed, all } = provider(true, [on.accepted('p1')])
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(handed.map((one) => one.clientId)).toEqual(['c1'])
  expect(on.stateOf('c1')).toBe('sent')
})

test('a cut leaves a WhatsApp message unknown and the next one goes on', async () => {
  on.intend('c1')
  on.intend('c2')
  const { channel, handed, all } = provider(false, [{ outcome: 'unknown', fault }, on.accepted('p2')])
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(handed).toHaveLength(2)
  expect([on.stateOf('c1'), on.stateOf('c2')]).toEqual(['unknown', 'sent'])
})

test('after others ran the account nothing old leaves by itself: it is shown, and a person may send it again', async () => {
  on.intend('c1', 'unknown')
  on.intend('c2', 'sending')
  on.intend('c3')
  on.cache.transaction((writer) => on.sender.abandon(writer))
  expect(['c1', 'c2', 'c3'].map((id) => on.stateOf(id))).toEqual(['unknown', 'unknown', 'failed'])
  expect(listOpenSends(on.cache, 'a')).toEqual([])
  on.cache.transaction((writer) => applyReopened(writer, { ...on.messageOf('c1'), account: 'a' }))
  const { channel, handed, all } = provider(true, [on.accepted('P1')])
  on.sender.begin(channel)
  await all
  expect(handed.map(({ clientId }) => clientId)).toEqual(['c1'])
})

test('what its author takes back while it waits never leaves, and what stood behind it does', async () => {
  for (const id of ['c1', 'c2']) on.intend(id)
  expect(on.sender.withdraw('c1')).toBe(true)
  const { channel, handed, all } = provider(false, [on.accepted('p2')])
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(handed.map((one) => one.clientId)).toEqual(['c2'])
  expect([on.stateOf('c1'), on.stateOf('c2')]).toEqual(['failed', 'sent'])
  expect(JSON.parse(on.faultOf('c1')!)).toMatchObject({ code: 'withdrawn' })
  // Neither what has left, nor what nobody knows, nor what may be on its way can be taken back.
  on.intend('c3', 'sending')
  expect(['c2', 'c3', 'c9'].map((id) => on.sender.withdraw(id))).toEqual([false, false, false])
})

test('what waits in the hands of whoever runs the account is not taken back here', () => {
  on.intend('c1')
  on.cache.transaction((writer) => writer.run("UPDATE sends SET remote = 7 WHERE clientId = 'c1'"))
  expect(on.sender.withdraw('c1')).toBe(false)
  expect(on.stateOf('c1')).toBe('queued')
})

test('what goes up again is stopped, and is not told as if its first attempt had not left', async () => {
  await on.intendFile('c1')
  const stopped: string[] = []
  const outcomes: SendOutcome[] = [{ outcome: 'unknown', fault }]
  const channel = scriptedChannel({
    repeatsSafely: true,
    send: ({ clientId, signal }) => {
      const outcome = outcomes.shift()
      if (outcome) return Promise.resolve(outcome)
      setImmediate(() => on.sender.withdraw(clientId))
      return new Promise((resolve) => {
        const answer: SendOutcome = { outcome: 'refused', fault: withdrawn }
        signal?.addEventListener('abort', () => (stopped.push(clientId), resolve(answer)))
      })
    },
  })
  on.sender.begin(channel)
  await vi.waitFor(() => expect(on.stateOf('c1')).toBe('unknown'))
  on.sender.begin(channel)
  await vi.waitFor(() => expect(listOpenSends(on.cache, 'a')).toEqual([]))
  expect([stopped, on.stateOf('c1'), JSON.parse(on.faultOf('c1')!)]).toEqual([['c1'], 'unknown', withdrawn])
  // The same at the first attempt: it has not left.
  await on.intendFile('c2')
  on.sender.changed()
  await vi.waitFor(() => expect(on.stateOf('c2')).toBe('failed'))
  expect(stopped).toEqual(['c1', 'c2'])
})

test('what was perhaps sent before a person had it sent again stays perhaps sent, whatever keeps it here', async () => {
  const all = ['c1', 'c2', 'c3']
  for (const id of all) on.intend(id, 'unknown')
  on.cache.transaction((writer) => all.forEach((id) => applyReopened(writer, { ...on.messageOf(id), account: 'a' })))
  expect(all.map((id) => on.stateOf(id))).toEqual(['queued', 'queued', 'queued'])
  expect(on.sender.withdraw('c1')).toBe(true)
  on.mayLeave = 2
  const { channel, handed, all: told } = provider(false, [{ outcome: 'refused', fault }])
  on.sender.begin(channel)
  await told
  await on.sender.end()
  expect(handed.map(({ clientId }) => clientId)).toEqual(['c2'])
  on.cache.transaction((writer) => on.sender.abandon(writer))
  // What the provider refuses is the provider's word.
  expect(all.map((id) => on.stateOf(id))).toEqual(['unknown', 'failed', 'unknown'])
  expect(listOpenSends(on.cache, 'a')).toEqual([])
})

test('what may have left is not told as waiting because a repetition did not leave, and the vault is not told so', async () => {
  on.intend('c1', 'unknown')
  on.cache.transaction((writer) => writer.run("UPDATE sends SET remote = 7, ledger = 'theirs', taken = '1.1'"))
  const { channel, all } = provider(true, [{ outcome: 'not-sent', fault: { ...fault, until: on.now + 5000 } }])
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(on.stateOf('c1')).toBe('unknown')
  expect(findSend(on.cache, 'a', 'c1')).toMatchObject({ state: 'unknown', taken: '1.1', notBefore: on.now + 5000 })
})

test('a change goes out like a message, and a cut leaves it unknown', async () => {
  on.intend('c1', 'sent')
  on.cache.transaction((writer) => {
    const change = {
      conversation: 1,
      target: 'P1',
      opaque: 'o',
      author: 0,
      mine: 1,
      at: on.now,
      entities: null,
      details: null,
    }
    for (const clientId of ['c2', 'c3']) {
      const key = recordChange(writer, {
        ...change,
        kind: 'edit',
        text: clientId,
        providerId: null,
        clientId,
        state: 'queued',
      })
      recordSend(writer, { ...key, at: on.now, account: 'a', clientId, seq: 2 })
    }
  })
  const { channel, handed, all } = provider(false, [{ outcome: 'unknown', fault }, on.accepted('c3')])
  on.sender.begin(channel)
  await all
  await on.sender.end()
  expect(handed.map(({ content }) => content)).toMatchObject([
    { kind: 'edit', target: 'P1', text: 'c2' },
    { kind: 'edit', target: 'P1', text: 'c3' },
  ])
  expect(listChanges(on.cache, 1, ['P1']).map((row) => [row.state, row.providerId])).toEqual([
    ['unknown', null],
    ['sent', 'c3'],
  ])
})

test('what may have left before the policy changed is not told as unsent, and is not repeated', async () => {
  on.refusal = { code: 'policy_answers_only', text: 'no', until: null }
  on.intend('c1', 'unknown')
  const { channel, handed } = provider(true, [])
  on.sender.begin(channel)
  await vi.waitFor(() => expect(listOpenSends(on.cache, 'a')).toEqual([]))
  expect([on.stateOf('c1'), handed]).toEqual(['unknown', []])
})
