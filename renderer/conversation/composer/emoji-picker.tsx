/** Chooses one emoji. What was used last comes first, for as long as the window is open. */
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { emojiGroups } from './emoji-data.ts'
import './emoji-picker.css'

const mostRecent = 24
const recent = new Set<string>()

/** The newest last; what is too old falls out at the front. */
function remember(emoji: string): void {
  recent.delete(emoji)
  recent.add(emoji)
  const [oldest] = recent
  if (recent.size > mostRecent && oldest !== undefined) recent.delete(oldest)
}

const columns = 8

export function EmojiPicker({ onPick }: { onPick(emoji: string): void }) {
  const { t } = useTranslation()
  const [shownRecent] = useState(() => [...recent].reverse())
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => list.current?.querySelector<HTMLElement>('button')?.focus(), [])
  const pick = (emoji: string): void => {
    remember(emoji)
    onPick(emoji)
  }
  const groups = [
    ...(shownRecent.length > 0 ? [{ name: 'recent' as const, emoji: shownRecent.join(' ') }] : []),
    ...emojiGroups,
  ]
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const all = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])]
    const now = all.findIndex((one) => one === document.activeElement)
    all[Math.max(0, Math.min(all.length - 1, now + step))]?.focus()
  }
  return (
    <div className="emoji" ref={list} onKeyDown={onKeyDown} data-testid="emoji-picker">
      {groups.map((group) => (
        <section key={group.name}>
          <h3>{t(`emoji.${group.name}`)}</h3>
          <div className="emoji-grid">
            {group.emoji.split(' ').map((emoji) => (
              <button key={emoji} type="button" onClick={() => pick(emoji)} data-testid="emoji">
                {emoji}
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  )
}
