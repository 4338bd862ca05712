/** Chooses the conversation to which a message is forwarded. */
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Warning } from '../../shared/contracts/colleague-desk.ts'
import type { AccountView, ConversationView } from '../../shared/contracts/window.ts'
import { Avatar } from '../design/avatar.tsx'
import { Dialog } from '../design/dialog.tsx'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { WarningList } from './colleagues/colleague-parts.tsx'

export interface ForwardPanelProps {
  conversations: ReadonlyMap<string, ConversationView>
  accounts: readonly AccountView[]
  /** Null: it went; else what speaks against it. */
  onChoose(conversation: string, anyway: boolean): Promise<readonly Warning[] | null>
  onClose(): void
}

/** More are found by typing. */
const mostShown = 60

export function findTargets(conversations: Iterable<ConversationView>, text: string): ConversationView[] {
  const wanted = text.trim().toLocaleLowerCase()
  return [...conversations]
    .filter((one) => safeLine(one.title).toLocaleLowerCase().includes(wanted))
    .sort((a, b) => b.lastAt - a.lastAt)
    .slice(0, mostShown)
}

export function ForwardPanel({ conversations, accounts, onChoose, onClose }: ForwardPanelProps) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const found = useMemo(() => findTargets(conversations.values(), text), [conversations, text])
  const names = new Map(accounts.map((account) => [account.id, account.name]))
  const [held, setHeld] = useState<{ conversation: string; warnings: readonly Warning[] } | null>(null)
  const choose = async (conversation: string, anyway: boolean): Promise<void> => {
    const warnings = await onChoose(conversation, anyway)
    if (warnings) setHeld({ conversation, warnings })
    else onClose()
  }
  if (held) {
    return (
      <Dialog title={t('forward.title')} onClose={onClose} testId="forward">
        <div className="note note-danger" role="alert" data-testid="forward-warning">
          <p>
            <Line text={conversations.get(held.conversation)?.title ?? ''} fallback={t('inbox.noName')} />
          </p>
          <WarningList warnings={held.warnings} />
        </div>
        <div className="dialog-actions">
          <button
            type="button"
            className="button button-quiet"
            onClick={() => setHeld(null)}
            data-testid="forward-back"
          >
            {t('dialog.cancel')}
          </button>
          <button
            type="button"
            className="button"
            onClick={() => void choose(held.conversation, true)}
            data-testid="forward-anyway"
          >
            {t('colleague.sendAnyway')}
          </button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={t('forward.title')} onClose={onClose} testId="forward">
      <label className="field">
        <span className="unseen">{t('forward.search')}</span>
        <input
          autoFocus
          value={text}
          placeholder={t('forward.search')}
          onChange={(event) => setText(event.target.value)}
          maxLength={100}
          autoComplete="off"
          data-testid="forward-search"
        />
      </label>
      <div className="forward-list">
        {found.map((one) => (
          <button
            key={one.id}
            type="button"
            className="forward-row"
            onClick={() => void choose(one.id, false)}
            data-testid="forward-target"
            data-title={one.title}
          >
            <Avatar conversation={one} small />
            <span className="forward-words">
              <span className="one-line">
                <Line text={one.title} fallback={t('inbox.noName')} />
              </span>
              <span className="one-line forward-account">
                <Line text={names.get(one.account) ?? t(`channel.${one.channel}`)} />
              </span>
            </span>
          </button>
        ))}
        {found.length === 0 && <p className="forward-account">{t('forward.nothing')}</p>}
      </div>
    </Dialog>
  )
}
