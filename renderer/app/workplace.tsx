/** The open window: rail, list, conversation and status bar, and the keys that work everywhere in it. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { useStore, type StoreApi } from 'zustand'
import type { StatusView } from '../../shared/contracts/window.ts'
import { AccountPage } from '../accounts/account-page.tsx'
import { PairingPanel } from '../accounts/pairing-panel.tsx'
import { Rail } from '../accounts/rail.tsx'
import { ColleagueMark, useTellLooks } from '../conversation/colleagues/colleague-parts.tsx'
import { Conversation } from '../conversation/conversation.tsx'
import { GroupPanel } from '../group/group-panel.tsx'
import { Inbox } from '../inbox/inbox.tsx'
import { MediaContext } from '../media/use-media.ts'
import { Menu } from '../preferences/menu.tsx'
import type { Preferences } from '../preferences/preferences-store.ts'
import { SearchField, SearchResults } from '../search/search.tsx'
import { StatusBar } from '../status-bar/status-bar.tsx'
import { useLookedAt, useNow } from './looked-at.ts'
import type { Session } from './session.ts'
import { useShortcuts } from './shortcuts.ts'

export interface WorkplaceProps {
  session: Session
  preferences: StoreApi<Preferences>
  status: StatusView
}

export function Workplace({ session, preferences, status }: WorkplaceProps) {
  const { presence, inbox, conversation, pairing, search } = session
  const now = useNow(useStore(presence, (state) => state.clockOffsetMs))
  const lookedAt = useLookedAt()
  useTellLooks(session.colleagues, lookedAt)
  const filter = useStore(inbox, (state) => state.filter)
  const conversations = useStore(inbox, (state) => state.conversations)
  const question = useStore(search, (state) => state.text)
  const pairingAccount = useStore(pairing, (state) => state.account)
  const group = useStore(session.group)
  const pageAccount = useStore(session.accountPage, (state) => state.account)
  const open = useStore(conversation, (state) => state.view)
  const [menuOpen, setMenuOpen] = useState(false)
  const closeMenu = useCallback(() => setMenuOpen(false), [])
  const searchField = useRef<HTMLInputElement>(null)

  const lock = useCallback(
    (kind: 'screen' | 'key') => {
      setMenuOpen(false)
      void session.call('lock', { kind }).then(session.refreshStatus, () => undefined)
    },
    [session],
  )
  useShortcuts(session, { focusSearch: () => searchField.current?.select(), lock: () => lock('screen') })
  useEffect(() => {
    const unread = status.accounts.reduce((sum, account) => sum + account.unread, 0)
    document.title = unread > 0 ? `(${unread}) Sealdesk` : 'Sealdesk'
    return () => {
      document.title = 'Sealdesk'
    }
  }, [status.accounts])

  const managed = status.accounts.find((account) => account.id === pageAccount)
  const linking = status.accounts.find((account) => account.id === pairingAccount)
  return (
    <>
      <div
        className="workplace"
        inert={linking !== undefined || managed !== undefined}
        data-group={group.panel && open?.group === true}
        data-testid="workplace"
      >
        <Rail
          accounts={status.accounts}
          selected={filter.account}
          onSelect={(account) => inbox.getState().setFilter({ account })}
          menuOpen={menuOpen}
          onMenu={() => setMenuOpen(!menuOpen)}
        />
        <Inbox
          inbox={inbox}
          accounts={status.accounts}
          now={now}
          mark={(view) => <ColleagueMark colleagues={session.colleagues} view={view} />}
          searchField={<SearchField search={search} field={searchField} />}
          searchResults={
            question.trim() === '' ? null : (
              <SearchResults
                search={search}
                conversations={conversations.values()}
                now={now}
                onOpen={(id, message) => session.openConversation(id, message)}
              />
            )
          }
          onOpen={(id) => session.openConversation(id)}
          onLink={(account) => pairing.getState().openFor(account)}
          onAccount={(account) => session.accountPage.getState().openFor(account)}
          sendNew={(account, address, text) => session.call('send.new', { account, address, text })}
        />
        <MediaContext value={session.media}>
          <Conversation
            conversation={conversation}
            composer={session.composer}
            colleagues={session.colleagues}
            accounts={status.accounts}
            conversations={conversations}
            group={group.view}
            groupOpen={group.panel}
            onGroup={() => group.setPanel(!group.panel)}
            onForward={session.forward}
            now={now}
            lookedAt={lookedAt}
          />
        </MediaContext>
        {group.panel && open?.group && (
          <GroupPanel
            key={open.id}
            group={session.group}
            channel={open.channel}
            onCopy={(text) => void navigator.clipboard.writeText(text).catch(() => undefined)}
          />
        )}
        <StatusBar status={status} now={now} />
        {menuOpen && (
          <Menu
            preferences={preferences}
            who={[status.employee, status.company].filter((name) => name !== null && name !== '').join(' · ')}
            onLock={lock}
            onClose={closeMenu}
          />
        )}
      </div>
      {managed && !linking && (
        <AccountPage
          account={managed}
          page={session.accountPage}
          now={now}
          onLink={(account) => {
            session.accountPage.getState().close()
            pairing.getState().openFor(account)
          }}
        />
      )}
      {linking && <PairingPanel account={linking} pairing={pairing} now={now} />}
    </>
  )
}
