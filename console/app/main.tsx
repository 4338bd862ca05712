/** The console's composition root: builds what the screens need, in order, and shows the first one. */
import './no-eval.ts'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { forgetPurposes } from '../conversations/recent-purposes.ts'
import { watchPresence } from '../elements/presence.ts'
import { useSession } from '../session/session-store.ts'
import { changeLanguage, startLanguages } from '../strings/languages.ts'
import { ApiProvider, createApi } from './api.ts'
import { usePreferences } from './preferences.ts'
import { Root } from './root.tsx'

const api = createApi({ onSignedOut: () => useSession.getState().end(false) })
useSession.subscribe(({ session }) => {
  api.setCsrf(session?.csrf ?? null)
  if (!session) forgetPurposes()
})

function applyPreferences(): void {
  const { language, theme } = usePreferences.getState()
  document.documentElement.lang = language
  document.documentElement.dataset['theme'] = theme
}
applyPreferences()
usePreferences.subscribe(({ language }, before) => {
  applyPreferences()
  if (language !== before.language) void changeLanguage(language)
})

watchPresence()
await startLanguages(usePreferences.getState().language)
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <ApiProvider value={api}>
      <Root />
    </ApiProvider>
  </StrictMode>,
)
