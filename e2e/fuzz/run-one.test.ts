import { expect, test } from 'vitest'
import { readSeed } from '../harness/seed.ts'
import { runFuzz } from './fuzz-run.ts'
import { WhatsAppTarget } from './whatsapp-target.ts'
import { TelegramTarget } from './telegram-target.ts'

test('whatsapp', async () => {
  const cases = Number(process.env['CASES'] ?? 2000)
  expect(await runFuzz(new WhatsAppTarget(), { seed: readSeed(), cases, say: (l) => void process.stdout.write(`${l.slice(0, 3000)}\n`) })).toEqual([])
}, 3_600_000)
test('telegram', async () => {
  const cases = Number(process.env['CASES'] ?? 2000)
  expect(await runFuzz(new TelegramTarget(), { seed: readSeed(), cases, say: (l) => void process.stdout.write(`${l.slice(0, 3000)}\n`) })).toEqual([])
}, 3_600_000)
