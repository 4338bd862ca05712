import { expect, test } from 'vitest'
import { engineMessageSchema, type EngineMessage } from '../../shared/contracts/host.ts'
import { afterExit, afterMessage, newHandOver, type HandOver } from './engine-hand-over.ts'

const key = { slot: 1 as const, key: 'a'.repeat(43) }

function hear(state: HandOver, ...messages: EngineMessage[]): HandOver {
  return messages.reduce((known, message) => afterMessage(known, engineMessageSchema.parse(message)), state)
}

test('after a crash the next engine gets the key, and the enrolment code until it has been used', () => {
  const code = { text: 'code', linked: true }
  let state = newHandOver(code)
  state = hear(state, { engine: 'ready', enrolled: false, locked: true })
  expect(state.enrolmentCode).toEqual(code)
  state = hear(state, { engine: 'key', cacheKey: key })
  state = afterExit(state).state
  expect(state.cacheKey).toEqual(key)
  expect(state.enrolmentCode).toEqual(code)
  state = hear(state, { engine: 'ready', enrolled: true, locked: false })
  expect(state.enrolmentCode).toBeNull()
})

test.each(['key', 'revoked', 'expired'] as const)('a lock of kind %s forgets the key for good', (kind) => {
  let state = hear(newHandOver(null), { engine: 'key', cacheKey: key }, { engine: 'lock', kind })
  expect(state.cacheKey).toBeNull()
  state = hear(state, { engine: 'key', cacheKey: key }, { engine: 'drained' })
  expect(state.cacheKey).toBeNull()
  const next = afterExit(state)
  expect(next).toMatchObject({ delayMs: 0, state: { cacheKey: null, closing: false } })
})

test('a screen lock keeps the key: the engine goes on', () => {
  const state = hear(newHandOver(null), { engine: 'key', cacheKey: key }, { engine: 'lock', kind: 'screen' })
  expect(state.cacheKey).toEqual(key)
  expect(hear(state, { engine: 'key', cacheKey: null }).cacheKey).toBeNull()
})

test('an engine that keeps falling is started ever later, up to 5 s, and at once again after it has stood', () => {
  let state = newHandOver(null)
  const delays = Array.from({ length: 8 }, () => {
    const next = afterExit(state)
    state = next.state
    return next.delayMs
  })
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
  state = hear(state, { engine: 'ready', enrolled: true, locked: true })
  expect(afterExit(state).delayMs).toBe(100)
})
