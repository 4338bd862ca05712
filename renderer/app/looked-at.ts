/** Whether somebody can be reading this window now. */
import { useSyncExternalStore } from 'react'

function subscribe(changed: () => void): () => void {
  const events = ['focus', 'blur'] as const
  for (const name of events) window.addEventListener(name, changed)
  document.addEventListener('visibilitychange', changed)
  return () => {
    for (const name of events) window.removeEventListener(name, changed)
    document.removeEventListener('visibilitychange', changed)
  }
}

/** Visible and in front: only then may what arrives count as read. */
export function isLookedAt(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus()
}

export function useLookedAt(): boolean {
  return useSyncExternalStore(subscribe, isLookedAt)
}
