import { expect, test, vi } from 'vitest'
import type { Client } from '../../shared/contracts/contract.ts'
import type { ConversationView, windowContract } from '../../shared/contracts/window.ts'
import { sampleEngine } from '../samples/engine.ts'
import { sampleConversation } from '../samples/views.ts'
import { arrange, createInbox, listLimit, type InboxShow } from './inbox-store.ts'

const view = (id: string, lastAt: number, unread = 0, account = 'a'): ConversationView =>
  sampleConversation(id, { account, lastAt, unread })

test('newest first, filtered by account and by unread', () => {
  const all = [view('x', 1, 1), view('y', 3, 0), view('z', 2, 2, 'b')]
  const names = (account: string | null, unread: boolean, selected: string | null = null): string =>
    arrange(all, { account, show: unread ? 'unread' : 'all' }, selected)
      .map((one) => one.id)
      .join('')
  expect(names(null, false)).toBe('yzx')
  expect(names('a', false)).toBe('yx')
  expect(names(null, true)).toBe('zx')
  // The one being read does not vanish under the reader.
  expect(names(null, true, 'y')).toBe('yzx')
})

test('what is pinned stands first, what is archived apart, and waiting is who wrote last and got no answer', () => {
  const all = [
    sampleConversation('old', { lastAt: 1, pinnedAt: 20 }),
    sampleConversation('older', { lastAt: 0, pinnedAt: 10 }),
    sampleConversation('new', { lastAt: 9, lastDirection: 'out' }),
    sampleConversation('group', { lastAt: 8, group: true }),
    sampleConversation('away', { lastAt: 7, archived: true, unread: 3 }),
    sampleConversation('later', { lastAt: 6, markedUnread: true }),
  ]
  const names = (show: InboxShow, selected: string | null = null): string[] =>
    arrange(all, { account: null, show }, selected).map((one) => one.id)
  expect(names('all')).toEqual(['older', 'old', 'new', 'group', 'later'])
  expect(names('unread')).toEqual(['later'])
  expect(names('waiting')).toEqual(['older', 'old', 'later'])
  expect(names('mine')).toEqual([])
  expect(names('groups')).toEqual(['group'])
  expect(names('archived')).toEqual(['away'])
  // What has just been archived leaves, although it is open.
  expect(names('all', 'away')).not.toContain('away')
})

test('an older answer does not overwrite a newer one, nor what a lock has emptied', async () => {
  const answers: ((conversations: ConversationView[]) => void)[] = []
  const call = ((_method: string) =>
    new Promise<{ conversations: ConversationView[]; before: null }>((resolve) => {
      answers.push((conversations) => resolve({ conversations, before: null }))
    })) as unknown as Client<typeof windowContract>
  const store = createInbox(call)
  const first = store.getState().load()
  const second = store.getState().load()
  answers[1]?.([view('new', 2)])
  await second
  answers[0]?.([view('old', 1)])
  await first
  expect(store.getState().shown.map((one) => one.id)).toEqual(['new'])
  const third = store.getState().load()
  store.getState().clear()
  answers[2]?.([view('late', 3)])
  await third
  expect(store.getState().conversations.size).toBe(0)
})

test('what is mine follows the claim: given back, it leaves although it is open; taken, it comes', () => {
  const claim = { name: 'Jana', self: true, at: 1 }
  const store = createInbox(sampleEngine({}))
  const ids = (): string =>
    store
      .getState()
      .shown.map((one) => one.id)
      .join('')
  const { apply, setFilter, select } = store.getState()
  apply([sampleConversation('x', { claim }), sampleConversation('y', { claim: { ...claim, self: false } })])
  setFilter({ show: 'mine' })
  select('x')
  expect(ids()).toBe('x')
  apply([sampleConversation('x'), sampleConversation('y', { claim })])
  expect(ids()).toBe('y')
})

test('a list longer than one answer is asked for its own filter, and page by page', async () => {
  const asked: unknown[] = []
  const many = (from: number): ConversationView[] =>
    Array.from({ length: listLimit }, (_unused, i) => view(`c${from + i}`, 1_000_000 - from - i))
  const store = createInbox(
    sampleEngine({
      'conversations.list': ({ mine, before }) => {
        asked.push(mine ? `mine ${before}` : `all ${before}`)
        if (mine)
          return {
            conversations: [sampleConversation('far', { claim: { name: 'J', self: true, at: 1 } })],
            before: null,
          }
        return before ? { conversations: many(listLimit), before: null } : { conversations: many(0), before: 'next' }
      },
    }),
  )
  await store.getState().load()
  store.getState().loadMore()
  await vi.waitFor(() => expect(store.getState().shown).toHaveLength(2 * listLimit))
  store.getState().loadMore()
  store.getState().setFilter({ show: 'mine' })
  await vi.waitFor(() => expect(store.getState().shown.map((one) => one.id)).toEqual(['far']))
  expect(asked).toEqual(['all null', 'all next', 'mine null'])
})
