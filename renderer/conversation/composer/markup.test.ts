import { expect, test } from 'vitest'
import { readMarkup } from './markup.ts'

test('marks become entities, also within each other; what is code or no mark stays', () => {
  expect(readMarkup('a **b __c__** d')).toEqual({
    text: 'a b c d',
    entities: [
      { type: 'bold', offset: 2, length: 3 },
      { type: 'italic', offset: 4, length: 1 },
    ],
  })
  expect(readMarkup('`**x**` ~~y~~')).toEqual({
    text: '**x** y',
    entities: [
      { type: 'code', offset: 0, length: 5 },
      { type: 'strike', offset: 6, length: 1 },
    ],
  })
  for (const text of ['2 ** 3 ** 4', 'snake__case', '****', 'a | b || c', '']) {
    expect(readMarkup(text)).toEqual({ text, entities: [] })
  }
})

test('a long text of marks is read in time', () => {
  const start = performance.now()
  readMarkup('**__~~'.repeat(10_000))
  expect(performance.now() - start).toBeLessThan(2_000)
})
