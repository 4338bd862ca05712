/** The catalogues at run time: what the compiler cannot see in them. */
import i18next from 'i18next'
import { beforeAll, describe, expect, test } from 'vitest'
import { consoleMessageSchema } from '../../shared/contracts/console-conversations.ts'
import { roleSchema } from '../../shared/domain/people.ts'
import { catalogues, changeLanguage, chooseLanguage, languages, startLanguages } from './languages.ts'

function texts(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]]
  return Object.entries(node as object).flatMap(([key, value]) => texts(value, path ? `${path}.${key}` : key))
}
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort()
const english = texts(catalogues.en)

describe.each(languages)('catalogue %s', (language) => {
  const own = texts(catalogues[language])

  test('has exactly the keys of the English one, none of them empty', () => {
    expect(own.map(([key]) => key).sort()).toEqual(english.map(([key]) => key).sort())
    expect(own.filter(([, text]) => text.trim() === '')).toEqual([])
  })

  test('fills in the same values as the English one', () => {
    const wanted = new Map(english.map(([key, text]) => [key, placeholders(text)]))
    for (const [key, text] of own) expect([key, placeholders(text)]).toEqual([key, wanted.get(key)])
  })

  test('has words for every role, state, path and mark that the contract knows', () => {
    const catalogue = catalogues[language]
    expect(Object.keys(catalogue.role).sort()).toEqual([...roleSchema.options].sort())
    const { state, path, marks } = consoleMessageSchema.shape
    expect(Object.keys(catalogue.state).sort()).toEqual([...state.options].sort())
    expect(Object.keys(catalogue.path).sort()).toEqual([...path.options].sort())
    expect(Object.keys(catalogue.mark).sort()).toEqual([...marks.element.options].sort())
  })
})

describe('spoken', () => {
  beforeAll(() => startLanguages('en'))

  test('switches language and counts by its rules', async () => {
    expect(i18next.t('conversations.count', { count: 1 })).toBe('1 message')
    expect(i18next.t('conversations.count', { count: 2 })).toBe('2 messages')
    await changeLanguage('de')
    expect(i18next.t('conversations.count', { count: 1 })).toBe('1 Nachricht')
    await changeLanguage('zh-CN')
    expect(i18next.t('conversations.count', { count: 1 })).toBe('1 条消息')
  })

  test('takes a value as it is: no escaping, no nesting, no interpolation inside of it', async () => {
    await changeLanguage('en')
    const name = '<b>$t(product) {{name}} & "'
    expect(i18next.t('session.signedInAs', { name })).toBe(`Signed in as ${name}`)
  })
})

test('the first wished language that is spoken is chosen, English otherwise', () => {
  expect(chooseLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de')
  expect(chooseLanguage(['zh-TW'])).toBe('zh-CN')
  expect(chooseLanguage(['fr'])).toBe('en')
  expect(chooseLanguage([])).toBe('en')
})
