/** The page's composition root. */
import './schemas.ts'
import '../design/tokens.css'
import '../design/base.css'
import { createRoot } from 'react-dom/client'
import { createPreferences } from '../preferences/preferences-store.ts'
import { startLanguage } from '../strings/languages.ts'
import { App } from './app.tsx'
import { startSession } from './session.ts'

// The port may come as soon as the page has loaded: listening starts before anything is waited for.
const session = startSession()
const wished = new URLSearchParams(window.location.search).get('lang')
const preferences = createPreferences(window.localStorage, wished, navigator.languages)

void startLanguage(preferences.getState().language).then(() => {
  const root = document.getElementById('root')
  if (root) createRoot(root).render(<App session={session} preferences={preferences} />)
})
