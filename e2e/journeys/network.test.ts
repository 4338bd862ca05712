/** Networks that go away: half an hour without any, and lines that are dead without being closed. */
import { expect, test } from 'vitest'
import { freezeLines } from '../faults/frozen-line.ts'
import { loseNetwork } from '../faults/link-down.ts'
import { readSeed } from '../harness/seed.ts'

test('half an hour without network while 500 messages come: the vault has each once, in the providers’ order', async () => {
  const found = await loseNetwork({ seed: readSeed(), messages: 500, restMs: 60_000 })
  expect(found).toEqual({ differences: [], offline: 500 })
})

test('a line that freezes without a close is shown as silent within a minute, and what was said into it arrives once', async () => {
  // The channels' own durations ten times shorter, so that the minute is six seconds; long/network.test.ts has them as they are.
  const took = await freezeLines({ seed: readSeed(), faster: 10 })
  expect(took.map((ms) => ms < 60_000)).toEqual([true, true])
})
