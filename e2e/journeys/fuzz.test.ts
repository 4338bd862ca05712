/** Two thousand hostile stanzas, TL objects and events, with valid ones between them. */
import { expect, test } from 'vitest'
import { fuzzAll } from '../fuzz/fuzz-all.ts'
import { readSeed } from '../harness/seed.ts'

test('two thousand fuzzed inputs: no crash, no hang, no loss of a valid neighbour', async () => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const cases = { whatsapp: 920, telegram: 920, events: 160 }
  expect(await fuzzAll({ seed: readSeed(), cases, say })).toEqual([])
})
