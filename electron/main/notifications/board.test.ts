import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { NotificationView } from '../../../shared/contracts/notifications.ts'
import { mostShown, NotificationBoard, pauseMs } from './board.ts'

interface Standing {
  text: string
  chosen(): void
  dismissed(): void
}

/** What the system shows now, oldest first. */
let standing: Standing[]
let shows: number
let fronts: number
let opened: string[]
let board: NotificationBoard

beforeEach(() => {
  vi.useFakeTimers()
  standing = []
  shows = 0
  fronts = 0
  opened = []
  board = new NotificationBoard({
    name: 'Sealdesk',
    show: ({ title, body }, on) => {
      const one: Standing = { text: `${title}: ${body}`, ...on }
      standing.push(one)
      shows += 1
      return {
        // Systems tell the end of a notification to its maker, whoever ended it.
        close: () => {
          standing = standing.filter((other) => other !== one)
          one.dismissed()
        },
      }
    },
    front: () => (fronts += 1),
    open: (conversation) => opened.push(conversation),
  })
  board.lock(false)
})
afterEach(() => vi.useRealTimers())

const texts = (): string[] => standing.map((one) => one.text)

function told(conversation: string, count = 1, text: string | null = `text ${count}`): NotificationView {
  const content = text === null ? null : { title: conversation, author: null, kind: 'text' as const, text }
  return { conversation, count, language: 'en', content }
}

test('one per conversation, replaced by the newest; what comes in a pause is shown after it', () => {
  board.take(told('Ana'))
  board.take(told('Ana', 2))
  board.take(told('Ben'))
  expect(texts()).toEqual(['Ana: text 1'])
  vi.advanceTimersByTime(pauseMs)
  expect(texts()).toEqual(['Ana: text 2\n2 new messages', 'Ben: text 1'])
  expect(shows).toBe(3)
})

test('a flood is few notifications, and one where it comes from many', () => {
  for (let n = 1; n <= 1000; n += 1) {
    board.take(told(`customer ${n % 100}`, Math.ceil(n / 100)))
    vi.advanceTimersByTime(10)
    expect(standing.length).toBeLessThanOrEqual(mostShown)
  }
  vi.advanceTimersByTime(pauseMs)
  expect(texts()).toEqual(['Sealdesk: 1000 new messages in 100 conversations'])
  expect(shows).toBeLessThanOrEqual(Math.ceil(10_000 / pauseMs) + 1)
})

test('what is over is taken away, the one for many with the last of them', () => {
  const all = Array.from({ length: mostShown + 2 }, (_, n) => `customer ${n}`)
  for (const one of all) board.take(told(one))
  vi.advanceTimersByTime(pauseMs)
  expect(texts()).toEqual([`Sealdesk: ${all.length} new messages in ${all.length} conversations`])
  board.over(all.slice(1))
  expect(standing).toHaveLength(1)
  board.over(all)
  expect(standing).toEqual([])
  vi.advanceTimersByTime(pauseMs)
  board.take(told('Ana'))
  board.over(['Ana'])
  expect(standing).toEqual([])
})

test('a click brings the window to the front with that conversation', () => {
  board.take(told('Ana'))
  vi.advanceTimersByTime(pauseMs)
  board.take(told('Ben'))
  standing[0]!.chosen()
  expect({ fronts, opened, texts: texts() }).toEqual({ fronts: 1, opened: ['Ana'], texts: ['Ben: text 1'] })
})

test('a lock takes back what can be read, and what comes then shows nothing even if it holds something', () => {
  board.take(told('Ana'))
  board.lock(true)
  expect(standing).toEqual([])
  vi.advanceTimersByTime(pauseMs)
  board.take(told('Ana', 1, 'late'))
  board.take(told('Ben', 2, null))
  expect(texts()).toEqual(['Sealdesk: New message'])
  vi.advanceTimersByTime(pauseMs)
  expect(texts()).toEqual(['Sealdesk: 3 new messages'])
})

test('chosen while locked, the conversation opens after unlocking and only once', () => {
  board.lock(true)
  board.take(told('Ana', 1, null))
  standing[0]!.chosen()
  expect({ fronts, opened }).toEqual({ fronts: 1, opened: [] })
  // Another engine after a key lock.
  board.lock(true)
  board.lock(false)
  board.lock(false)
  expect(opened).toEqual(['Ana'])
  expect(standing).toEqual([])
})

test('a person’s “seen it” ends what was shown, not what came meanwhile', () => {
  board.take(told('Ana'))
  board.take(told('Ana', 2))
  standing[0]!.dismissed()
  expect(standing).toEqual([])
  vi.advanceTimersByTime(pauseMs)
  expect(texts()).toEqual(['Ana: text 2\n2 new messages'])
  standing[0]!.dismissed()
  vi.advanceTimersByTime(pauseMs)
  expect(shows).toBe(2)
})
