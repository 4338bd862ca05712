/** The conversation pane: who it is with, the messages, the composer. */
import { useEffect, useRef, type FormEvent, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { AccountView } from '../../shared/contracts/window.ts'
import { Avatar } from '../design/avatar.tsx'
import { Icon } from '../design/icons.tsx'
import { stateWords } from '../strings/account-words.ts'
import { errorText } from '../strings/errors.ts'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import type { OpenConversation } from './conversation-store.ts'
import { Messages } from './messages.tsx'
import './conversation.css'

export interface ConversationProps {
  conversation: StoreApi<OpenConversation>
  accounts: readonly AccountView[]
  now: number
  lookedAt: boolean
}

export function Conversation({ conversation, accounts, now, lookedAt }: ConversationProps) {
  const { t } = useTranslation()
  const { id, view, failure } = useStore(conversation)
  if (id === null) {
    return (
      <main className="conversation-none">
        <p>{t('conversation.none')}</p>
        <p>{t('conversation.noneHint')}</p>
      </main>
    )
  }
  if (!view) {
    return (
      <main className="conversation-none" data-testid="conversation-opening">
        <p role="status">{failure ? t('conversation.failed') : t('conversation.loading')}</p>
        {failure && <p>{errorText(t, failure.code)}</p>}
      </main>
    )
  }
  const account = accounts.find((candidate) => candidate.id === view.account)
  const title = safeLine(view.title) || t('inbox.noName')
  return (
    <main className="conversation" data-testid="conversation" data-id={id} data-title={view.title}>
      <header className="conversation-head">
        <Avatar conversation={view} small />
        <div className="conversation-who">
          <h1 className="one-line">
            <Line text={title} />
          </h1>
          <p className="one-line conversation-sub">
            {view.subtitle && (
              <>
                <Line text={view.subtitle} /> ·{' '}
              </>
            )}
            {t(`channel.${view.channel}`)}
            {account && (
              <>
                {' · '}
                <Line text={account.name} />
              </>
            )}
          </p>
        </div>
      </header>
      <Messages key={id} conversation={conversation} title={title} now={now} lookedAt={lookedAt} />
      <Composer conversation={conversation} account={account} />
    </main>
  )
}

function Composer(props: { conversation: StoreApi<OpenConversation>; account: AccountView | undefined }) {
  const { t, i18n } = useTranslation()
  const { id, drafts, failure, setDraft, send } = useStore(props.conversation)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus(), [id])
  const text = (id === null ? undefined : drafts.get(id)) ?? ''
  const { account } = props

  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    void send()
    field.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    // An input method's Enter takes a suggestion; it does not send.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    submit()
  }
  return (
    <>
      {account && account.state !== 'live' && account.state !== 'silent' && (
        <p className="note conversation-note" data-testid="account-not-running">
          {t('conversation.notRunning', {
            name: safeLine(account.name, 60),
            state: stateWords(t, i18n.language, account),
          })}
        </p>
      )}
      {failure && (
        <p className="note note-danger conversation-note" role="alert" data-testid="send-error">
          {errorText(t, failure.code)}
        </p>
      )}
      <form className="composer" onSubmit={submit}>
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={t('conversation.composer')}
          aria-label={t('conversation.composer')}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={onKeyDown}
          data-testid="composer"
        />
        <button
          type="submit"
          className="composer-send"
          aria-label={t('conversation.send')}
          title={t('conversation.send')}
          disabled={!text.trim()}
          data-testid="send"
        >
          <Icon name="send" size={22} />
        </button>
      </form>
    </>
  )
}
