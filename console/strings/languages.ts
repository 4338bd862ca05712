/** The console's languages and the one i18next instance that speaks them. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { Catalogue } from './catalogue.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { zhCn } from './zh-cn.ts'

export const languages = ['en', 'zh-CN', 'de'] as const
export type Language = (typeof languages)[number]

/** Each language in its own words. */
export const languageNames: Record<Language, string> = { en: 'English', 'zh-CN': '简体中文', de: 'Deutsch' }
export const catalogues: Record<Language, Catalogue> = { en, 'zh-CN': zhCn, de }

/** The first of the wished languages (BCP 47, best first) that the console speaks; English otherwise. */
export function chooseLanguage(wished: readonly string[]): Language {
  for (const wish of wished) {
    const base = wish.toLowerCase().split('-')[0]
    const found = languages.find((one) => one.toLowerCase().split('-')[0] === base)
    if (found) return found
  }
  return 'en'
}

/** Call once, before the first render. */
export async function startLanguages(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: Object.fromEntries(languages.map((one) => [one, { translation: catalogues[one] }])),
    // React escapes every text itself; escaping twice would show "&amp;" to people.
    interpolation: { escapeValue: false },
  })
}

export async function changeLanguage(language: Language): Promise<void> {
  await i18next.changeLanguage(language)
}
