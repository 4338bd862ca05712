import { expect, test } from 'vitest'
import type { Client } from '../../shared/contracts/contract.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { createSearch } from './search-store.ts'
import { snippet } from './snippet.ts'

const marked = (text: string, question: string): string =>
  snippet(text, question)
    .map((part) => (part.found ? `[${part.text}]` : part.text))
    .join('')

test('a snippet shows the place that was found, in one line', () => {
  expect(marked('The Offer for\n20 pieces', 'offer 20')).toBe('The [Offer] for [20] pieces')
  expect(marked(`${'x '.repeat(200)}invoice 7`, 'INVOICE')).toMatch(/^….{0,30}\[invoice\] 7$/)
  expect(marked('请问有库存吗', '库存')).toBe('请问有[库存]吗')
})

test('a question of signs only, and one that looks like a pattern, harm nobody', () => {
  expect(marked('a.b*c (d', '*(')).toBe('a.b*c (d')
  expect(marked('a+b', 'a+b')).toBe('[a]+[b]')
})

test('only the newest question is asked and answered', async () => {
  const asked: string[] = []
  const pauses: (() => void)[] = []
  const call = ((_method: string, input: { text: string }) => {
    asked.push(input.text)
    return Promise.resolve({ hits: [] })
  }) as unknown as Client<typeof windowContract>
  const store = createSearch(call, () => new Promise((resolve) => pauses.push(resolve)))
  store.getState().setText('o')
  store.getState().setText(' offer ')
  for (const go of pauses) go()
  await Promise.resolve()
  await Promise.resolve()
  expect(asked).toEqual(['offer'])
  store.getState().setText('  ')
  expect(store.getState().searching).toBe(false)
})
