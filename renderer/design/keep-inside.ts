/** Keeps Tab within a panel that covers the page. */
import type { KeyboardEvent } from 'react'

const reachable = 'button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [tabindex="0"]'

/** For the panel's keydown; does nothing for other keys. */
export function keepInside(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'Tab') return
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(reachable)]
  const [first, last] = [all[0], all.at(-1)]
  const at = document.activeElement
  if (event.shiftKey ? at === first || at === event.currentTarget : at === last) {
    event.preventDefault()
    ;(event.shiftKey ? last : first)?.focus()
  }
}
