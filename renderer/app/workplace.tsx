/** The open window: rail, list, conversation and status bar, and the keys that work everywhere in it. */
import { useCallback, useEffect, useRef, useState, type ReactNode, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { StatusView } from '../../shared/contracts/window.ts'
import { AccountPage } from '../accounts/account-page.tsx'
import { PairingPanel } from '../accounts/pairing-panel.tsx'
import { Rail } from '../accounts/rail.tsx'
import { RowActivity } from '../conversation/activity/activity-parts.tsx'
import { ColleagueMark, useTellLooks, WarningList } from '../conversation/colleagues/colleague-parts.tsx'
import { Conversation } from '../conversation/conversation.tsx'
import { CustomerPanel } from '../customer/customer-panel.tsx'
import { GroupPanel } from '../group/group-panel.tsx'
import { Inbox } from '../inbox/inbox.tsx'
import { UploadContext } from '../media/upload-store.ts'
import { MediaContext } from '../media/use-media.ts'
import { Palette } from '../palette/palette.tsx'
import { Menu } from '../preferences/menu.tsx'
import { useTellWatched } from '../preferences/notification-store.ts'
import type { Preferences } from '../preferences/preferences-store.ts'
import { ShortcutSheet } from '../preferences/shortcut-sheet.tsx'
import { SearchField, SearchResults } from '../search/search.tsx'
import { StatusBar } from '../status-bar/status-bar.tsx'
import { Tour } from '../tour/tour.tsx'
import { useLookedAt } from './looked-at.ts'
import { paletteEntries } from './palette-entries.ts'
import { Each, useToday } from './present.tsx'
import type { Session } from './session.ts'
import { useShortcuts, type Shortcuts } from './shortcuts.ts'

export interface WorkplaceProps {
  session: Session
  preferences: StoreApi<Preferences>
  status: StatusView
}

const secondMs = 1_000
/** Ages in the status bar: an idle window is not woken for less. */
const ageStepMs = 10_000

type Over = 'menu' | 'palette' | 'sheet'

export function Workplace({ session, preferences, status }: WorkplaceProps) {
  const { presence, inbox, pairing } = session
  const offsetMs = useStore(presence, (state) => state.clockOffsetMs)
  const today = useToday(offsetMs)
  const account = useStore(inbox, (state) => state.filter.account)
  const pairingAccount = useStore(pairing, (state) => state.account)
  const pageAccount = useStore(session.accountPage, (state) => state.account)
  const toured = useStore(preferences, (state) => state.toured)
  const [over, setOver] = useState<Over | null>(null)
  const close = useCallback(() => setOver(null), [])
  const searchField = useRef<HTMLInputElement>(null)
  const lock = useCallback(
    (kind: 'screen' | 'key') => {
      setOver(null)
      void session.call('lock', { kind }).then(session.refreshStatus, () => undefined)
    },
    [session],
  )
  const side = useSide(session)
  const actions: Shortcuts = {
    palette: () => setOver('palette'),
    sheet: () => setOver('sheet'),
    focusSearch: () => searchField.current?.select(),
    side: side.toggle,
    tour: () => {
      setOver(null)
      session.closeConversation()
      preferences.getState().reopenTour()
    },
    lock: () => lock('screen'),
  }
  useShortcuts(session, actions)
  useLanguageTold(session, preferences)

  const managed = status.accounts.find((one) => one.id === pageAccount)
  const linking = status.accounts.find((one) => one.id === pairingAccount)
  return (
    <>
      <div
        className="workplace"
        inert={linking !== undefined || managed !== undefined}
        data-side={side.shown !== null}
        data-testid="workplace"
      >
        <Rail
          accounts={status.accounts}
          selected={account}
          onSelect={(chosen) => inbox.getState().setFilter({ account: chosen })}
          menuOpen={over === 'menu'}
          onMenu={() => setOver(over === 'menu' ? null : 'menu')}
        />
        <List session={session} accounts={status.accounts} today={today} searchField={searchField} />
        <Talk
          session={session}
          accounts={status.accounts}
          today={today}
          side={side}
          welcome={
            toured ? null : (
              <Tour
                onClose={() => {
                  preferences.getState().closeTour()
                  searchField.current?.focus()
                }}
              />
            )
          }
        />
        <Each stepMs={ageStepMs} offsetMs={offsetMs}>
          {(now) => <StatusBar status={status} now={now} />}
        </Each>
        {over === 'menu' && (
          <Menu
            preferences={preferences}
            notifications={session.notifications}
            who={[status.employee, status.company].filter((name) => name !== null && name !== '').join(' · ')}
            onLock={lock}
            onKeys={() => setOver('sheet')}
            onTour={actions.tour}
            onClose={close}
          />
        )}
        {over === 'palette' && (
          <PaletteOver session={session} accounts={status.accounts} actions={actions} onClose={close} />
        )}
        {over === 'sheet' && <ShortcutSheet onClose={close} />}
      </div>
      {managed && !linking && (
        <Each stepMs={secondMs} offsetMs={offsetMs}>
          {(now) => (
            <AccountPage
              account={managed}
              page={session.accountPage}
              now={now}
              onLink={(chosen) => {
                session.accountPage.getState().close()
                pairing.getState().openFor(chosen)
              }}
            />
          )}
        </Each>
      )}
      {linking && (
        <Each stepMs={secondMs} offsetMs={offsetMs}>
          {(now) => <PairingPanel account={linking} pairing={pairing} now={now} />}
        </Each>
      )}
    </>
  )
}

interface Side {
  /** What stands beside the conversation. */
  shown: 'group' | 'customer' | null
  toggle(): void
}

function useSide({ conversation, group, customer }: Session): Side {
  const ofGroup = useStore(conversation, (state) => state.view?.group ?? null)
  const groupPanel = useStore(group, (state) => state.panel)
  const customerPanel = useStore(customer, (state) => state.panel)
  const shown = ofGroup === null ? null : ofGroup ? groupPanel && 'group' : customerPanel && 'customer'
  const toggle = useCallback(() => {
    const { view } = conversation.getState()
    if (view?.group) group.getState().setPanel(!group.getState().panel)
    else if (view) void customer.getState().setPanel(!customer.getState().panel)
  }, [conversation, group, customer])
  return { shown: shown === false ? null : shown, toggle }
}

/** The desktop's notifications are worded outside this page. */
function useLanguageTold({ notifications }: Session, preferences: StoreApi<Preferences>): void {
  const language = useStore(preferences, (state) => state.language)
  useEffect(() => notifications.getState().setLanguage(language), [notifications, language])
}

interface PartProps {
  session: Session
  accounts: StatusView['accounts']
  today: number
}

function List({
  session,
  accounts,
  today,
  searchField,
}: PartProps & { searchField: RefObject<HTMLInputElement | null> }) {
  const { inbox, search, pairing } = session
  const conversations = useStore(inbox, (state) => state.conversations)
  const question = useStore(search, (state) => state.text)
  return (
    <Inbox
      inbox={inbox}
      accounts={accounts}
      today={today}
      mark={(view) => <ColleagueMark colleagues={session.colleagues} view={view} />}
      preview={(view, newest) => (
        <RowActivity activity={session.activity} view={view}>
          {newest}
        </RowActivity>
      )}
      onRows={session.activity.getState().showRows}
      searchField={<SearchField search={search} field={searchField} />}
      searchResults={
        question.trim() === '' ? null : (
          <SearchResults
            search={search}
            conversations={conversations.values()}
            today={today}
            onOpen={(id, message) => session.openConversation(id, message)}
          />
        )
      }
      onOpen={(id) => session.openConversation(id)}
      onDate={session.openDates}
      onLink={(account) => pairing.getState().openFor(account)}
      onAccount={(account) => session.accountPage.getState().openFor(account)}
      sendNew={session.sendNew}
      tellWarnings={(warnings) => <WarningList warnings={warnings} />}
    />
  )
}

function Talk({ session, accounts, today, side, welcome }: PartProps & { side: Side; welcome: ReactNode }) {
  const { conversation, inbox } = session
  const lookedAt = useLookedAt()
  useTellLooks(session.colleagues, lookedAt)
  const conversations = useStore(inbox, (state) => state.conversations)
  const group = useStore(session.group, (state) => state.view)
  const open = useStore(conversation, (state) => state.view)
  useTellWatched(session.notifications, lookedAt ? (open?.id ?? null) : null)
  return (
    <>
      <MediaContext value={session.media}>
        <UploadContext value={session.uploads}>
          <Conversation
            conversation={conversation}
            composer={session.composer}
            quick={session.quick}
            colleagues={session.colleagues}
            activity={session.activity}
            accounts={accounts}
            conversations={conversations}
            group={group}
            sideOpen={side.shown !== null}
            onSide={side.toggle}
            onForward={session.forward}
            today={today}
            lookedAt={lookedAt}
            welcome={welcome}
          />
        </UploadContext>
      </MediaContext>
      {side.shown === 'group' && open && (
        <GroupPanel
          key={open.id}
          group={session.group}
          channel={open.channel}
          onCopy={(text) => void navigator.clipboard.writeText(text).catch(() => undefined)}
        />
      )}
      {side.shown === 'customer' && (
        <CustomerPanel customer={session.customer} accounts={accounts} onOpen={(id) => session.openConversation(id)} />
      )}
    </>
  )
}

function PaletteOver(props: {
  session: Session
  accounts: StatusView['accounts']
  actions: Shortcuts
  onClose(): void
}) {
  const { t } = useTranslation()
  const { session, accounts, actions } = props
  // As they stand when it opens: rows must not move under the arrow keys.
  const [entries] = useState(() => paletteEntries(t, session, accounts, actions))
  return <Palette entries={entries} onClose={props.onClose} />
}
