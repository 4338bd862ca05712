/** The conversation pane: who it is with, the messages, the composer, and what opens over them. */
import { useCallback, useMemo, useRef, useState, type DragEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { Warning } from '../../shared/contracts/colleague-desk.ts'
import type { AccountView, ConversationView, GroupView, MessageView } from '../../shared/contracts/window.ts'
import { Avatar } from '../design/avatar.tsx'
import { Confirm } from '../design/dialog.tsx'
import { Icon } from '../design/icons.tsx'
import { commandKey } from '../design/key-names.ts'
import { stateWords } from '../strings/account-words.ts'
import { errorText } from '../strings/errors.ts'
import { safeLine } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { HeadActivity } from './activity/activity-parts.tsx'
import type { CustomerActivity } from './activity/activity-store.ts'
import { ClaimButton, ColleagueLine, WarningPanel } from './colleagues/colleague-parts.tsx'
import type { Colleagues } from './colleagues/colleague-store.ts'
import { Composer } from './composer/composer.tsx'
import { mostFiles, type Composer as ComposerState } from './composer/composer-store.ts'
import type { QuickReplies } from './composer/quick-reply-store.ts'
import { readDraftFile } from './composer/read-file.ts'
import type { OpenConversation } from './conversation-store.ts'
import { DateDialog } from './dates/date-dialog.tsx'
import { FindBar } from './find-bar.tsx'
import { ForwardPanel } from './forward-panel.tsx'
import { MessageMenu } from './message-menu.tsx'
import { Messages } from './messages.tsx'
import { ToolsProvider, type Tools } from './tools.ts'
import { Viewer, isViewable } from './viewer.tsx'
import './conversation.css'

export interface ConversationProps {
  conversation: StoreApi<OpenConversation>
  composer: StoreApi<ComposerState>
  quick: StoreApi<QuickReplies>
  colleagues: StoreApi<Colleagues>
  activity: StoreApi<CustomerActivity>
  accounts: readonly AccountView[]
  /** Where something can be forwarded to. */
  conversations: ReadonlyMap<string, ConversationView>
  /** Of the open group, once it is known. */
  group: GroupView | null
  /** The group or the customer beside the conversation. */
  sideOpen: boolean
  onSide(): void
  /** Null: it went; else what speaks against it. */
  onForward(message: string, conversation: string, anyway: boolean): Promise<readonly Warning[] | null>
  /** Midnight of the present day, epoch ms. */
  today: number
  lookedAt: boolean
  /** In place of a conversation while none is open; null: the words that there is none. */
  welcome: ReactNode
}

export function Conversation(props: ConversationProps) {
  const { t } = useTranslation()
  const { id, view, failure } = useStore(props.conversation)
  if (id === null) {
    return (
      <main className="conversation-none">
        {props.welcome ?? (
          <>
            <p>{t('conversation.none')}</p>
            <p>{t('conversation.noneHint', { key: commandKey(t, 'K') })}</p>
          </>
        )}
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
  return <Open key={id} {...props} id={id} view={view} />
}

type Over =
  | { what: 'menu'; message: MessageView; at: { x: number; y: number } }
  | { what: 'viewer'; message: MessageView }
  | { what: 'forward'; message: MessageView }
  | { what: 'link'; address: string }

function Open(props: ConversationProps & { id: string; view: ConversationView }) {
  const { conversation, composer, id, view } = props
  const { t } = useTranslation()
  const [over, setOver] = useState<Over | null>(null)
  const { finding, dating } = useStore(conversation)
  const close = useCallback(() => setOver(null), [])
  const { channel, group } = view
  const tools = useMemo<Tools>(() => {
    const { jump, startDating, react, vote, fetchMedia, withdraw } = conversation.getState()
    return {
      channel,
      group,
      view: (message) => setOver({ what: 'viewer', message }),
      menu: (message, at) => setOver({ what: 'menu', message, at }),
      link: (address) => setOver({ what: 'link', address }),
      jump: (message) => void jump(message),
      date: (at) => void startDating(at),
      react: (message, emoji) => void react(message, emoji),
      vote: (message, options) => void vote(message, options),
      fetchMedia: (message) => void fetchMedia(message),
      withdraw: (message) => void withdraw(message),
      copy,
    }
  }, [conversation, channel, group])
  const [tooMany, setTooMany] = useState(false)
  const onFiles = useCallback(
    (files: readonly File[]) => {
      setTooMany(files.length > mostFiles)
      void Promise.all(files.slice(0, mostFiles).map(readDraftFile)).then((read) =>
        composer.getState().addFiles(read, id),
      )
    },
    [composer, id],
  )
  const drop = useDrop(onFiles)
  const title = safeLine(view.title) || t('inbox.noName')
  const account = props.accounts.find((candidate) => candidate.id === view.account)
  return (
    <ToolsProvider value={tools}>
      <main className="conversation" data-testid="conversation" data-id={id} data-title={view.title} {...drop.handlers}>
        <Head {...props} account={account} title={title} />
        {finding && <FindBar conversation={conversation} />}
        {dating && <DateDialog conversation={conversation} dating={dating} today={props.today} />}
        <Messages conversation={conversation} title={title} today={props.today} lookedAt={props.lookedAt} />
        <Notes conversation={conversation} account={account} tooMany={tooMany} />
        <WarningPanel
          colleagues={props.colleagues}
          onAnyway={() => void composer.getState().send(true)}
          onKeep={() => conversation.getState().fail(null)}
        />
        {props.group?.announce && !props.group.members.some((one) => one.self && one.role !== 'member') ? (
          <p className="composer composer-closed" data-testid="announce">
            {t('composer.announce')}
          </p>
        ) : (
          <Composer
            conversation={conversation}
            composer={composer}
            members={props.group?.members ?? noMembers}
            quick={props.quick}
            onFiles={onFiles}
          />
        )}
        {drop.over && <p className="drop-here">{t('composer.drop')}</p>}
      </main>
      <OverPane {...props} over={over} setOver={setOver} onClose={close} />
    </ToolsProvider>
  )
}

const noMembers: GroupView['members'] = []

function copy(text: string): void {
  // Refused only while the window is not in front; the next press works.
  navigator.clipboard.writeText(text).catch(() => undefined)
}

function OverPane(props: ConversationProps & { over: Over | null; setOver(over: Over): void; onClose(): void }) {
  const { t } = useTranslation()
  const { over, conversation, onClose } = props
  const messages = useStore(conversation, (state) => state.loaded.messages)
  switch (over?.what) {
    case 'menu':
      return (
        <MessageMenu
          message={messages.find((one) => one.id === over.message.id) ?? over.message}
          at={over.at}
          conversation={conversation}
          composer={props.composer}
          onForward={(message) => props.setOver({ what: 'forward', message })}
          onClose={onClose}
        />
      )
    case 'viewer':
      return (
        <Viewer
          message={over.message}
          all={messages.filter(isViewable)}
          onShow={(message) => props.setOver({ what: 'viewer', message })}
          onClose={onClose}
        />
      )
    case 'forward':
      return (
        <ForwardPanel
          conversations={props.conversations}
          accounts={props.accounts}
          onChoose={(target, anyway) => props.onForward(over.message.id, target, anyway)}
          onClose={onClose}
        />
      )
    case 'link':
      return (
        <Confirm
          title={t('message.linkTitle')}
          text={
            <>
              <p>{t('message.linkText')}</p>
              <p className="link-address" data-testid="link-address">
                {over.address}
              </p>
            </>
          }
          action={t('message.linkCopy')}
          onConfirm={() => copy(over.address)}
          onClose={onClose}
          testId="link"
        />
      )
    case undefined:
      return null
  }
}

function Head(props: ConversationProps & { view: ConversationView; account: AccountView | undefined; title: string }) {
  const { t } = useTranslation()
  const { view, account, group } = props
  const below = group && view.group ? t('group.members', { count: group.members.length }) : view.subtitle
  return (
    <header className="conversation-head">
      <Avatar conversation={view} small />
      <div className="conversation-who">
        <h1 className="one-line">
          <Line text={props.title} />
        </h1>
        <p className="one-line conversation-sub">
          <HeadActivity activity={props.activity} view={view} known={below} today={props.today} />
          {t(`channel.${view.channel}`)}
          {account && (
            <>
              {' · '}
              <Line text={account.name} />
            </>
          )}
        </p>
        <ColleagueLine colleagues={props.colleagues} id={view.id} />
      </div>
      <div className="conversation-actions">
        <ClaimButton colleagues={props.colleagues} view={view} />
        <button
          type="button"
          className="icon-button"
          aria-label={t('find.open')}
          title={`${t('find.open')} (${commandKey(t, 'F')})`}
          onClick={() => props.conversation.getState().setFinding(true)}
          data-testid="find-open"
        >
          <Icon name="search" size={21} />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={t(view.group ? 'group.open' : 'customer.show')}
          title={`${t(view.group ? 'group.open' : 'customer.show')} (${commandKey(t, 'I')})`}
          aria-expanded={props.sideOpen}
          onClick={props.onSide}
          data-testid={view.group ? 'group-open' : 'customer-open'}
        >
          <Icon name={view.group ? 'people' : 'person'} size={22} />
        </button>
      </div>
    </header>
  )
}

function Notes(props: {
  conversation: StoreApi<OpenConversation>
  account: AccountView | undefined
  tooMany: boolean
}) {
  const { t, i18n } = useTranslation()
  const failure = useStore(props.conversation, (state) => state.failure)
  const { account } = props
  return (
    <>
      {account && account.state !== 'live' && account.state !== 'silent' && (
        <p className="note conversation-note" data-testid="account-not-running">
          {t(account.state === 'elsewhere' ? 'colleague.through' : 'conversation.notRunning', {
            name: safeLine(account.name, 60),
            state: stateWords(t, i18n.language, account),
          })}
        </p>
      )}
      {props.tooMany && <p className="note conversation-note">{t('composer.tooMany', { count: mostFiles })}</p>}
      {failure && failure.code !== 'colleague_active' && (
        <p className="note note-danger conversation-note" role="alert" data-testid="send-error">
          {errorText(t, failure.code)}
        </p>
      )}
    </>
  )
}

/** Files that are dragged over the pane; entering a child leaves its parent, hence the count. */
function useDrop(onFiles: (files: readonly File[]) => void) {
  const [over, setOver] = useState(false)
  const depth = useRef(0)
  const carriesFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files')
  return {
    over,
    handlers: {
      onDragEnter(event: DragEvent) {
        if (!carriesFiles(event)) return
        event.preventDefault()
        depth.current += 1
        setOver(true)
      },
      onDragOver(event: DragEvent) {
        if (carriesFiles(event)) event.preventDefault()
      },
      onDragLeave(event: DragEvent) {
        if (!carriesFiles(event)) return
        depth.current -= 1
        if (depth.current <= 0) setOver(false)
      },
      onDrop(event: DragEvent) {
        if (!carriesFiles(event)) return
        event.preventDefault()
        depth.current = 0
        setOver(false)
        onFiles([...event.dataTransfer.files])
      },
    },
  }
}
