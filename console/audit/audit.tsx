/** The audit log, newest first: who did what to whom, when and why. */
import { Button, type TableColumnsType } from 'antd'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { useApi, type Answer } from '../app/api.ts'
import { DataTable } from '../elements/data-table.tsx'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { dateTime } from '../elements/time.tsx'
import { codedError, useLoad } from '../elements/use-load.ts'
import { useNames } from '../elements/use-names.ts'
import type { Viewer } from '../elements/viewer.ts'
import { actionText } from './action-text.ts'

type Log = Answer<'audit.list'>
type Entry = Log['entries'][number]

/** What the keeper writes for the commands on the vault's own machine. */
const atTheVault = 'local'

export function Audit(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const api = useApi()
  const names = useNames(props.viewer)
  const loaded = useLoad(useCallback(() => api.call('audit.list', { before: null }), [api]))
  return (
    <Page title={t('audit.title')} actions={<RefreshButton loaded={loaded} />}>
      {/* A refreshed first page starts the list anew: earlier pages would leave a gap below it. */}
      <WhenLoaded loaded={loaded}>
        {(first) => <Entries key={first.entries[0]?.seq ?? 0} first={first} names={names} />}
      </WhenLoaded>
    </Page>
  )
}

function Entries(props: { first: Log; names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation()
  const api = useApi()
  const [earlier, setEarlier] = useState<Log[]>([])
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<CodedError>()
  const columns = useColumns(props.names)
  const pages = [props.first, ...earlier]
  const before = pages.at(-1)?.before ?? null
  const rows = useMemo(
    () => [props.first, ...earlier].flatMap((page) => page.entries.map((entry) => ({ ...entry, id: entry.seq }))),
    [props.first, earlier],
  )
  const loadMore = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const page = await api.call('audit.list', { before })
      setEarlier((had) => [...had, page])
    } catch (thrown) {
      setError(codedError(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <DataTable
        kind="audit"
        label={t('audit.title')}
        rows={rows}
        columns={columns}
        empty={t('audit.empty')}
        wholeList
      />
      {error && <ErrorNotice error={error} />}
      <div className="more">
        {before !== null ? (
          <Button loading={busy} onClick={() => void loadMore()} data-testid="audit-more">
            {t('action.loadMore')}
          </Button>
        ) : (
          rows.length > 0 && <span className="quiet">{t('audit.end')}</span>
        )}
      </div>
    </>
  )
}

function useColumns(names: ReadonlyMap<string, string>): TableColumnsType<Entry & { id: number }> {
  const { t, i18n } = useTranslation()
  return useMemo(
    () => [
      {
        title: t('audit.at'),
        key: 'at',
        render: (_, row) => <time className="moment">{dateTime(i18n.language, row.at)}</time>,
      },
      {
        title: t('audit.actor'),
        key: 'actor',
        render: (_, row) => <Isolated>{row.actor === atTheVault ? t('audit.local') : row.actor}</Isolated>,
      },
      {
        title: t('audit.action'),
        key: 'action',
        render: (_, row) => {
          const text = actionText(row.action)
          return (
            <span data-action={row.action} title={row.action}>
              {text ? t(`auditAction.${text}`) : <code>{row.action}</code>}
            </span>
          )
        },
      },
      {
        title: t('audit.subject'),
        key: 'subject',
        render: (_, row) =>
          row.subject === null ? (
            <span className="quiet">–</span>
          ) : (
            <span title={row.subject}>
              <Isolated>{names.get(row.subject) ?? row.subject}</Isolated>
            </span>
          ),
      },
      {
        title: t('audit.reason'),
        key: 'reason',
        render: (_, row) =>
          row.reason === null ? (
            <span className="quiet">–</span>
          ) : (
            <div className="cell-reason">
              <Isolated most={600}>{row.reason}</Isolated>
            </div>
          ),
      },
    ],
    [t, i18n.language, names],
  )
}
