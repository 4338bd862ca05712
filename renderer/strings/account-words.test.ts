import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { ageWords } from './account-words.ts'
import { catalogues, languages } from './languages.ts'

const wordsIn = (language: string) => i18next.getFixedT(language)
beforeAll(() =>
  i18next.init({
    resources: Object.fromEntries(languages.map((language) => [language, { translation: catalogues[language] }])),
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false, skipOnVariables: true },
  }),
)

test('what was a moment ago is told without figures', () => {
  const ages = (ms: number) => languages.map((language) => ageWords(wordsIn(language), language, 'account.age', ms))
  expect(ages(-20)).toEqual(ages(4_900))
  expect(ages(4_900).sort()).toEqual(['gerade eben', 'just now', '刚刚'])
  expect(ages(5_000).sort()).toEqual(['5 sec ago', '5秒前', 'vor 5 Sek.'])
})

test.each(['account.alive', 'page.active'] as const)('%s has its words for a moment ago and for an age', (key) => {
  for (const language of languages) {
    const t = wordsIn(language)
    expect(ageWords(t, language, key, 0)).not.toMatch(/\d/)
    expect(ageWords(t, language, key, 60_000)).toMatch(/\b1|^1/)
  }
})
