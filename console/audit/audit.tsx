/** The audit log, newest first: who did what, about what, when and why; narrowed by each of them, and taken along as a signed file. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { DataTable, type Column } from '../elements/data-table.tsx'
import { Choice, DayRange, Filters } from '../elements/filters.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { Pager } from '../elements/pager.tsx'
import { dateTime } from '../elements/time.tsx'
import { dayIn, useUrlState, type UrlState } from '../elements/url-state.ts'
import { nameOf, useNames, type Names } from '../elements/use-names.ts'
import { useQuery } from '../elements/use-query.ts'
import { actionText, actionTexts } from './action-text.ts'
import { ExportButton } from './export-button.tsx'

type Entry = Answer<'audit.list'>['entries'][number]

/** What the keeper writes for the commands on the vault's own machine. */
const atTheVault = 'local'
/** Entries of the keeper's page. */
const size = 100
const filters = ['actor', 'action', 'subject', 'from', 'until'] as const

export function Audit() {
  const { t } = useTranslation()
  const url = useUrlState()
  const names = useNames()
  const query = {
    actor: url.params.get('actor'),
    action: url.params.get('action'),
    subject: url.params.get('subject'),
    from: dayIn(url.params, 'from'),
    until: dayIn(url.params, 'until', 1),
  }
  const loaded = useQuery('audit.list', { ...query, before: seqIn(url.params) })
  const columns = useColumns(url)
  return (
    <Page
      title={t('audit.title')}
      actions={
        <>
          <ExportButton />
          <RefreshButton loaded={loaded} />
        </>
      }
    >
      <AuditFilters url={url} names={names} />
      <WhenLoaded loaded={loaded}>
        {({ entries, before }) => (
          <DataTable
            kind="audit"
            label={t('audit.title')}
            rows={entries.map((entry) => ({ ...entry, id: entry.seq }))}
            columns={columns}
            empty={t('audit.empty')}
            foot={
              <Pager
                url={url}
                shown={entries.length}
                after={before === null ? null : String(before)}
                total={null}
                size={size}
              />
            }
          />
        )}
      </WhenLoaded>
    </Page>
  )
}

/** Where the page before ended; null: the newest page, also for what is no number. */
function seqIn(params: URLSearchParams): number | null {
  const seq = params.get('after') ?? ''
  return /^\d{1,15}$/.test(seq) ? Number(seq) : null
}

function AuditFilters({ url, names }: { url: UrlState; names: Names }) {
  const { t } = useTranslation()
  const about = url.params.get('subject')
  return (
    <Filters url={url} names={filters}>
      <Choice
        url={url}
        name="actor"
        label={t('audit.actor')}
        all={t('audit.anybody')}
        options={[
          { value: atTheVault, label: t('audit.local') },
          ...[...names.employees, ...names.workstations].map((one) => ({ value: one.id, label: one.name })),
        ]}
      />
      <Choice
        url={url}
        name="action"
        label={t('audit.action')}
        all={t('audit.anything')}
        options={[...actionTexts].map(([value, text]) => ({ value, label: t(`auditShort.${text}`) }))}
      />
      <DayRange url={url} />
      {about !== null && (
        <span className="cell-tag" data-testid="audit-about">
          {t('audit.about', { subject: inSentence(nameOf(names, about) ?? about, 40) })}
        </span>
      )}
    </Filters>
  )
}

function useColumns(url: UrlState): Column<Entry & { id: number }>[] {
  const { t, i18n } = useTranslation()
  return useMemo(
    () => [
      {
        title: t('audit.at'),
        key: 'at',
        render: (row) => <time className="moment">{dateTime(i18n.language, row.at)}</time>,
      },
      { title: t('audit.action'), key: 'action', render: (row) => <Sentence row={row} /> },
      {
        title: t('audit.reason'),
        key: 'reason',
        render: (row) =>
          row.reason === null ? (
            <span className="quiet">–</span>
          ) : (
            <div className="cell-reason">
              <Isolated most={600}>{row.reason}</Isolated>
            </div>
          ),
      },
      {
        title: t('audit.subject'),
        key: 'subject',
        render: (row) => <Subject row={row} narrow={(subject) => url.filter({ subject })} />,
      },
    ],
    [t, i18n.language, url],
  )
}

function Sentence({ row }: { row: Entry }) {
  const { t } = useTranslation()
  const text = actionText(row.action)
  const actor = row.actor === atTheVault ? t('audit.localActor') : inSentence(row.actorName)
  const subject = inSentence(row.subjectName ?? row.subject?.slice(0, 8) ?? '–')
  return (
    <span data-action={row.action} title={row.action}>
      {text ? t(`auditAction.${text}`, { actor, subject }) : `${actor}: ${row.action}`}
    </span>
  )
}

function Subject(props: { row: Entry; narrow: (subject: string) => void }) {
  const { t } = useTranslation()
  const { subject, subjectName, action } = props.row
  if (subject === null) return <span className="quiet">–</span>
  const isConversation = action === 'conversation.read' || action === 'look.list'
  return (
    <span className="cell-actions">
      <button
        type="button"
        className="cell-link"
        title={t('audit.narrow')}
        onClick={() => props.narrow(subject)}
        data-testid="audit-narrow"
      >
        <Isolated>{subjectName ?? (subject.length > 12 ? `${subject.slice(0, 8)}…` : subject)}</Isolated>
      </button>
      {isConversation && <a href={`#/conversations/${subject}`}>{t('audit.open')}</a>}
    </span>
  )
}
