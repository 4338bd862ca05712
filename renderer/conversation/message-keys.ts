/** Messages by keyboard: arrows go from one to the next, Enter opens the menu of the one that has the focus. */
import type { KeyboardEvent } from 'react'

const line = '.bubble-line'

/** Puts the keyboard on the newest message in sight; false: there is none. */
export function focusNewestMessage(): boolean {
  const newest = [...document.querySelectorAll<HTMLElement>(`.messages ${line}`)].at(-1)
  newest?.focus()
  return newest !== undefined
}

export function onMessageKey(event: KeyboardEvent<HTMLElement>): void {
  const { target } = event
  if (!(target instanceof HTMLElement) || !target.matches(line)) return
  const lines = [...event.currentTarget.querySelectorAll<HTMLElement>(line)]
  const at = lines.indexOf(target)
  if (event.key === 'ArrowUp') lines[at - 1]?.focus()
  else if (event.key === 'ArrowDown' && lines[at + 1]) lines[at + 1]?.focus()
  else if (event.key === 'ArrowDown' || event.key === 'Escape') {
    document.querySelector<HTMLElement>('.composer textarea')?.focus()
  } else if (event.key === 'Enter' || event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
    target.querySelector<HTMLElement>('.bubble-menu')?.click()
  } else return
  event.preventDefault()
}
