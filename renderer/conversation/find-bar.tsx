/** Search within the open conversation: from the newest place to older ones and back. */
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { StoreApi } from 'zustand'
import { Icon } from '../design/icons.tsx'
import { useReturnFocus } from '../design/return-focus.ts'
import type { OpenConversation } from './conversation-store.ts'

interface Found {
  text: string
  messages: readonly string[]
  at: number
}

export function FindBar({ conversation }: { conversation: StoreApi<OpenConversation> }) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [found, setFound] = useState<Found | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const turn = useRef(0)
  useReturnFocus()
  useEffect(() => field.current?.focus(), [])
  const { find, jump, setFinding } = conversation.getState()

  const show = (next: Found): void => {
    setFound(next)
    const message = next.messages[next.at]
    if (message) void jump(message)
  }
  const ask = async (): Promise<void> => {
    const mine = ++turn.current
    const messages = await find(text).catch(() => [])
    if (mine === turn.current) show({ text, messages, at: 0 })
  }
  const step = (by: number): void => {
    if (!found || found.text !== text) return void ask()
    const at = found.at + by
    if (found.messages[at]) show({ ...found, at })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape') setFinding(false)
    else if (event.key === 'Enter') step(event.shiftKey ? -1 : 1)
    else if (event.key === 'ArrowUp') step(1)
    else if (event.key === 'ArrowDown') step(-1)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const count = found?.text === text ? found.messages.length : null
  return (
    <div className="find" role="search" onKeyDown={onKeyDown} data-testid="find">
      <Icon name="search" size={18} />
      <input
        ref={field}
        value={text}
        maxLength={200}
        autoComplete="off"
        placeholder={t('find.label')}
        aria-label={t('find.label')}
        onChange={(event) => setText(event.target.value)}
        data-testid="find-field"
      />
      <span className="find-count" role="status" data-testid="find-count">
        {count === 0 && text.trim() !== '' && t('find.none')}
        {count !== null && count > 0 && t('find.count', { at: (found?.at ?? 0) + 1, count })}
      </span>
      <Step label={t('find.older')} icon="left" onPress={() => step(1)} testId="find-older" />
      <Step label={t('find.newer')} icon="right" onPress={() => step(-1)} testId="find-newer" />
      <Step label={t('find.close')} icon="close" onPress={() => setFinding(false)} testId="find-close" />
    </div>
  )
}

function Step(props: { label: string; icon: 'left' | 'right' | 'close'; onPress(): void; testId: string }) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={props.label}
      title={props.label}
      onClick={props.onPress}
      data-testid={props.testId}
    >
      <Icon name={props.icon} size={18} />
    </button>
  )
}
