/** The same as journeys/network.test.ts with ten times the messages, and the minute of a frozen line in full. */
import { expect, test } from 'vitest'
import { freezeLines } from '../faults/frozen-line.ts'
import { loseNetwork } from '../faults/link-down.ts'
import { readSeed } from '../harness/seed.ts'

test('half an hour without network while 5,000 messages come: the vault has each once, in the providers’ order', async () => {
  const found = await loseNetwork({ seed: readSeed(), messages: 5000, restMs: 600_000 })
  expect(found).toEqual({ differences: [], offline: 5000 })
}, 1_800_000)

test('a line that freezes without a close is shown as silent within a minute, and what was said into it arrives once', async () => {
  const took = await freezeLines({ seed: readSeed(), faster: 1 })
  expect(took.map((ms) => ms < 60_000)).toEqual([true, true])
})
