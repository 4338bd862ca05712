/** Language and light or dark, remembered in this browser only; nothing else is ever stored there. */
import { create } from 'zustand'
import { chooseLanguage, languages, type Language } from '../strings/languages.ts'

export type Theme = 'light' | 'dark'

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    // Storage may be switched off by the company's browser policy; the console works without.
    return null
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // As above: the choice then lasts until the page closes.
  }
}

function firstLanguage(): Language {
  const stored = recall('sealdesk.language')
  return languages.find((one) => one === stored) ?? chooseLanguage(navigator.languages)
}

function firstTheme(): Theme {
  const stored = recall('sealdesk.theme')
  if (stored === 'light' || stored === 'dark') return stored
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

interface Preferences {
  language: Language
  theme: Theme
  setLanguage(language: Language): void
  setTheme(theme: Theme): void
}

export const usePreferences = create<Preferences>((set) => ({
  language: firstLanguage(),
  theme: firstTheme(),
  setLanguage(language) {
    remember('sealdesk.language', language)
    set({ language })
  },
  setTheme(theme) {
    remember('sealdesk.theme', theme)
    set({ theme })
  },
}))
