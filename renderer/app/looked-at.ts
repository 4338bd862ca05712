/** Whether somebody can be reading this window now, and what time it is for the parts that show ages. */
import { useEffect, useState, useSyncExternalStore } from 'react'

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

const tickMs = 1_000

/** The engine's time, renewed each second. */
export function useNow(offsetMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [])
  return now + offsetMs
}
