/** The keys that work everywhere in the open window. */
import { useEffect, useRef } from 'react'
import type { Session } from './session.ts'

export interface Shortcuts {
  focusSearch(): void
  lock(): void
}

/** Ctrl/⌘+K search, Ctrl/⌘+L lock, Alt+↑/↓ the neighbouring conversation. */
export function useShortcuts(session: Session, actions: Shortcuts): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    const step = (by: number): void => {
      const { shown, selected } = session.inbox.getState()
      const at = shown.findIndex((conversation) => conversation.id === selected)
      const next = shown[at === -1 ? 0 : at + by]
      if (next) session.openConversation(next.id)
    }
    const onKeyDown = (event: KeyboardEvent): void => {
      const command = event.ctrlKey || event.metaKey
      const key = event.key.toLowerCase()
      if (command && !event.shiftKey && !event.altKey && key === 'k') latest.current.focusSearch()
      else if (command && !event.shiftKey && !event.altKey && key === 'l') latest.current.lock()
      else if (event.altKey && !command && event.key === 'ArrowDown') step(1)
      else if (event.altKey && !command && event.key === 'ArrowUp') step(-1)
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [session])
}
