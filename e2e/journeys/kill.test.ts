/** SIGKILL of engine, gateway and keeper at twenty random moments under traffic: nothing lost, doubled or reordered. */
import { expect, test } from 'vitest'
import { readSeed } from '../harness/seed.ts'
import { runKills } from '../kill/kill-run.ts'

test('twenty kills under traffic: providers and vault hold the same messages, once and in order', async () => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  expect(await runKills({ seed: readSeed(), kills: 20, restMs: 30_000, say })).toEqual([])
})
