/** The first look of the day: how much there is, what waits, and what needs somebody. */
import { useCallback, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi, type Answer } from '../app/api.ts'
import { Icon } from '../elements/icon.tsx'
import { inSentence } from '../elements/isolated.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { Moment, useRelative } from '../elements/time.tsx'
import { useLoad } from '../elements/use-load.ts'
import { useNames } from '../elements/use-names.ts'
import type { Viewer } from '../elements/viewer.ts'
import { alertText } from './alert-text.ts'
import './overview.css'

type Figures = Answer<'overview.get'>

export function Overview(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const api = useApi()
  const names = useNames(props.viewer)
  const loaded = useLoad(
    useCallback(() => api.call('overview.get', {}), [api]),
    10_000,
  )
  return (
    <Page title={t('overview.title')} actions={<RefreshButton loaded={loaded} />}>
      <WhenLoaded loaded={loaded}>
        {(figures) => (
          <>
            <Cards figures={figures} viewer={props.viewer} />
            <Alerts alerts={figures.alerts} names={names} />
          </>
        )}
      </WhenLoaded>
    </Page>
  )
}

function Cards({ figures, viewer }: { figures: Figures; viewer: Viewer }) {
  const { t } = useTranslation()
  const { workstations, accounts } = figures
  return (
    <div className="cards">
      <Card
        id="employees"
        label={t('overview.employees')}
        value={figures.employees}
        href={viewer.may('employee.list') ? '#/employees' : undefined}
      />
      <Card
        id="workstations"
        label={t('overview.workstations')}
        value={workstations.active}
        href={viewer.may('workstation.list') ? '#/workstations' : undefined}
      >
        <span>
          <span className={workstations.connected > 0 ? 'dot dot-on' : 'dot'} />
          {t('overview.workstationsConnected', { connected: workstations.connected })}
        </span>
        {workstations.revoked > 0 && (
          <span>{t('overview.workstationsRevoked', { revoked: workstations.revoked })}</span>
        )}
      </Card>
      <Card
        id="accounts"
        label={t('overview.accounts')}
        value={accounts.all}
        href={viewer.may('account.list') ? '#/accounts' : undefined}
      >
        <span>
          <span className={accounts.running > 0 ? 'dot dot-on' : 'dot'} />
          {t('overview.accountsRunning', { running: accounts.running })}
        </span>
      </Card>
      <Card id="messages" label={t('overview.messages')} value={figures.messages} />
      <Card id="waiting" label={t('overview.waiting')} value={figures.waiting} attention={figures.waiting > 0}>
        {figures.waiting > 0 ? t('overview.waitingSome') : t('overview.waitingNone')}
      </Card>
    </div>
  )
}

function Card(props: {
  id: string
  label: string
  value: number
  href?: string | undefined
  attention?: boolean
  children?: ReactNode
}) {
  const { i18n } = useTranslation()
  const content = (
    <>
      <span className="card-label">{props.label}</span>
      <span className="card-value" data-testid={`figure-${props.id}`} data-value={props.value}>
        {props.value.toLocaleString(i18n.language)}
      </span>
      <span className="card-note">{props.children}</span>
    </>
  )
  const className = props.attention ? 'card card-attention' : 'card'
  return props.href ? (
    <a className={`${className} card-link`} href={props.href}>
      {content}
    </a>
  ) : (
    <div className={className}>{content}</div>
  )
}

function Alerts(props: { alerts: Figures['alerts']; names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation()
  const relative = useRelative()
  return (
    <section className="panel" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{t('overview.alerts')}</h2>
      {props.alerts.length === 0 ? (
        <p className="panel-calm" data-testid="alerts-none">
          <Icon name="check" />
          {t('overview.alertsNone')}
        </p>
      ) : (
        <ul className="alerts">
          {props.alerts.map((alert) => {
            const text = alertText(alert.code)
            return (
              <li key={alert.id} className="alert" data-testid={`alert-${alert.id}`} data-code={alert.code}>
                <Icon name="alert" />
                <div>
                  <p>{text ? t(`alert.${text}`) : t('alert.other', { code: inSentence(alert.code) })}</p>
                  <p className="quiet">
                    <Moment at={alert.at} /> · {relative(alert.at)}
                    {alert.subject !== null && (
                      <>
                        {' '}
                        · {t('alert.subject', { subject: inSentence(props.names.get(alert.subject) ?? alert.subject) })}
                      </>
                    )}
                  </p>
                </div>
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}
