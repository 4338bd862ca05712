import { expect, test } from 'vitest'
import { catalogues, languages, pickLanguage } from './languages.ts'
import { en } from './en.ts'

const placeholders = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort()

test.each(languages)('%s has exactly the keys and the placeholders of English, and no empty text', (language) => {
  const catalogue = catalogues[language]
  expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort())
  for (const [key, text] of Object.entries(catalogue)) {
    expect(text.trim(), key).not.toBe('')
    expect(placeholders(text), key).toEqual(placeholders(en[key as keyof typeof en]))
  }
})

test('German and Chinese are translated, not copied', () => {
  // Names of products and patterns without words are the same everywhere.
  const same = new Set([
    'channel.whatsapp',
    'channel.telegram',
    'inbox.by',
    'media.fetching',
    'conversation.arrived',
    'lock.pin',
    'key.ctrl',
    'key.shift',
  ])
  for (const [key, text] of Object.entries(catalogues['zh-CN'])) {
    if (!same.has(key)) expect(text, key).toMatch(/\p{Script=Han}/u)
  }
  const copied = Object.entries(catalogues.de).filter(([key, text]) => en[key as keyof typeof en] === text)
  // Words that both languages share.
  const shared = ['kind.video', 'kind.audio', 'kind.sticker', 'composer.emoji', 'composer.name', 'group.admin']
  expect(copied.map(([key]) => key).filter((key) => !same.has(key) && !shared.includes(key))).toEqual([
    'pair.codeField',
    'inbox.filter',
    'status.label',
    'menu.themeSystem',
  ])
})

test('a wish becomes the nearest language there is', () => {
  expect(pickLanguage(['zh-Hans-SG'])).toBe('zh-CN')
  expect(pickLanguage(['de_AT'])).toBe('de')
  expect(pickLanguage(['pt-BR', 'de'])).toBe('de')
  expect(pickLanguage(['__proto__'])).toBe('en')
})
