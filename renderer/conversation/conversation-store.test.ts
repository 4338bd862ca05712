import { expect, test } from 'vitest'
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

test('a jump pages back to its message; each call for it is another turn', async () => {
  const page = (from: number): MessageView[] =>
    Array.from({ length: 3 }, (_unused, i) => sampleMessage(`m${from + i}`, { at: (from + i) * 1000 }))
  const asked: string[] = []
  const store = connect({
    'conversation.open': () => ({ conversation: view('c1'), messages: page(7), before: 'p4' }),
    'conversation.page': ({ before }) => {
      asked.push(before)
      return before === 'p4' ? { messages: page(4), before: 'p1' } : { messages: page(1), before: null }
    },
  })
  await store.getState().open('c1')
  await store.getState().jump('m2')
  expect(asked).toEqual(['p4', 'p1'])
  expect(store.getState().target).toEqual({ message: 'm2', turn: 1 })
  await store.getState().jump('m2')
  expect(asked).toHaveLength(2)
  expect(store.getState().target?.turn).toBe(2)
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
