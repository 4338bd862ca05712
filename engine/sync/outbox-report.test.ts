/** What the vault is told of what it lacks, and when. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Client } from '../../shared/contracts/contract.ts'
import type { deviceContract } from '../../shared/contracts/device.ts'
import { OutboxReporter } from './outbox-report.ts'

let told: unknown[]
let held: { seq: number; acknowledged: number; files: number }
let connected: boolean
let reporter: OutboxReporter

beforeEach(() => {
  vi.useFakeTimers()
  told = []
  held = { seq: 0, acknowledged: 0, files: 0 }
  connected = true
  reporter = new OutboxReporter({
    report: () => ({ head: held.seq, bytes: 10, files: held.files, since: 5 }),
    isConnected: () => connected,
    ledger: () => held,
    call: (async (_method: string, input: unknown) => {
      told.push(input)
      return {}
    }) as Client<typeof deviceContract>,
  })
})
afterEach(() => {
  reporter.stop()
  vi.useRealTimers()
})

test('the vault is told at once when it is there, and of nothing that goes up by itself', () => {
  reporter.connected()
  expect(told).toEqual([{ head: 0, bytes: 10, files: 0, since: 5 }])
  for (let n = 0; n < 50; n++) {
    held.seq++
    reporter.changed()
    vi.advanceTimersByTime(500)
    held.acknowledged = held.seq
    reporter.changed()
  }
  vi.advanceTimersByTime(60_000)
  expect(told).toHaveLength(1)
})

test('what stays is told, told again while it stays, and its end once', () => {
  reporter.connected()
  held.seq = 3
  reporter.changed()
  vi.advanceTimersByTime(4_000)
  expect(told.length).toBeGreaterThanOrEqual(2)
  expect(told.at(-1)).toMatchObject({ head: 3 })
  held.acknowledged = 3
  vi.advanceTimersByTime(2_000)
  const ended = told.length
  vi.advanceTimersByTime(60_000)
  expect(told).toHaveLength(ended)
  held.files = 1
  reporter.changed()
  vi.advanceTimersByTime(2_000)
  expect(told.at(-1)).toMatchObject({ files: 1 })
})

test('while the vault is away nothing is asked of it', () => {
  connected = false
  held.seq = 3
  reporter.changed()
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual([])
  connected = true
  reporter.connected()
  expect(told).toHaveLength(1)
})
