import { expect, test, vi } from 'vitest'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { ConversationView, MessageView } from '../../shared/contracts/window.ts'
import { sampleEngine, type Answers } from '../samples/engine.ts'
import { sampleConversation, sampleMessage } from '../samples/views.ts'
import { createConversation } from './conversation-store.ts'

const view = (id: string, unread = 0): ConversationView => sampleConversation(id, { unread })
const connect = (answers: Answers) => createConversation(sampleEngine(answers))

test('a conversation that was left before its answer came is not shown', async () => {
  const waiting: (() => void)[] = []
  const store = connect({
    'conversation.open': ({ conversation }) =>
      new Promise((resolve) => {
        waiting.push(() => resolve({ conversation: view(conversation), messages: [], before: null }))
      }),
  })
  const first = store.getState().open('c1')
  const second = store.getState().open('c2')
  waiting[1]?.()
  await second
  waiting[0]?.()
  await first
  expect(store.getState().view?.id).toBe('c2')
})

test('reading is told once, and only when something was unread', async () => {
  let told = 0
  const store = connect({
    'conversation.open': ({ conversation }) => ({
      conversation: view(conversation, conversation === 'c1' ? 2 : 0),
      messages: [],
      before: null,
    }),
    'conversation.read': () => {
      told += 1
      return {}
    },
  })
  await store.getState().open('c2')
  store.getState().markRead()
  await store.getState().open('c1')
  store.getState().markRead()
  store.getState().markRead()
  expect(store.getState().view?.unread).toBe(0)
  expect(told).toBe(1)
})

/** Messages of a long conversation, one a minute from 0 on. */
const minutes = (from: number, to: number): MessageView[] =>
  Array.from({ length: to - from }, (_unused, i) =>
    sampleMessage(`m${from + i}`, { at: (from + i) * 60_000, order: String(from + i).padStart(6, '0') }),
  )
const total = 5_000
/** An engine with that conversation; `asked` in order. */
function long(asked: string[]) {
  return connect({
    'conversation.open': () => ({ conversation: view('c1'), messages: minutes(total - 50, total), before: 'p' }),
    'conversation.around': ({ place, limit }) => {
      const at = 'at' in place ? Math.ceil(place.at / 60_000) : Number(place.message.slice(1))
      asked.push(`around ${at}`)
      const to = Math.min(at + limit, total)
      const target = `m${Math.min(at, total - 1)}`
      return { messages: minutes(Math.max(0, at - limit), to), before: 'p', atNewest: at + limit > total, target }
    },
    'conversation.later': ({ after, limit }) => {
      const from = Number(after.slice(1)) + 1
      asked.push(`later ${from}`)
      return { messages: minutes(from, Math.min(from + limit, total)), atNewest: from + limit > total }
    },
    'conversation.page': ({ before }) => {
      asked.push(`page ${before}`)
      return { messages: minutes(0, 10), before: null }
    },
  })
}
const shown = (store: ReturnType<typeof connect>): string => {
  const { messages, atNewest } = store.getState().loaded
  return `${messages[0]?.id}..${messages.at(-1)?.id}${atNewest ? ' newest' : ''}`
}

test('a jump far back shows what is around its message; within what is loaded it only moves; each call is another turn', async () => {
  const asked: string[] = []
  const store = long(asked)
  await store.getState().open('c1')
  await store.getState().jump('m4990')
  expect([asked, store.getState().target]).toEqual([[], { message: 'm4990', turn: 1 }])
  await store.getState().jump('m1000')
  expect([asked, shown(store)]).toEqual([['around 1000'], 'm940..m1059'])
  expect(store.getState().target).toEqual({ message: 'm1000', turn: 2 })
})

test('a date leads to the first message at or after it, in both directions, and back to the newest', async () => {
  const asked: string[] = []
  const store = long(asked)
  await store.getState().open('c1')
  await store.getState().jumpToDate(2_000 * 60_000 - 1)
  expect([shown(store), store.getState().target?.message]).toEqual(['m1940..m2059', 'm2000'])
  // Within what is loaded nothing is asked.
  await store.getState().jumpToDate(2_010 * 60_000 - 1)
  expect([asked, store.getState().target?.message]).toEqual([['around 2000'], 'm2010'])
  await store.getState().loadLater()
  expect(shown(store)).toBe('m1940..m2159')
  await store.getState().jumpToDate(total * 60_000)
  expect([shown(store), store.getState().target?.message]).toEqual(['m4940..m4999 newest', 'm4999'])
  await store.getState().jumpToDate(0)
  await store.getState().reopen()
  expect(shown(store)).toBe('m4950..m4999 newest')
})

test('reading on from a date reaches the newest message with at most 2,000 rows', async () => {
  const asked: string[] = []
  const store = long(asked)
  await store.getState().open('c1')
  await store.getState().jumpToDate(60_000 * 1_000)
  while (!store.getState().loaded.atNewest) await store.getState().loadLater()
  expect(shown(store)).toBe('m3000..m4999 newest')
  await store.getState().loadEarlier()
  expect(asked.at(-1)).toBe('page m3000')
})

test('what is said while reading far back brings the newest messages; what others say does not', async () => {
  const store = long([])
  await store.getState().open('c1')
  await store.getState().jump('m100')
  store.getState().apply([sampleMessage('new', { at: total * 60_000, direction: 'out', path: 'workstation' })], true)
  await store.getState().said('another')
  expect(shown(store)).toBe('m40..m159')
  await store.getState().said('c1')
  expect(shown(store)).toBe('m4950..m4999 newest')
})

test('a page that was under way when another place was asked for does not come into it', async () => {
  let release = (): void => {}
  const store = connect({
    'conversation.open': () => ({ conversation: view('c1'), messages: minutes(900, 950), before: 'p' }),
    'conversation.page': () =>
      new Promise((resolve) => {
        release = () => resolve({ messages: minutes(800, 900), before: 'q' })
      }),
    'conversation.around': () => ({ messages: minutes(100, 200), before: 'r', atNewest: false, target: 'm150' }),
  })
  await store.getState().open('c1')
  const page = store.getState().loadEarlier()
  await vi.waitFor(() => expect(store.getState().loadingEarlier).toBe(true))
  await store.getState().jump('m150')
  release()
  await page
  expect([shown(store), store.getState().loadingEarlier]).toEqual(['m100..m199', false])
})

test('what the engine refuses to do to a message is told, and forgotten with the next try', async () => {
  let refuse = true
  const store = connect({
    'conversation.open': () => ({ conversation: view('c1'), messages: [sampleMessage('m1')], before: null }),
    'message.react': () => {
      if (refuse) throw new CodedError('account_not_running', 'no')
      return {}
    },
  })
  await store.getState().open('c1')
  await store.getState().react('m1', '👍')
  expect(store.getState().failure).toEqual({ at: 'act', code: 'account_not_running' })
  refuse = false
  await store.getState().react('m1', '👍')
  expect(store.getState().failure).toBeNull()
})
