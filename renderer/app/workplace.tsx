/** The open window: rail, list, conversation and status bar, and the keys that work everywhere in it. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { useStore, type StoreApi } from 'zustand'
import type { StatusView } from '../../shared/contracts/window.ts'
import { PairingPanel } from '../accounts/pairing-panel.tsx'
import { Rail } from '../accounts/rail.tsx'
import { Conversation } from '../conversation/conversation.tsx'
import { Inbox } from '../inbox/inbox.tsx'
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
  const filter = useStore(inbox, (state) => state.filter)
  const conversations = useStore(inbox, (state) => state.conversations)
  const question = useStore(search, (state) => state.text)
  const pairingAccount = useStore(pairing, (state) => state.account)
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

  const linking = status.accounts.find((account) => account.id === pairingAccount)
  return (
    <>
      <div className="workplace" inert={linking !== undefined} data-testid="workplace">
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
          sendNew={(account, address, text) => session.call('send.new', { account, address, text })}
        />
        <Conversation conversation={conversation} accounts={status.accounts} now={now} lookedAt={lookedAt} />
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
      {linking && <PairingPanel account={linking} pairing={pairing} now={now} />}
    </>
  )
}
