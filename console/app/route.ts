/** Which area is open, kept in the address's fragment so that reload, back and bookmarks work without the server. */
import { useSyncExternalStore } from 'react'

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}

/** The fragment's first part, as written by the user: match it against a list, never use it as a key. */
export function useRoute(): string {
  return useSyncExternalStore(subscribe, () => window.location.hash.replace(/^#\/?/, '').split('/')[0] ?? '')
}

export function routeTo(area: string): string {
  return `#/${area}`
}
