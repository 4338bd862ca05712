/** Decides what the page shows: nothing yet, the lock alone, or the workplace. */
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { Preferences } from '../preferences/preferences-store.ts'
import { Unlock } from '../unlock/unlock.tsx'
import type { Session } from './session.ts'
import { Workplace } from './workplace.tsx'
import './app.css'

export function App({ session, preferences }: { session: Session; preferences: StoreApi<Preferences> }) {
  const { t } = useTranslation()
  const { status, connected } = useStore(session.presence)
  if (!status) {
    return (
      <p className="starting" role="status" data-testid="starting">
        {t('app.starting')}
      </p>
    )
  }
  return (
    <>
      {status.lock === 'open' && status.enrolled ? (
        <Workplace session={session} preferences={preferences} status={status} />
      ) : (
        <Unlock status={status} call={session.call} onUnlocked={session.refreshStatus} />
      )}
      {!connected && (
        <p className="reconnecting" role="status" data-testid="reconnecting">
          {/* Before the set-up there is nothing that could be lost: a link starts the engine anew with its code. */}
          {t(status.enrolled ? 'app.reconnecting' : 'app.starting')}
        </p>
      )}
    </>
  )
}
