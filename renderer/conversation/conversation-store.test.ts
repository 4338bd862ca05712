import { expect, test } from 'vitest'
import { CodedError, createCaller, answer, type Handlers } from '../../shared/contracts/contract.ts'
import { windowContract, type ConversationView, type MessageView } from '../../shared/contracts/window.ts'
import { sampleConversation, sampleMessage } from '../samples/views.ts'
import { createConversation } from './conversation-store.ts'

const view = (id: string, unread = 0): ConversationView => sampleConversation(id, { unread })
const own = (id: string, text: string): MessageView =>
  sampleMessage(id, { direction: 'out', path: 'workstation', state: 'queued', text })

type Answers = Partial<Handlers<typeof windowContract>>

/** The store at the real calling side; the far side answers from `answers`. */
function connect(answers: Answers) {
  const refuse = (): never => {
    throw new CodedError('unexpected', 'not asked for in this test')
  }
  const handlers = new Proxy({} as Handlers<typeof windowContract>, {
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
    get: (_target, method: keyof typeof windowContract) => answers[method] ?? refuse,
  })
  const caller = createCaller(
    windowContract,
    (request) =>
      void answer(windowContract, handlers, undefined, request, () => {}).then((reply) => caller.receive(reply)),
    { set: (run, ms) => setTimeout(run, ms), clear: (timer) => clearTimeout(timer as number) },
    200,
  )
  return createConversation(caller.call)
}

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

test('drafts stay with their conversation; a refused text comes back before what was typed since', async () => {
  const store = connect({
    'conversation.open': ({ conversation }) => ({ conversation: view(conversation), messages: [], before: null }),
    send: () => {
      throw new CodedError('account_not_running', 'no')
    },
  })
  await store.getState().open('c1')
  store.getState().setDraft('offer')
  const sending = store.getState().send()
  expect(store.getState().drafts.get('c1')).toBeUndefined()
  store.getState().setDraft('more')
  await sending
  expect(store.getState().drafts.get('c1')).toBe('offer\nmore')
  expect(store.getState().failure).toEqual({ at: 'send', code: 'account_not_running' })
  await store.getState().open('c2')
  store.getState().setDraft('other')
  expect([...store.getState().drafts]).toEqual([
    ['c1', 'offer\nmore'],
    ['c2', 'other'],
  ])
})

test.each([true, false])('an unanswered send is settled by what the engine has (taken: %s)', async (taken) => {
  const messages: MessageView[] = [own('m1', 'offer')]
  const store = connect({
    'conversation.open': () => ({ conversation: view('c1'), messages, before: null }),
    send: ({ text }) => {
      if (taken) messages.push(own('m2', text))
      // Dies before it can answer: the caller's deadline passes.
      return new Promise(() => {})
    },
  })
  await store.getState().open('c1')
  store.getState().setDraft('offer')
  await store.getState().send()
  expect(store.getState().drafts.get('c1')).toBe(taken ? undefined : 'offer')
  expect(store.getState().loaded.messages).toHaveLength(taken ? 2 : 1)
})

test('a lock leaves neither messages nor drafts', async () => {
  const store = connect({
    'conversation.open': () => ({ conversation: view('c1', 1), messages: [own('m1', 'secret')], before: 'b' }),
  })
  await store.getState().open('c1')
  store.getState().setDraft('secret draft')
  store.getState().clear()
  expect(JSON.stringify({ ...store.getState(), drafts: [...store.getState().drafts] })).not.toContain('secret')
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
