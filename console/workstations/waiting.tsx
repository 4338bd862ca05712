/** What a workstation still holds and the vault lacks, as it told it last. */
import { useTranslation } from 'react-i18next'
import { byteSize } from '../elements/byte-size.ts'
import { useRelative, useWaited } from '../elements/time.tsx'
import type { Workstation } from './workstation.ts'

type Waiting = NonNullable<Workstation['waiting']>

/** “14 events and 1 file (32 kB)”; null: nothing waits. */
function useWhat(): (waiting: Waiting) => string | null {
  const { t, i18n } = useTranslation()
  return ({ events, files, bytes }) => {
    const parts = [
      ...(events > 0 ? [t('waiting.events', { count: events })] : []),
      ...(files > 0 ? [t('waiting.files', { count: files })] : []),
    ]
    if (parts.length === 0) return null
    const size = bytes > 0 ? ` (${byteSize(i18n.language, bytes)})` : ''
    return `${new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(parts)}${size}`
  }
}

export function WaitingCell({ row }: { row: Workstation }) {
  const { t } = useTranslation()
  const relative = useRelative()
  const waited = useWaited()
  const what = useWhat()
  const { waiting, connected } = row
  if (waiting === null) return <span className="quiet">{t('waiting.untold')}</span>
  const some = what(waiting)
  const notes = [
    ...(waiting.since === null ? [] : [t('waiting.oldest', { duration: waited(waiting.since) })]),
    ...(connected ? [] : [t('waiting.asOf', { relative: relative(waiting.toldAt) })]),
  ]
  return (
    <div
      className="cell-two"
      data-testid={`workstation-waiting-${row.id}`}
      data-events={waiting.events}
      data-files={waiting.files}
    >
      {some === null ? (
        <span className={connected ? 'status-good' : 'quiet'}>{t('waiting.none')}</span>
      ) : (
        <span className="status-waiting">{some}</span>
      )}
      {notes.length > 0 && <small>{notes.join(' · ')}</small>}
    </div>
  )
}

/** In the dialog before a revocation: what would be lost with the machine, and what would not. */
export function WaitingNotice({ workstation }: { workstation: Workstation }) {
  const { t } = useTranslation()
  const relative = useRelative()
  const what = useWhat()
  const { waiting, connected } = workstation
  const some = waiting && what(waiting)
  const text = (): string => {
    if (waiting === null) return t('waiting.revokeUntold')
    const at = relative(waiting.toldAt)
    if (some === null) return connected ? t('waiting.revokeNone') : t('waiting.revokeAwayNone', { relative: at })
    return connected
      ? t('waiting.revokeSome', { what: some })
      : t('waiting.revokeAwaySome', { what: some, relative: at })
  }
  return (
    <p
      className={some === null && connected ? 'revoke-waiting' : 'revoke-waiting revoke-waiting-some'}
      role="status"
      data-testid="revoke-waiting"
      data-events={waiting?.events}
    >
      {text()}
    </p>
  )
}
