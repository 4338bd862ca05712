import { beforeEach, expect, test } from 'vitest'
import { AutomaticLock, idleCheckMs, idleLimitMs, sleptMs } from './screen-lock.ts'

let now: number
let idle: number
let systemLock: boolean
let locks: ('screen' | 'key')[]
let lock: AutomaticLock
beforeEach(() => {
  now = 1_000_000
  idle = 0
  locks = []
  systemLock = false
  lock = new AutomaticLock({ now: () => now, idleMs: () => idle, isLocked: () => systemLock }, (kind) =>
    locks.push(kind),
  )
})

function pass(ms: number): void {
  now += ms
  lock.check()
}

test('somebody at the keyboard is never locked out, nobody for five minutes is', () => {
  idle = idleLimitMs - 1
  pass(idleCheckMs)
  expect(locks).toEqual([])
  idle = idleLimitMs
  pass(idleCheckMs)
  expect(locks).toEqual(['screen'])
  idle = 0
  pass(idleCheckMs)
  expect(locks).toEqual(['screen'])
})

test('a machine that slept without a word loses its key when it wakes, though it was not idle', () => {
  pass(idleCheckMs + sleptMs - 1)
  expect(locks).toEqual([])
  pass(idleCheckMs + sleptMs)
  expect(locks).toEqual(['key'])
})

test('what the system says locks at once: its own lock the screen, sleep the key', () => {
  lock.systemLocked()
  lock.systemSleeps()
  expect(locks).toEqual(['screen', 'key'])
})

test('a system that shows its lock without telling is found out by asking', () => {
  systemLock = true
  pass(idleCheckMs)
  expect(locks).toEqual(['screen'])
})
