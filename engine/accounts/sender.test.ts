import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CodedError } from '../../shared/contracts/contract.ts'
import { decodeHeader, decodePayload } from '../../shared/formats/event.ts'
import { listChanges, recordChange } from '../cache/changes.ts'
import { Cache, type Writer } from '../cache/database.ts'
import { findMessage, recordMessage } from '../cache/messages.ts'
import { recordConversation, recordIdentity } from '../cache/people.ts'
import { findSend, listOpenSends, recordSend } from '../cache/sends.ts'
import type { ChannelFault, ProviderChannel, SendOutcome, SendRequest } from '../channels/channel.ts'
import { Ledger } from '../ledger/ledger.ts'
import { MediaStore } from '../media/store.ts'
import { newTouched, placeOf, type ApplyContext, type Touched } from '../recorder/context.ts'
import { applyReopened, moveState } from '../recorder/states.ts'
import { scriptedChannel } from './scripted-channel.ts'
import { RemoteSends } from './remote-sends.ts'
import { Sender } from './sender.ts'

let folder: string
let cache: Cache
let ledger: Ledger
let sender: Sender
let now: number
let mayLeave: number
let refusal: ChannelFault | null
let policyKnown: boolean
const fault = { code: 'cut', text: 'cut', until: null }

const context = (writer: Writer, touched: Touched): ApplyContext => ({
  account: 'a',
  epoch: '1.1',
  now,
  touched,
  append: (draft) => void ledger.append(writer, draft),
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-sender-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  ledger = new Ledger(cache, 'ledger')
  now = 1_700_000_000_000
  mayLeave = Number.MAX_SAFE_INTEGER
  refusal = null
  policyKnown = true
  sender = new Sender({
    account: 'a',
    cache,
    media: new MediaStore(join(folder, 'media')),
    now: () => now,
    context,
    mayLeaveUpTo: () => mayLeave,
    refusal: (_conversation, kind) => (kind === 'delete' ? null : refusal),
    uploading: () => {},
    isPolicyKnown: () => policyKnown,
    committed: () => {},
    remote: new RemoteSends({
      account: 'a',
      cache,
      call: () => Promise.reject(new CodedError('vault_away', 'no vault here')),
      epoch: () => '1.1',
      fetch: () => {},
    }),
  })
})
afterEach(async () => {
  await sender.end()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The far end of the provider's interface: answers as the test says, and remembers what was handed over. */
function provider(
  repeatsSafely: boolean,
  answers: SendOutcome[],
): { channel: ProviderChannel; handed: SendRequest[]; all: Promise<void> } {
  const handed: SendRequest[] = []
  let done: () => void
  const all = new Promise<void>((resolve) => (done = resolve))
  const channel = scriptedChannel({
    repeatsSafely,
    send: (request) => {
      handed.push(request)
      const answer = answers[handed.length - 1]
      if (answers.length === handed.length) setImmediate(() => done())
      return answer ? Promise.resolve(answer) : new Promise(() => {})
    },
  })
  return { channel, handed, all }
}

function intend(clientId: string, state = 'queued', address = '1@lid'): void {
  cache.transaction((writer) => {
    const identity = recordIdentity(writer, 'a', { address, aliases: [], name: null })
    const conversation = recordConversation(writer, 'a', identity.id)
    const key = recordMessage(writer, {
      conversation: conversation.id,
      at: now,
      opaque: `o-${clientId}`,
      mine: 1,
      path: 'workstation',
      kind: 'text',
      providerId: null,
      clientId,
      state,
      replyTo: null,
      author: null,
      entities: null,
      details: null,
      target: null,
      unread: false,
      text: `text ${clientId}`,
      account: 'a',
      peer: identity.id,
    })
    recordSend(writer, { ...key, account: 'a', clientId, seq: Number(clientId.slice(1)), target: null })
    writer.run('UPDATE sends SET state = ? WHERE clientId = ?', [state, clientId])
  })
}

function stateOf(clientId: string): string {
  return findMessage(cache, findSend(cache, 'a', clientId)!)!.state
}

function faultOf(clientId: string): string | null {
  return findMessage(cache, findSend(cache, 'a', clientId)!)!.fault
}

const accepted = (providerId: string): SendOutcome => ({ outcome: 'accepted', providerId, time: now })

test('messages leave in their order, each once, and the ledger tells each outcome', async () => {
  for (const id of ['c1', 'c2', 'c3']) intend(id)
  const { channel, handed, all } = provider(false, [accepted('p1'), { outcome: 'refused', fault }, accepted('p3')])
  sender.begin(channel)
  await all
  await sender.end()
  expect(handed.map((one) => one.clientId)).toEqual(['c1', 'c2', 'c3'])
  expect(['c1', 'c2', 'c3'].map(stateOf)).toEqual(['sent', 'failed', 'sent'])
  const states = ledger.listAfter(0, 10, 1e6).map((row) => decodePayload(decodeHeader(row.header).kind, row.payload))
  expect(states).toMatchObject([
    { payload: { state: 'sent', clientId: 'c1', providerId: 'p1' } },
    { payload: { state: 'failed', clientId: 'c2', error: { code: 'cut' } } },
    { payload: { state: 'sent', clientId: 'c3' } },
  ])
})

test('after a crash in the middle a WhatsApp message is unknown and is never sent again by itself', async () => {
  intend('c1', 'sending')
  intend('c2')
  const { channel, handed, all } = provider(false, [accepted('p2')])
  sender.begin(channel)
  await all
  await sender.end()
  expect(handed.map((one) => one.clientId)).toEqual(['c2'])
  expect(stateOf('c1')).toBe('unknown')
})

test('after a crash in the middle a Telegram message is repeated with the same id', async () => {
  intend('c1', 'sending')
  const { channel, handed, all } = provider(true, [accepted('p1')])
  sender.begin(channel)
  await all
  await sender.end()
  expect(handed.map((one) => one.clientId)).toEqual(['c1'])
  expect(stateOf('c1')).toBe('sent')
})

test('a cut leaves a WhatsApp message unknown and the next one goes on', async () => {
  intend('c1')
  intend('c2')
  const { channel, handed, all } = provider(false, [{ outcome: 'unknown', fault }, accepted('p2')])
  sender.begin(channel)
  await all
  await sender.end()
  expect(handed).toHaveLength(2)
  expect([stateOf('c1'), stateOf('c2')]).toEqual(['unknown', 'sent'])
})

test('what was not sent stays queued, in front of the others, until its time', async () => {
  intend('c1')
  intend('c2')
  const first = provider(true, [{ outcome: 'not-sent', fault: { ...fault, until: now + 5000 } }])
  sender.begin(first.channel)
  await first.all
  await sender.end()
  expect([stateOf('c1'), stateOf('c2')]).toEqual(['queued', 'queued'])
  now += 6000
  const second = provider(true, [accepted('p1'), accepted('p2')])
  sender.begin(second.channel)
  await second.all
  await sender.end()
  expect(second.handed.map((one) => one.clientId)).toEqual(['c1', 'c2'])
})

test('what only the line kept back goes at once when the line is back, in its order; what the provider told to wait waits', async () => {
  for (const id of ['c1', 'c2']) intend(id)
  intend('c3', 'queued', '2@lid')
  const slow: SendOutcome = { outcome: 'not-sent', fault: { ...fault, until: now + 5000 }, conversationOnly: true }
  const none = provider(true, [slow, { outcome: 'not-sent', fault }])
  // Tried again and again while there is no line, until it would wait for a minute.
  cache.transaction((writer) => writer.run("UPDATE sends SET attempts = 9 WHERE clientId = 'c3'"))
  sender.begin(none.channel)
  await none.all
  await sender.end()
  expect(none.handed.map(({ clientId }) => clientId)).toEqual(['c1', 'c3'])
  const back = provider(true, [accepted('p3')])
  sender.begin(back.channel)
  await back.all
  await sender.end()
  expect(back.handed.map(({ clientId }) => clientId)).toEqual(['c3'])
  expect(['c1', 'c2', 'c3'].map(stateOf)).toEqual(['queued', 'queued', 'sent'])
})

test('what has to wait says why and until when, and nothing of that stays when it has left', async () => {
  intend('c1')
  const wait = { ...fault, code: 'flood', until: now + 5000 }
  const first = provider(true, [{ outcome: 'not-sent', fault: wait }])
  sender.begin(first.channel)
  await first.all
  await sender.end()
  expect(JSON.parse(faultOf('c1') ?? '')).toEqual(wait)
  now += 6000
  const second = provider(true, [accepted('p1')])
  sender.begin(second.channel)
  await second.all
  await sender.end()
  expect([stateOf('c1'), faultOf('c1')]).toEqual(['sent', null])
})

test('a wait of one conversation holds back that one only', async () => {
  intend('c1')
  intend('c2')
  intend('c3', 'queued', '2@lid')
  const slow: SendOutcome = { outcome: 'not-sent', fault: { ...fault, until: now + 5000 }, conversationOnly: true }
  intend('c4', 'queued', '2@lid')
  const { channel, handed, all } = provider(true, [slow, accepted('p3'), accepted('p4')])
  sender.begin(channel)
  await all
  await sender.end()
  expect(handed.map(({ clientId }) => clientId)).toEqual(['c1', 'c3', 'c4'])
  expect([stateOf('c1'), stateOf('c2')]).toEqual(['queued', 'queued'])
})

test('a refusal whose end is told after its acknowledgement shows that end', async () => {
  intend('c1')
  const refused = { code: 'whatsapp_nack_463', text: 'not now', until: null }
  const channel = scriptedChannel({
    send: () => {
      cache.transaction((writer) => {
        const row = findMessage(writer, findSend(writer, 'a', 'c1')!)!
        const report = { state: 'failed', providerId: null, time: now, error: refused } as const
        moveState(writer, context(writer, newTouched()), placeOf(writer, row.conversation), row, report)
      })
      return Promise.resolve({ outcome: 'refused', fault: { ...refused, until: now + 5000 } })
    },
  })
  sender.begin(channel)
  await sender.end()
  expect(JSON.parse(faultOf('c1') ?? '')).toEqual({ ...refused, until: now + 5000 })
  const told = ledger.listAfter(0, 10, 1e6).map((row) => decodePayload(decodeHeader(row.header).kind, row.payload))
  expect(told).toMatchObject([{ payload: { error: { until: null } } }, { payload: { error: { until: now + 5000 } } }])
})

test('with send.afterVault nothing leaves before the vault has its intent', async () => {
  intend('c5')
  mayLeave = 4
  const { channel, handed, all } = provider(false, [accepted('p5')])
  sender.begin(channel)
  await new Promise((resolve) => setImmediate(resolve))
  expect(handed).toEqual([])
  mayLeave = 5
  sender.changed()
  await all
  expect(handed.map((one) => one.clientId)).toEqual(['c5'])
})

test('after others ran the account nothing old leaves by itself: it is shown, and a person may send it again', async () => {
  intend('c1', 'unknown')
  intend('c2', 'sending')
  intend('c3')
  cache.transaction((writer) => sender.abandon(writer))
  expect(['c1', 'c2', 'c3'].map(stateOf)).toEqual(['unknown', 'unknown', 'failed'])
  expect(listOpenSends(cache, 'a')).toEqual([])
  const reopened = findMessage(cache, findSend(cache, 'a', 'c1')!)!
  cache.transaction((writer) => applyReopened(writer, { ...reopened, account: 'a' }))
  const { channel, handed, all } = provider(true, [accepted('P1')])
  sender.begin(channel)
  await all
  expect(handed.map(({ clientId }) => clientId)).toEqual(['c1'])
})

test('what its author takes back while it waits never leaves, and what stood behind it does', async () => {
  for (const id of ['c1', 'c2']) intend(id)
  expect(sender.withdraw('c1')).toBe(true)
  const { channel, handed, all } = provider(false, [accepted('p2')])
  sender.begin(channel)
  await all
  await sender.end()
  expect(handed.map((one) => one.clientId)).toEqual(['c2'])
  expect([stateOf('c1'), stateOf('c2')]).toEqual(['failed', 'sent'])
  expect(JSON.parse(faultOf('c1')!)).toMatchObject({ code: 'withdrawn' })
  // Neither what has left, nor what nobody knows, nor what may be on its way can be taken back.
  intend('c3', 'sending')
  expect(['c2', 'c3', 'c9'].map((id) => sender.withdraw(id))).toEqual([false, false, false])
})

test('what waits in the hands of whoever runs the account is not taken back here', () => {
  intend('c1')
  cache.transaction((writer) => writer.run("UPDATE sends SET remote = 7 WHERE clientId = 'c1'"))
  expect(sender.withdraw('c1')).toBe(false)
  expect(stateOf('c1')).toBe('queued')
})

test('a message without an answer holds up its own conversation and no other', async () => {
  intend('c1')
  intend('c2')
  intend('c3', 'queued', '2@lid')
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
  sender.begin(channel)
  expect(handed).toEqual(['c1', 'c3'])
  const came = next()
  answers.get('c1')!(accepted('p1'))
  await came
  expect(handed).toEqual(['c1', 'c3', 'c2'])
  answers.get('c2')!(accepted('p2'))
  answers.get('c3')!(accepted('p3'))
  await sender.end()
})

test('a change goes out like a message, and a cut leaves it unknown', async () => {
  intend('c1', 'sent')
  cache.transaction((writer) => {
    const change = {
      conversation: 1,
      target: 'P1',
      opaque: 'o',
      author: 0,
      mine: 1,
      at: now,
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
      recordSend(writer, { ...key, at: now, account: 'a', clientId, seq: 2 })
    }
  })
  const { channel, handed, all } = provider(false, [{ outcome: 'unknown', fault }, accepted('c3')])
  sender.begin(channel)
  await all
  await sender.end()
  expect(handed.map(({ content }) => content)).toMatchObject([
    { kind: 'edit', target: 'P1', text: 'c2' },
    { kind: 'edit', target: 'P1', text: 'c3' },
  ])
  expect(listChanges(cache, 1, ['P1']).map((row) => [row.state, row.providerId])).toEqual([
    ['unknown', null],
    ['sent', 'c3'],
  ])
})

const ruled = { code: 'policy_answers_only', text: 'no', until: null }

test('what the policy refuses by now does not leave and says why; what follows in the queue does, and a deletion always', async () => {
  refusal = ruled
  intend('c1')
  sender.begin(provider(false, []).channel)
  await vi.waitFor(() => expect(stateOf('c1')).toBe('failed'))
  expect(JSON.parse(faultOf('c1') ?? '')).toEqual(ruled)
  await sender.end()
  refusal = null
  intend('c2')
  const { channel, handed, all } = provider(false, [accepted('p2')])
  sender.begin(channel)
  await all
  expect(handed.map((one) => one.clientId)).toEqual(['c2'])
})

test('what may have left before the policy changed is not told as unsent, and is not repeated', async () => {
  refusal = ruled
  intend('c1', 'unknown')
  const { channel, handed } = provider(true, [])
  sender.begin(channel)
  await vi.waitFor(() => expect(listOpenSends(cache, 'a')).toEqual([]))
  expect([stateOf('c1'), handed]).toEqual(['unknown', []])
})

test('with the line back, the vault’s word on the policy is waited for, but not for long', async () => {
  policyKnown = false
  intend('c1')
  const { channel, handed, all } = provider(false, [accepted('p1'), accepted('p2')])
  sender.begin(channel)
  await new Promise((resolve) => setImmediate(resolve))
  expect(handed).toEqual([])
  policyKnown = true
  sender.changed()
  await vi.waitFor(() => expect(handed).toHaveLength(1))
  // The vault stays away: after a moment what is known counts.
  policyKnown = false
  sender.begin(channel)
  intend('c2')
  sender.changed()
  await all
  expect(handed).toHaveLength(2)
})
