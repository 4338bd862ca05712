/** The same as journeys/exactly-once.test.ts, a thousand times. */
import { expect, test } from 'vitest'
import { readSeed } from '../harness/seed.ts'
import { loseAnswers } from '../kill/lost-answers.ts'

test('a thousand dropped acknowledgements and a thousand cut links: no message twice, none silently lost', async () => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  expect(await loseAnswers({ seed: readSeed(), times: 1000, restMs: 120_000, say })).toEqual([])
}, 7_200_000)
