/** The company's policy: what holds now, the next one, and every one before it with what it changed. */
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { useApi } from '../app/api.ts'
import { Icon } from '../elements/icon.tsx'
import { Isolated } from '../elements/isolated.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { Moment } from '../elements/time.tsx'
import { useQuery } from '../elements/use-query.ts'
import type { Viewer } from '../elements/viewer.ts'
import { ChangePolicy } from './change-policy.tsx'
import { flatten, type Change, changesBetween } from './policy-diff.ts'
import './settings.css'

type Version = Answer<'policy.list'>['versions'][number]

export function Settings(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const loaded = useQuery('policy.list', { before: null })
  const [changing, setChanging] = useState(false)
  const current = loaded.data?.versions[0]
  return (
    <Page
      title={t('settings.title')}
      actions={
        <>
          <RefreshButton loaded={loaded} />
          {props.viewer.may('policy.change') && current?.fields && (
            <Button type="primary" onClick={() => setChanging(true)} data-testid="policy-change">
              {t('settings.change')}
            </Button>
          )}
        </>
      }
    >
      <WhenLoaded loaded={loaded}>
        {(page) => (
          <>
            {page.versions[0] && <Current version={page.versions[0]} />}
            <History key={page.versions[0]?.number ?? 0} first={page} />
          </>
        )}
      </WhenLoaded>
      {changing && current?.fields && (
        <ChangePolicy
          number={current.number}
          fields={current.fields}
          close={() => setChanging(false)}
          changed={loaded.reload}
        />
      )}
    </Page>
  )
}

function Current({ version }: { version: Version }) {
  const { t } = useTranslation()
  const name = useFieldName()
  return (
    <section className="panel" aria-labelledby="policy-now">
      <h2 id="policy-now">{t('settings.now', { number: version.number })}</h2>
      {version.fields === null ? (
        <p className="panel-calm">{t('settings.unreadable')}</p>
      ) : (
        <dl className="policy-fields" data-testid="policy-current" data-number={version.number}>
          {[...flatten(version.fields)].map(([field, value]) => (
            <div key={field} data-field={field}>
              <dt>{name(field)}</dt>
              <dd>
                <Value value={value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}

function History(props: { first: Answer<'policy.list'> }) {
  const { t } = useTranslation()
  const api = useApi()
  const [pages, setPages] = useState([props.first])
  const versions = pages.flatMap((page) => page.versions)
  const before = pages.at(-1)?.before ?? null
  const loadMore = async () => {
    const page = await api.call('policy.list', { before })
    setPages((had) => [...had, page])
  }
  return (
    <section className="panel" aria-labelledby="policy-history">
      <h2 id="policy-history">{t('settings.history')}</h2>
      <ol className="policy-history">
        {versions.map((version, index) => (
          <li key={version.number} data-testid={`policy-${version.number}`}>
            <div className="policy-head">
              <strong>{t('settings.number', { number: version.number })}</strong>
              <Moment at={version.issuedAt} />
              <Isolated>{version.by === 'local' ? t('audit.local') : version.by}</Isolated>
            </div>
            {version.reason !== null && (
              <p className="policy-reason">
                <Isolated most={600}>{version.reason}</Isolated>
              </p>
            )}
            <Changes
              changes={changesBetween(versions[index + 1]?.fields ?? null, version.fields)}
              isFirst={version.number === 1}
            />
          </li>
        ))}
      </ol>
      {before !== null && (
        <div className="more">
          <Button onClick={() => void loadMore()} data-testid="policy-more">
            {t('action.loadMore')}
          </Button>
        </div>
      )}
    </section>
  )
}

function Changes(props: { changes: Change[]; isFirst: boolean }) {
  const { t } = useTranslation()
  const name = useFieldName()
  if (props.isFirst) return <p className="quiet">{t('settings.first')}</p>
  if (props.changes.length === 0) return <p className="quiet">{t('settings.noDifference')}</p>
  return (
    <ul className="policy-changes">
      {props.changes.map(({ field, before, after }) => (
        <li key={field}>
          {name(field)}: <Value value={before} /> <Icon name="right" size={11} /> <Value value={after} />
        </li>
      ))}
    </ul>
  )
}

function Value({ value }: { value: string | number | boolean | null }) {
  const { t, i18n } = useTranslation()
  if (value === null) return <span className="quiet">–</span>
  if (value === 'everybody' || value === 'answers' || value === 'nobody')
    return <span>{t(`settings.to.${value}`)}</span>
  if (typeof value === 'boolean') return <span>{value ? t('settings.on') : t('settings.off')}</span>
  return <span>{typeof value === 'number' ? value.toLocaleString(i18n.language) : value}</span>
}

/** A field that this console has no words for is shown by its own name. */
function useFieldName(): (field: string) => string {
  const { t } = useTranslation()
  const known: Record<string, string> = {
    'offline.hours': t('settings.field.offlineHours'),
    'offline.days': t('settings.field.offlineDays'),
    'send.afterVault': t('settings.field.sendAfterVault'),
    'send.to': t('settings.field.sendTo'),
  }
  return (field) => (Object.hasOwn(known, field) ? known[field]! : field)
}
