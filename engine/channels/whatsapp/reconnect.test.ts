import { expect, test } from 'vitest'
import { backoffMs, judgeClosing } from './reconnect.ts'
import { REAL_TIMERS } from './tuning.ts'

const tuning = { backoffBaseMs: 1000, backoffCapMs: 60_000, timers: { ...REAL_TIMERS, random: () => 0.5 } }
const past = { attempts: 0, afterRestart: false, forgiven: false }
const closing = (code: number, fromTransport = false) => ({ code, fromTransport })

test('515 reconnects at once', () => {
  expect(judgeClosing(closing(515), past, tuning)).toMatchObject({ reconnectInMs: 0, fault: null, restarts: true })
})

test.each([
  [401, 'unpaired', true],
  [403, 'banned', false],
  [405, 'outdated', false],
  [411, 'unpaired', true],
  [440, 'replaced', false],
])('%d ends as %s without a reconnection', (code, state, unlinked) => {
  expect(judgeClosing(closing(code), past, tuning)).toMatchObject({ state, unlinked, reconnectInMs: null })
})

test.each([408, 428, 500, 503, 400, 599])('%d backs off with a fault', (code) => {
  const verdict = judgeClosing(closing(code), { ...past, attempts: 2 }, tuning)
  expect(verdict).toMatchObject({ state: 'down', reconnectInMs: 4000, unlinked: false })
  expect(verdict.fault?.code).toBe(code === 599 ? 'whatsapp_store_failed' : `whatsapp_closed_${code}`)
})

test('a proxy that answers 403 bans nobody', () => {
  expect(judgeClosing(closing(403, true), past, tuning)).toMatchObject({ state: 'down', reconnectInMs: 1000 })
})

test('a 401 on the first login after a restart is forgiven once', () => {
  const first = judgeClosing(closing(401), { ...past, afterRestart: true }, tuning)
  expect(first).toMatchObject({ forgives: true, unlinked: false, reconnectInMs: 1000 })
  const second = judgeClosing(closing(401), { ...past, afterRestart: true, forgiven: true }, tuning)
  expect(second).toMatchObject({ forgives: false, unlinked: true, reconnectInMs: null })
})

test('the back-off doubles, is jittered by a third and never exceeds its cap', () => {
  const at = (attempts: number, random: number) =>
    backoffMs(attempts, { ...tuning, timers: { ...tuning.timers, random: () => random } })
  expect([0, 1, 2, 3].map((attempts) => at(attempts, 0.5))).toEqual([1000, 2000, 4000, 8000])
  expect([at(0, 0), at(0, 0.999)]).toEqual([667, 1333])
  expect(at(500, 0.999)).toBe(60_000)
})
