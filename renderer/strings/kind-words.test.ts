import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { snippetOf } from '../inbox/conversation-list.tsx'
import { callWords, serviceWords } from '../conversation/content/notice.tsx'
import { sampleAccount, sampleConversation, sampleMessage } from '../samples/views.ts'
import { historyWords } from './account-words.ts'
import { errorText } from './errors.ts'
import { faultWords, mediaFaultText } from './faults.ts'
import { summary } from './kind-words.ts'
import { catalogues } from './languages.ts'
import { rawWords } from './raw-words.ts'

const { t } = i18next
beforeAll(() =>
  i18next.init({
    lng: 'en',
    resources: { en: { translation: catalogues.en } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false, skipOnVariables: true },
  }),
)

test('a refusal tells until when it holds, where the provider says so', () => {
  const fault = { code: 'whatsapp_nack_463', text: 'x', until: null }
  expect(faultWords(t, 'en', fault)).toMatch(/new contacts at present\.$/)
  const until = new Date(2026, 10, 2, 14, 30).getTime()
  const words = (now: Date): string => faultWords(t, 'en-GB', { ...fault, until }, now.getTime())
  expect(words(new Date(2026, 10, 2, 9))).toMatch(/present, until 14:30$/)
  expect(words(new Date(2026, 10, 1, 9))).toMatch(/present, until 2 Nov 2026, 14:30/)
})

test('a message without words is called by its kind, a caption stands for itself', () => {
  expect(summary(t, 'image', '')).toBe('Photo')
  expect(summary(t, 'image', 'our hall\n2')).toBe('our hall 2')
  expect(summary(t, 'sticker', '👍')).toBe('👍 Sticker')
})

test('a code for what cannot be shown becomes a plain sentence, also with its channel and detail', () => {
  const words = (code: string): string => rawWords(t, code).text
  expect(words('view-once')).toMatch(/phone only/)
  expect(words('whatsapp: undecrypted')).toMatch(/decrypted/)
  expect(words('edit:unseen')).toMatch(/change/)
  expect(words('unknown:payment')).toMatch(/payment/)
  for (const code of ['', 'something_new', '<b>x</b>', '__proto__']) expect(words(code)).toBe(t('conversation.raw'))
  expect(summary(t, 'raw', 'view_once')).toBe(words('view-once'))
})

test('a list row names the author in groups only, and nobody before a notice', () => {
  const row = (change: Parameters<typeof sampleConversation>[1]): string =>
    snippetOf(t, sampleConversation('c', change))
  expect(row({ group: true, lastAuthor: 'Ana', lastText: 'hi' })).toBe('Ana: hi')
  expect(row({ lastAuthor: null, lastText: 'hi' })).toBe('hi')
  expect(row({ group: true, lastDirection: 'out', lastKind: 'voice' })).toBe('You: Voice message')
  expect(row({ group: true, lastAuthor: 'Ana', lastKind: 'service', lastText: 'Ana left' })).toBe('Ana left')
})

test('notices are sentences about names, however many and however made', () => {
  const service = (event: 'added' | 'left' | 'timer', members: string[], seconds: number | null = null): string =>
    serviceWords(
      t,
      'en',
      sampleMessage('m', {
        kind: 'service',
        author: { key: 'a', name: 'Ana\u202e' },
        details: { service: { event, members, text: null, seconds } },
      }),
    )
  expect(service('added', ['Li', 'Bo'])).toBe('Ana added Li and Bo')
  expect(
    service(
      'added',
      Array.from({ length: 500 }, (_unused, i) => `p${i}`),
    ),
  ).toBe('Ana added p0, p1, p2, p3, p4, p5, and +494')
  expect(service('left', [])).toBe('Ana left')
  expect(service('timer', [], 604_800)).toBe('Ana set messages to disappear after 7 days')
  expect(service('timer', [], 0)).toBe('Ana switched disappearing messages off')
  const call = { video: true, outcome: 'answered' as const, durationS: 75 }
  expect(callWords(t, sampleMessage('c', { kind: 'call', details: { call } }))).toBe('Video call, 1:15')
})

test('why a file cannot be had is told by code, whichever channel gave it', () => {
  const words = (code: string): string => mediaFaultText(t, { code, text: 'x', until: null })
  expect(words('media_expired')).toBe(words('telegram_file_reference_expired'))
  expect(words('attachment_too_large')).toBe('Too large to be kept')
  expect(words('brand_new')).toBe('Not available')
})

test('what the policy refuses is told alike while writing and at the message', () => {
  for (const code of ['policy_no_sending', 'policy_answers_only']) {
    const words = errorText(t, code)
    expect(words).toMatch(/^The policy allows /)
    expect(faultWords(t, 'en', { code, text: 'x', until: null })).toBe(words)
  }
})

test('a history under way is told in the numbers of the language, and nothing is told without one', () => {
  const account = sampleAccount('a', { history: { done: 1240, total: 14_000 } })
  expect(historyWords(t, 'en', account)).toBe('history: 1,240 of 14,000 entries')
  expect(historyWords(t, 'en', sampleAccount('a'))).toBeNull()
})
