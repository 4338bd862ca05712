/** The same as journeys/fuzz.test.ts, a hundred thousand times. */
import { expect, test } from 'vitest'
import { fuzzAll } from '../fuzz/fuzz-all.ts'
import { readSeed } from '../harness/seed.ts'

test('a hundred thousand fuzzed inputs: no crash, no hang, no loss of a valid neighbour', async () => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const cases = { whatsapp: 45_000, telegram: 45_000, events: 10_000 }
  expect(await fuzzAll({ seed: readSeed(), cases, say })).toEqual([])
}, 7_200_000)
