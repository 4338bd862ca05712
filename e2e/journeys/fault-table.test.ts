/** The table of what goes wrong at the providers: each row's outcome on the screen and in the vault, with a real engine and a real vault. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clockRows } from '../faults/clock-rows.ts'
import { telegramRows } from '../faults/telegram-rows.ts'
import { whatsappRows } from '../faults/whatsapp-rows.ts'
import { FaultBench } from '../harness/fault-bench.ts'
import { readSeed } from '../harness/seed.ts'

let bench: FaultBench

beforeAll(async () => {
  // libsignal inside the simulator tells of sessions that it closes.
  for (const name of ['info', 'warn'] as const) vi.spyOn(console, name).mockImplementation(() => undefined)
  bench = await FaultBench.open(readSeed())
})
afterAll(async () => {
  await bench?.close()
  vi.restoreAllMocks()
})

describe('WhatsApp', () => {
  test.each(whatsappRows)('$name', (row) => bench.run(row))
})

describe('Telegram', () => {
  test.each(telegramRows)('$name', (row) => bench.run(row))
})

describe('a wrong clock', () => {
  test.each(clockRows)('$name', (row) => bench.run(row))
})

test('after all of it each row is still as it was, the vault holds what the providers saw, and what ended stayed so', async () => {
  expect(await bench.differences()).toEqual([])
})
