import { expect, test } from 'vitest'
import { findEntries, rank, type PaletteEntry } from './commands.ts'

const entry = (label: string): PaletteEntry => ({ id: label, label, detail: '', kind: 'conversation', run: () => {} })

test('the beginning of a name comes before the beginning of a word, a part of it, and scattered letters', () => {
  const all = ['Banana AG', 'Lisa Anders', 'Ana Souza', 'Alfred Neumann', 'Bob'].map(entry)
  expect(findEntries(all, 'an').map((one) => one.label)).toEqual([
    'Ana Souza',
    'Lisa Anders',
    'Banana AG',
    'Alfred Neumann',
  ])
  expect(findEntries([entry('陈晓梅'), entry('李伟')], '晓梅').map((one) => one.label)).toEqual(['陈晓梅'])
})

test('nothing typed offers everything in its order, and no more than fits', () => {
  const many = Array.from({ length: 40 }, (_, i) => entry(`n${i}`))
  expect(findEntries(many, ' ').map((one) => one.label)).toEqual(many.slice(0, 12).map((one) => one.label))
  expect(rank('Ana', 'x')).toBeNull()
})
