/** Writes to somebody who is not in the list yet: account, address, first message. */
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Warning } from '../../shared/contracts/colleague-desk.ts'
import type { AccountView } from '../../shared/contracts/window.ts'
import { Choice } from '../design/choice.tsx'
import { useReturnFocus } from '../design/return-focus.ts'
import { codeOf, errorText } from '../strings/errors.ts'
import { safeLine } from '../text/safe-text.ts'
import { toAddress, type SendNew } from './send-new.ts'

export interface NewConversationProps {
  accounts: readonly AccountView[]
  preferred: string | null
  sendNew: SendNew
  /** What colleagues do there, in words. */
  tellWarnings(warnings: readonly Warning[]): ReactNode
  onDone(conversation: string | null): void
}

export function NewConversation({ accounts, preferred, sendNew, tellWarnings, onDone }: NewConversationProps) {
  const { t } = useTranslation()
  const [account, setAccount] = useState(preferred ?? accounts[0]?.id ?? '')
  const [address, setAddress] = useState('')
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  /** Why the message was held back; null: it was not. */
  const [held, setHeld] = useState<readonly Warning[] | null>(null)
  const first = useRef<HTMLInputElement>(null)
  useReturnFocus()
  useEffect(() => first.current?.focus(), [])
  const chosen = accounts.find((candidate) => candidate.id === account)

  const submit = async (anyway: boolean): Promise<void> => {
    if (!chosen || busy || !text.trim()) return
    setBusy(true)
    setProblem(null)
    setHeld(null)
    try {
      const sent = await sendNew(account, toAddress(chosen.channel, address), text, anyway)
      if ('conversation' in sent) return onDone(sent.conversation)
      setHeld(sent.warnings)
    } catch (error) {
      setProblem(codeOf(error))
    }
    setBusy(false)
  }
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void submit(false)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onDone(null)
  }
  return (
    <form className="inbox-new" onSubmit={onSubmit} onKeyDown={onKeyDown}>
      <Choice
        label={t('inbox.newAccount')}
        options={accounts.map((candidate) => ({ value: candidate.id, label: safeLine(candidate.name, 40) }))}
        value={account}
        onChange={(value) => {
          setAccount(value)
          setHeld(null)
        }}
        testId="new-account"
      />
      <label className="field">
        {t(chosen?.channel === 'telegram' ? 'inbox.newAddressTelegram' : 'inbox.newAddressWhatsapp')}
        <input
          ref={first}
          value={address}
          onChange={(event) => {
            setAddress(event.target.value)
            // Who is there was said of another address.
            setHeld(null)
          }}
          autoComplete="off"
          maxLength={40}
          required
          data-testid="new-address"
        />
      </label>
      <label className="field">
        {t('inbox.newText')}
        <textarea
          rows={3}
          value={text}
          onChange={(event) => setText(event.target.value)}
          required
          data-testid="new-text"
        />
      </label>
      {problem && (
        <p className="note note-danger" role="alert" data-testid="new-error">
          {errorText(t, problem)}
        </p>
      )}
      {held && (
        <div className="note note-danger" role="alert" data-testid="new-warning">
          <p>{errorText(t, 'colleague_active')}</p>
          {tellWarnings(held)}
        </div>
      )}
      <div className="inbox-new-actions">
        <button type="button" className="button button-quiet" onClick={() => onDone(null)}>
          {t('inbox.cancel')}
        </button>
        {held && (
          <button
            type="button"
            className="button button-quiet"
            disabled={busy}
            onClick={() => void submit(true)}
            data-testid="new-anyway"
          >
            {t('colleague.sendAnyway')}
          </button>
        )}
        <button type="submit" className="button" disabled={busy} data-testid="new-send">
          {t('inbox.newSend')}
        </button>
      </div>
    </form>
  )
}
