import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { EventHeader } from '../../shared/contracts/events.ts'
import { decodeHeader, decodePayload } from '../../shared/formats/event.ts'
import { Cache } from '../cache/database.ts'
import { findMessage } from '../cache/messages.ts'
import { findSend } from '../cache/sends.ts'
import type { ProviderChannel, SendOutcome, SendRequest } from '../channels/channel.ts'
import { Ledger } from '../ledger/ledger.ts'
import { MediaStore } from '../media/store.ts'
import { applyForeignEvent } from '../recorder/apply-journal.ts'
import { newTouched } from '../recorder/context.ts'
import { RemoteSends } from './remote-sends.ts'
import { scriptedChannel } from './scripted-channel.ts'
import { Sender } from './sender.ts'

const now = 1_700_000_000_000
type Verdict = { verdict: string; code: string | null } | CodedError

let folder: string
let cache: Cache
let ledger: Ledger
let sender: Sender
let epoch: string
/** What the vault answers, in turn, and what it was asked. */
let verdicts: Verdict[]
let asked: [string, object][]
let asking: () => void

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-remote-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  ledger = new Ledger(cache, 'mine')
  epoch = '1.2'
  verdicts = []
  asked = []
  asking = () => {}
  sender = new Sender({
    account: 'a',
    cache,
    media: new MediaStore(join(folder, 'media')),
    now: () => now,
    context: (writer, touched) => ({
      account: 'a',
      epoch,
      now,
      touched,
      append: (draft) => void ledger.append(writer, draft),
    }),
    mayLeaveUpTo: () => Number.MAX_SAFE_INTEGER,
    refusal: () => null,
    uploading: () => {},
    isPolicyKnown: () => true,
    committed: () => {},
    remote: new RemoteSends({ account: 'a', cache, call: answer, epoch: () => epoch, fetch: () => {} }),
  })
})
afterEach(async () => {
  await sender.end()
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

const answer = async (method: string, input: object): Promise<never> => {
  asked.push([method, input])
  const verdict = method === 'send.take' ? verdicts.shift() : {}
  setImmediate(() => asking())
  if (verdict instanceof Error) throw verdict
  return (await Promise.resolve(verdict)) as never
}

/** Another ledger's intent comes down the journal. */
function intend(clientId: string, part: Partial<EventHeader> = {}): void {
  const header = { epoch: '0.0', at: now, message: `m-${clientId}`, ledger: 'theirs', seq: 7, kind: '', ...part }
  const payload = {
    peer: { address: '5511@lid', aliases: [], name: null },
    clientId,
    text: clientId,
    replyTo: null,
    kind: 'text' as const,
    entities: [],
    target: null,
    details: null,
  }
  const where = { account: 'a', now, touched: newTouched() }
  cache.transaction((writer) =>
    applyForeignEvent(writer, where, header as EventHeader, '5511@lid', { kind: 'message.intended/1', payload }),
  )
}

/** A live channel: what was handed over, and its answers in turn. */
function live(repeatsSafely: boolean, answers: SendOutcome[]): SendRequest[] {
  const handed: SendRequest[] = []
  const channel: ProviderChannel = scriptedChannel({
    repeatsSafely,
    send: (request) => {
      handed.push(request)
      return Promise.resolve(answers[handed.length - 1]!)
    },
  })
  sender.begin(channel)
  return handed
}

/** Resolves when the vault has been asked so often and what follows from the last answer is written down. */
async function settled(questions: number): Promise<void> {
  while (asked.length < questions) await new Promise<void>((resolve) => (asking = resolve))
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const accepted: SendOutcome = { outcome: 'accepted', providerId: 'P', time: now }
const stateOf = (clientId: string): string => findMessage(cache, findSend(cache, 'a', clientId)!)!.state
const reports = () =>
  ledger.listAfter(0, 10, 1e6).map((row) => decodePayload(decodeHeader(row.header).kind, row.payload))

test('an intent of epoch 0.0 leaves when the vault hands it over, and the ledger tells what became of it', async () => {
  intend('C1')
  expect(stateOf('C1')).toBe('queued')
  verdicts = [{ verdict: 'send', code: null }]
  const handed = live(false, [accepted])
  await settled(1)
  expect(asked).toEqual([['send.take', { account: 'a', epoch: '1.2', ledger: 'theirs', seq: 7, after: 0 }]])
  expect(handed.map((one) => one.clientId)).toEqual(['C1'])
  expect(stateOf('C1')).toBe('sent')
  expect(reports()).toMatchObject([{ payload: { state: 'sent', clientId: 'C1', providerId: 'P' } }])
})

test('an intent under a lease of somebody else is shown and never executed', async () => {
  intend('C1', { epoch: '1.1' })
  const handed = live(true, [])
  await settled(0)
  expect([asked, handed, stateOf('C1')]).toEqual([[], [], 'unknown'])
})

test.each([
  ['refused', 'revoked', 'failed', 'revoked'],
  ['refused', 'answered_meanwhile', 'failed', 'answered_meanwhile'],
  ['again', null, 'unknown', 'ran_elsewhere'],
  ['again', 'revoked', 'unknown', 'revoked'],
])('%s (%s): nothing leaves on WhatsApp and it is %s', async (verdict, code, state, fault) => {
  intend('C1')
  verdicts = [{ verdict, code }]
  const handed = live(false, [])
  await settled(1)
  sender.changed()
  await settled(1)
  expect([handed, stateOf('C1'), asked.length]).toEqual([[], state, 1])
  expect(reports()).toMatchObject([{ payload: { state, error: { code: fault } } }])
})

test('Telegram repeats what another runner had, under the same id; not for somebody who may not send any more', async () => {
  intend('1')
  intend('2', { seq: 8 })
  verdicts = [
    { verdict: 'again', code: null },
    { verdict: 'again', code: 'revoked' },
  ]
  const handed = live(true, [accepted])
  await settled(2)
  expect(handed.map((one) => one.clientId)).toEqual(['1'])
  expect([stateOf('1'), stateOf('2')]).toEqual(['sent', 'unknown'])
})

test('without the vault it waits, and holds up nobody; where its end is known already, nothing is done', async () => {
  intend('C1')
  intend('C2', { seq: 8 })
  verdicts = [new CodedError('vault_away', 'away'), { verdict: 'done', code: null }]
  const handed = live(false, [])
  await settled(2)
  expect([handed, stateOf('C1'), stateOf('C2')]).toEqual([[], 'queued', 'queued'])
  expect(findSend(cache, 'a', 'C2')!.state).toBe('foreign')
  expect(findSend(cache, 'a', 'C1')!.notBefore).toBeGreaterThan(now)
})

test('what was surely not sent is given back, so that the next runner is as the first', async () => {
  intend('C1')
  verdicts = [{ verdict: 'send', code: null }]
  live(false, [{ outcome: 'not-sent', fault: { code: 'cut', text: 'cut', until: null } }])
  await settled(2)
  expect(asked[1]).toEqual(['send.return', { account: 'a', epoch: '1.2', ledger: 'theirs', seq: 7 }])
  expect(findSend(cache, 'a', 'C1')).toMatchObject({ state: 'queued', taken: null })
})

test('taken under an epoch that is over, it is asked for anew', async () => {
  intend('C1')
  verdicts = [{ verdict: 'send', code: null }]
  let end: (outcome: SendOutcome) => void = () => {}
  const answered = new Promise<SendOutcome>((resolve) => (end = resolve))
  sender.begin(scriptedChannel({ repeatsSafely: true, send: () => answered }))
  await settled(1)
  expect(stateOf('C1')).toBe('sending')
  epoch = '1.4'
  cache.transaction((writer) => sender.abandon(writer))
  expect(stateOf('C1')).toBe('sending')
  const next = new RemoteSends({ account: 'a', cache, call: answer, epoch: () => epoch, fetch: () => {} })
  expect(next.mustAsk(findSend(cache, 'a', 'C1')!)).toBe(true)
  end(accepted)
})

test('a person repeats what failed: the same message waits again, under the new intent', async () => {
  intend('C1')
  verdicts = [
    { verdict: 'refused', code: 'answered_meanwhile' },
    { verdict: 'send', code: null },
  ]
  const handed = live(false, [accepted])
  await settled(1)
  expect(stateOf('C1')).toBe('failed')
  intend('C1', { seq: 9 })
  expect(stateOf('C1')).toBe('queued')
  sender.changed()
  await settled(2)
  expect(asked[1]![1]).toMatchObject({ ledger: 'theirs', seq: 9 })
  expect(handed.map((one) => one.clientId)).toEqual(['C1'])
  expect(stateOf('C1')).toBe('sent')
})
