/** The table of what goes wrong at the providers: each row's outcome on the screen and in the vault, with a real engine and a real vault. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { telegramRows } from '../faults/telegram-rows.ts'
import { whatsappRows } from '../faults/whatsapp-rows.ts'
import { FaultBench } from '../harness/fault-bench.ts'
import { readSeed } from '../harness/seed.ts'

let bench: FaultBench

beforeAll(async () => {
  bench = await FaultBench.open(readSeed())
})
afterAll(() => bench?.close())

describe('WhatsApp', () => {
  test.each(whatsappRows)('$name', (row) => bench.run(row))
})

describe('Telegram', () => {
  test.each(telegramRows)('$name', (row) => bench.run(row))
})

test('after all of it each row is still as it was, the vault holds what the providers saw, and what ended stayed so', async () => {
  expect(await bench.differences()).toEqual([])
})
