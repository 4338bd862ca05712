/** The frame of an area: its title, what can be done there, and one of loading, failed or loaded. */
import { Button, Skeleton } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorNotice } from './error-notice.tsx'
import { Icon } from './icon.tsx'
import type { Loaded } from './use-load.ts'
import './page.css'

export function Page(props: { title: string; actions?: ReactNode; children: ReactNode; fill?: boolean }) {
  return (
    <section className={props.fill ? 'page page-fill' : 'page'}>
      <div className="page-head">
        <h1>{props.title}</h1>
        <div className="page-actions">{props.actions}</div>
      </div>
      {props.children}
    </section>
  )
}

export function RefreshButton(props: { loaded: Loaded<unknown> }) {
  const { t } = useTranslation()
  return (
    <Button
      type="text"
      icon={<Icon name="refresh" size={16} />}
      aria-label={t('action.refresh')}
      title={t('action.refresh')}
      onClick={props.loaded.reload}
      data-testid="refresh"
    />
  )
}

/** Shows `children` once something is there; an error afterwards stands above what was loaded before. */
export function WhenLoaded<T>(props: { loaded: Loaded<T>; children: (data: T) => ReactNode }) {
  const { data, error, reload } = props.loaded
  if (data === undefined)
    return error ? (
      <ErrorNotice error={error} retry={reload} />
    ) : (
      <Skeleton active title={false} paragraph={{ rows: 6 }} className="page-loading" />
    )
  return (
    <>
      {error && <ErrorNotice error={error} stale retry={reload} />}
      {props.children(data)}
    </>
  )
}
