/** Where quick replies are written, changed and thrown away. */
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { QuickReply } from '../../../shared/contracts/own-desk.ts'
import { Dialog } from '../../design/dialog.tsx'
import { Icon } from '../../design/icons.tsx'
import { errorText } from '../../strings/errors.ts'
import { Line } from '../../text/text-views.tsx'
import type { QuickReplies } from './quick-reply-store.ts'

const blank: QuickReply = { name: '', text: '' }

export function QuickReplyDialog({ quick, onClose }: { quick: StoreApi<QuickReplies>; onClose(): void }) {
  const { t } = useTranslation()
  const { replies, failure, keep, drop } = useStore(quick)
  const [written, setWritten] = useState(blank)
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (await keep({ name: written.name.trim(), text: written.text })) setWritten(blank)
  }
  return (
    <Dialog title={t('quick.title')} onClose={onClose} testId="quick" wide>
      <p className="quick-hint">{t('quick.hint')}</p>
      {replies.length > 0 && (
        <ul className="quick-kept">
          {replies.map((reply) => (
            <li key={reply.name}>
              <button type="button" className="quick-open" onClick={() => setWritten(reply)}>
                <strong className="quick-name">/{reply.name}</strong>
                <span className="one-line quick-text">
                  <Line text={reply.text.slice(0, 200)} />
                </span>
              </button>
              <button
                type="button"
                className="icon-button"
                aria-label={t('quick.drop', { name: reply.name })}
                title={t('quick.drop', { name: reply.name })}
                onClick={() => void drop(reply.name)}
              >
                <Icon name="trash" size={18} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label className="field">
          {t('quick.name')}
          <input
            autoFocus
            value={written.name}
            maxLength={32}
            pattern="[^\s\/]+"
            required
            autoComplete="off"
            onChange={(event) => setWritten({ ...written, name: event.target.value.replace(/[\s/]/gu, '') })}
            data-testid="quick-name"
          />
        </label>
        <label className="field">
          {t('quick.text')}
          <textarea
            rows={4}
            value={written.text}
            maxLength={4_096}
            required
            onChange={(event) => setWritten({ ...written, text: event.target.value })}
            data-testid="quick-text"
          />
        </label>
        {failure && (
          <p className="note note-danger" role="alert">
            {errorText(t, failure)}
          </p>
        )}
        <div className="dialog-actions">
          <button type="submit" className="button" data-testid="quick-keep">
            {t('quick.keep')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
