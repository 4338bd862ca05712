import { expect, test } from 'vitest'
import { CodedError } from '../../../shared/contracts/contract.ts'
import type { QuickReply } from '../../../shared/contracts/own-desk.ts'
import { sampleEngine } from '../../samples/engine.ts'
import { createQuickReplies, fillIn, findReplies, quickQuery } from './quick-reply-store.ts'

test('only a slash and one word that are the whole text look for a quick reply', () => {
  expect(['/', '/pr', '/交期', 'a/b', '/two words', '//', ' /x', '1/2'].map(quickQuery)).toEqual([
    '',
    'pr',
    '交期',
    null,
    null,
    null,
    null,
    null,
  ])
})

test('replies are found by the beginning of their names, and name their customer', () => {
  const replies = ['Price', 'prices', 'delivery'].map((name) => ({ name, text: 'Hello {name}, {name}!' }))
  expect(findReplies(replies, 'PRI').map((one) => one.name)).toEqual(['Price', 'prices'])
  expect(fillIn(replies[0]!, 'Ana $& Souza')).toBe('Hello Ana $& Souza, Ana $& Souza!')
})

test('what is kept or dropped is fetched anew, and a refusal is told', async () => {
  let kept: QuickReply[] = []
  const store = createQuickReplies(
    sampleEngine({
      'quickReplies.list': () => ({ replies: kept }),
      'quickReply.keep': (reply) => {
        if (kept.length > 0) throw new CodedError('too_many', '')
        kept = [reply]
        return {}
      },
      'quickReply.drop': ({ name }) => {
        kept = kept.filter((one) => one.name !== name)
        return {}
      },
    }),
  )
  expect(await store.getState().keep({ name: 'a', text: 'A' })).toBe(true)
  expect(store.getState().replies).toEqual([{ name: 'a', text: 'A' }])
  expect(await store.getState().keep({ name: 'b', text: 'B' })).toBe(false)
  expect(store.getState().failure).toBe('too_many')
  await store.getState().drop('a')
  expect(store.getState()).toMatchObject({ replies: [], failure: null })
})
