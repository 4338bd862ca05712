/** The same as journeys/kill.test.ts, five hundred times. */
import { expect, test } from 'vitest'
import { readSeed } from '../harness/seed.ts'
import { runKills } from '../kill/kill-run.ts'

test('five hundred kills under traffic: providers and vault hold the same messages, once and in order', async () => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  expect(await runKills({ seed: readSeed(), kills: 500, restMs: 120_000, say })).toEqual([])
}, 7_200_000)
