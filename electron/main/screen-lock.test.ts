import { beforeEach, expect, test } from 'vitest'
import { AutomaticLock, idleCheckMs, idleLimitMs, sleptMs } from './screen-lock.ts'

let now: number
let idle: number
let systemLock: boolean
let locks: number
let lock: AutomaticLock
beforeEach(() => {
  now = 1_000_000
  idle = 0
  locks = 0
  systemLock = false
  lock = new AutomaticLock({ now: () => now, idleMs: () => idle, isLocked: () => systemLock }, () => (locks += 1))
})

function pass(ms: number): void {
  now += ms
  lock.check()
}

test('somebody at the keyboard is never locked out, nobody for five minutes is', () => {
  idle = idleLimitMs - 1
  pass(idleCheckMs)
  expect(locks).toBe(0)
  idle = idleLimitMs
  pass(idleCheckMs)
  expect(locks).toBe(1)
  idle = 0
  pass(idleCheckMs)
  expect(locks).toBe(1)
})

test('a machine that slept without a word is locked when it wakes, though it was not idle', () => {
  pass(idleCheckMs + sleptMs - 1)
  expect(locks).toBe(0)
  pass(idleCheckMs + sleptMs)
  expect(locks).toBe(1)
})

test('what the system says locks at once', () => {
  lock.systemLocked()
  expect(locks).toBe(1)
})

test('a system that shows its lock without telling is found out by asking', () => {
  systemLock = true
  pass(idleCheckMs)
  expect(locks).toBe(1)
})
