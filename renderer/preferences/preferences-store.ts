/** The salesperson's taste: theme, language, and that the tour has been seen. The only things that the window itself remembers. */
import { createStore } from 'zustand/vanilla'
import { languages, pickLanguage, switchLanguage, type Language } from '../strings/languages.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export interface Preferences {
  theme: Theme
  language: Language
  /** The tour was closed once: it does not come again by itself. */
  toured: boolean
  setTheme(theme: Theme): void
  setLanguage(language: Language): Promise<void>
  closeTour(): void
  reopenTour(): void
}

/** What is stored is as untrusted as anything that was written elsewhere. */
export function readTheme(stored: string | null): Theme {
  return themes.find((theme) => theme === stored) ?? 'system'
}

/** `wished` (the command line) comes before what was chosen earlier, then the system's languages. */
export function readLanguage(wished: string | null, stored: string | null, system: readonly string[]): Language {
  if (wished) return pickLanguage([wished])
  return languages.find((language) => language === stored) ?? pickLanguage(system)
}

function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

export function createPreferences(storage: Storage, wishedLanguage: string | null, system: readonly string[]) {
  const theme = readTheme(storage.getItem('theme'))
  applyTheme(theme)
  return createStore<Preferences>()((set) => ({
    theme,
    language: readLanguage(wishedLanguage, storage.getItem('language'), system),
    toured: storage.getItem('tour') === 'closed',
    setTheme(next) {
      storage.setItem('theme', next)
      applyTheme(next)
      set({ theme: next })
    },
    async setLanguage(next) {
      storage.setItem('language', next)
      await switchLanguage(next)
      set({ language: next })
    },
    closeTour() {
      storage.setItem('tour', 'closed')
      set({ toured: true })
    },
    reopenTour: () => set({ toured: false }),
  }))
}
