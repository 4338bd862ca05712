/** Fifty dropped acknowledgements and fifty cut links per channel: judged by what the providers' wire logs and the vault say. */
import { expect, test } from 'vitest'
import { readSeed } from '../harness/seed.ts'
import { loseAnswers } from '../kill/lost-answers.ts'

test('fifty dropped acknowledgements and fifty cut links: no message twice, none silently lost', async () => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  expect(await loseAnswers({ seed: readSeed(), times: 50, restMs: 30_000, say })).toEqual([])
})
