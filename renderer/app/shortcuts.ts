/** The keys that work everywhere in the open window. */
import { useEffect, useRef } from 'react'
import { isUnread } from '../inbox/inbox-store.ts'
import type { Session } from './session.ts'

export interface Shortcuts {
  palette(): void
  sheet(): void
  focusSearch(): void
  /** The group or the customer beside the conversation. */
  side(): void
  /** In the place of the conversation, which is left for it. */
  tour(): void
  lock(): void
}

/** What the search and the sheet tell of them is in `preferences/shortcut-sheet.tsx`. */
export function useShortcuts(session: Session, actions: Shortcuts): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const run = actionOf(event, session, latest.current)
      if (!run) return
      event.preventDefault()
      run()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [session])
}

function actionOf(event: KeyboardEvent, session: Session, actions: Shortcuts): (() => void) | null {
  const command = (event.ctrlKey || event.metaKey) && !event.altKey
  const key = event.key.toLowerCase()
  if (command && !event.shiftKey && key === 'l') return actions.lock
  // A dialog has the keyboard for itself.
  if (document.querySelector('[aria-modal="true"]') !== null) return null
  if (command && event.shiftKey) return key === 'f' ? actions.focusSearch : null
  if (command && /^\d$/.test(key)) return () => chooseAccount(session, Number(key))
  if (command) {
    const plain: Record<string, (() => void) | undefined> = {
      k: actions.palette,
      i: actions.side,
      f: () => session.conversation.getState().setFinding(true),
      g: () => void session.conversation.getState().startDating(),
      '/': actions.sheet,
    }
    return (Object.hasOwn(plain, key) ? plain[key] : undefined) ?? null
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return null
  if (event.key === 'ArrowDown') return () => (event.shiftKey ? nextUnread(session) : step(session, 1))
  return event.key === 'ArrowUp' && !event.shiftKey ? () => step(session, -1) : null
}

function step(session: Session, by: number): void {
  const { shown, selected } = session.inbox.getState()
  const at = shown.findIndex((conversation) => conversation.id === selected)
  const next = shown[at === -1 ? 0 : at + by]
  if (next) session.openConversation(next.id)
}

/** Downwards from the open one, then from the top again. */
function nextUnread(session: Session): void {
  const { shown, selected } = session.inbox.getState()
  const at = shown.findIndex((conversation) => conversation.id === selected)
  const order = [...shown.slice(at + 1), ...shown.slice(0, Math.max(0, at))]
  const next = order.find((conversation) => isUnread(conversation) && !conversation.muted)
  if (next) session.openConversation(next.id)
}

/** 1 to 9 as they stand on the rail; 0: all. */
function chooseAccount(session: Session, number: number): void {
  const account = session.presence.getState().status?.accounts[number - 1]
  if (number === 0) session.inbox.getState().setFilter({ account: null })
  else if (account) session.inbox.getState().setFilter({ account: account.id })
}
