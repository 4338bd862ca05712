import type { TFunction } from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { createInstance } from 'i18next'
import { catalogues, languages, type Language } from '../../strings/languages.ts'
import { sampleActivity } from '../../samples/views.ts'
import { availabilityWords, doingWords } from './activity-words.ts'

const words = {} as Record<Language, TFunction>
const now = new Date(2026, 10, 2, 12, 0).getTime()

beforeAll(async () => {
  for (const language of languages) {
    const instance = createInstance()
    const resources = { [language]: { translation: catalogues[language] } }
    const plain = { keySeparator: false, nsSeparator: false, interpolation: { escapeValue: false } } as const
    words[language] = await instance.init({ lng: language, resources, ...plain })
  }
})

const named = (...names: (string | null)[]) => names.map((name) => ({ name, doing: 'typing' as const }))

test('one person is not named, members of groups are, and a crowd is counted', () => {
  const say = (people: ReturnType<typeof named>, more = 0, group = true) =>
    doingWords(words.en, sampleActivity('c', { people, more }), group)
  expect(say(named(null), 0, false)).toBe('typing…')
  expect(say([])).toBeNull()
  expect(doingWords(words.en, undefined, true)).toBeNull()
  expect(say(named('Ana'))).toBe('Ana is typing…')
  expect(say([{ ...named('Ana')[0]!, doing: 'recording' as never }])).toBe('Ana is recording a voice message…')
  expect(say(named(null))).toBe('Somebody is typing…')
  expect(say(named('Ana', 'Bo'))).toBe('Ana and Bo are typing…')
  expect(say(named('Ana', 'Bo', 'Li'))).toBe('Ana and 2 others are typing…')
  expect(say(named('Ana', 'Bo', 'Li'), 61)).toBe('Ana and 63 others are typing…')
  // A stranger's name cannot turn the line around.
  expect(say(named('A\u202ena'))).toBe('Ana is typing…')
})

test.each([
  ['en', ['online', 'last seen 09:41', 'last seen yesterday, 23:05', 'last seen recently', 'last seen within a month']],
  ['de', ['gerade online', 'zuletzt gesehen 09:41', 'zuletzt gesehen gestern, 23:05', 'vor Kurzem gesehen']],
  ['zh-CN', ['在线', '最后在线 09:41', '最后在线：昨天 23:05', '最近在线']],
] as const)('how somebody is, in %s', (language, expected) => {
  const seen = (seenAt: Date) => ({ state: 'offline', seenAt: seenAt.getTime() }) as const
  const all = [
    { state: 'online' },
    seen(new Date(2026, 10, 2, 9, 41)),
    seen(new Date(2026, 10, 1, 23, 5)),
    { state: 'recently' },
    { state: 'within-month' },
  ] as const
  const said = all.map((one) => availabilityWords(words[language], language, one, now))
  expect(said.slice(0, expected.length)).toEqual(expected)
  const longAgo = availabilityWords(words[language], language, seen(new Date(2025, 0, 5)), now)
  expect(longAgo).toContain('2025')
})
