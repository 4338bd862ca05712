import { expect, test } from 'vitest'
import type { Client } from '../../shared/contracts/contract.ts'
import type { ConversationView, windowContract } from '../../shared/contracts/window.ts'
import { sampleConversation } from '../samples/views.ts'
import { arrange, createInbox, type InboxShow } from './inbox-store.ts'
import { toAddress } from './new-conversation.tsx'

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
  expect(names('groups')).toEqual(['group'])
  expect(names('archived')).toEqual(['away'])
  // What has just been archived leaves, although it is open.
  expect(names('all', 'away')).not.toContain('away')
})

test('an older answer does not overwrite a newer one, nor what a lock has emptied', async () => {
  const answers: ((conversations: ConversationView[]) => void)[] = []
  const call = ((_method: string) =>
    new Promise<{ conversations: ConversationView[] }>((resolve) => {
      answers.push((conversations) => resolve({ conversations }))
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

test('typed numbers and ids become addresses', () => {
  expect(toAddress('whatsapp', '+55 (11) 98765-4321')).toBe('5511987654321')
  expect(toAddress('telegram', 'user:77812')).toBe('user:77812')
  expect(toAddress('telegram', ' 77812 ')).toBe('user:77812')
})
