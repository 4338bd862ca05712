/** Sets i18next up with the three catalogues and knows which language a person gets. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { de } from './de.ts'
import { en } from './en.ts'
import { zhCn } from './zh-cn.ts'

export const languages = ['en', 'de', 'zh-CN'] as const
export type Language = (typeof languages)[number]

/** Each language in its own name. */
export const languageNames: Record<Language, string> = { en: 'English', de: 'Deutsch', 'zh-CN': '简体中文' }

export const catalogues = { en, de, 'zh-CN': zhCn } as const

/** The language for a wish such as `de-AT` or `zh-Hans`; English for what there is no catalogue for. */
export function pickLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const base = wish.toLowerCase().split(/[-_]/)[0]
    if (base === 'de') return 'de'
    if (base === 'zh') return 'zh-CN'
    if (base === 'en') return 'en'
  }
  return 'en'
}

export async function startLanguage(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: {
      en: { translation: en },
      de: { translation: de },
      'zh-CN': { translation: zhCn },
    },
    // Keys contain dots as part of their names; React escapes what is shown.
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false, skipOnVariables: true },
  })
  document.documentElement.lang = language
}

export async function switchLanguage(language: Language): Promise<void> {
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}
