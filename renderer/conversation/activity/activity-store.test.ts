import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CodedError } from '../../../shared/contracts/contract.ts'
import { sampleEngine, type Answers } from '../../samples/engine.ts'
import { sampleActivity, sampleConversation } from '../../samples/views.ts'
import { createConversation } from '../conversation-store.ts'
import { createCustomerActivity } from './activity-store.ts'

/** What the engine was told is on the screen, in order. */
let watched: unknown[]

beforeEach(() => {
  vi.useFakeTimers()
  watched = []
})
afterEach(() => {
  vi.useRealTimers()
})

function connect(answers: Answers = {}) {
  const call = sampleEngine({
    'conversation.open': ({ conversation: id }) => ({
      conversation: sampleConversation(id),
      messages: [],
      before: null,
    }),
    'activity.watch': (input) => {
      watched.push(input)
      return { activities: [sampleActivity('c1')] }
    },
    ...answers,
  })
  const conversation = createConversation(call)
  return { conversation, activity: createCustomerActivity(call, conversation) }
}

test('what is opened is told at once, rows when scrolling has paused, and the same screen once', async () => {
  const { conversation, activity } = connect()
  for (const rows of [['c1'], ['c2'], ['c2', 'c3']]) activity.getState().showRows(rows)
  await vi.advanceTimersByTimeAsync(200)
  expect(watched).toEqual([{ open: null, rows: ['c2', 'c3'] }])
  activity.getState().showRows(['c2', 'c3'])
  await conversation.getState().open('c1')
  await conversation.getState().reopen()
  await vi.advanceTimersByTimeAsync(200)
  expect(watched.slice(1)).toEqual([{ open: 'c1', rows: ['c2', 'c3'] }])
  expect([...activity.getState().known.keys()]).toEqual(['c1'])
})

test('changes are kept per conversation; a lock forgets everything and says nothing', async () => {
  const { conversation, activity } = connect()
  await conversation.getState().open('c1')
  await vi.advanceTimersByTimeAsync(0)
  const stopped = sampleActivity('c1', { people: [] })
  activity.getState().apply([stopped, sampleActivity('c2')])
  expect([...activity.getState().known.values()]).toEqual([stopped, sampleActivity('c2')])
  activity.getState().showRows(['c2'])
  conversation.getState().clear()
  activity.getState().clear()
  await vi.advanceTimersByTimeAsync(1000)
  expect(activity.getState().known.size).toBe(0)
  // The conversation went away before the lock had emptied this store.
  expect(watched).toEqual([
    { open: 'c1', rows: [] },
    { open: null, rows: ['c2'] },
  ])
})

test('a new engine is told what is on the screen; one that refuses changes nothing', async () => {
  let refuses = false
  const { activity } = connect({
    'activity.watch': (input) => {
      watched.push(input)
      if (refuses) throw new CodedError('locked', 'locked')
      return { activities: [sampleActivity('c2')] }
    },
  })
  await activity.getState().load()
  refuses = true
  await activity.getState().load()
  expect(watched).toHaveLength(2)
  expect(activity.getState().known.has('c2')).toBe(true)
})
