/** The figures in one strip: how much there is, who waits, and what is away. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { useDuration, useWaited } from '../elements/time.tsx'
import type { Viewer } from '../elements/viewer.ts'
import type { Activity } from './activity.ts'

type Found = Answer<'overview.get'>

export function Figures(props: { figures: Found; activity: Activity | undefined; viewer: Viewer }) {
  const { t } = useTranslation()
  const waited = useWaited()
  const duration = useDuration()
  const { figures, activity, viewer } = props
  const { workstations, accounts } = figures
  const backlog = activity?.backlog
  return (
    <div className="figures">
      {backlog && (
        <Figure
          id="backlog"
          label={t('overview.backlog')}
          value={backlog.waiting}
          attention={backlog.waiting > 0}
          href={viewer.may('conversation.read') ? '#/conversations?order=waiting' : undefined}
        >
          {backlog.oldestAt === null
            ? t('overview.backlogNone')
            : t('overview.backlogOldest', { duration: waited(backlog.oldestAt) })}
        </Figure>
      )}
      {activity && (
        <Figure
          id="answers"
          label={t('overview.median')}
          value={activity.answers?.count ?? 0}
          shown={activity.answers ? duration(activity.answers.medianMs) : '–'}
        >
          {activity.answers
            ? t('overview.p90', { duration: duration(activity.answers.p90Ms) })
            : t('overview.answersNone')}
        </Figure>
      )}
      <Figure id="messages" label={t('overview.messages')} value={figures.messages} />
      <Figure id="waiting" label={t('overview.waiting')} value={figures.waiting} attention={figures.waiting > 0}>
        {figures.waiting > 0 ? t('overview.waitingSome') : t('overview.waitingNone')}
      </Figure>
      <Figure
        id="workstations"
        label={t('overview.workstations')}
        value={workstations.active}
        href={viewer.may('workstation.list') ? '#/workstations?status=active' : undefined}
      >
        <span className={workstations.connected > 0 ? 'dot dot-on' : 'dot'} />
        {t('overview.workstationsConnected', { connected: workstations.connected })}
        {workstations.awaySince !== null && (
          <> · {t('overview.awaySince', { duration: waited(workstations.awaySince) })}</>
        )}
      </Figure>
      <Held workstations={workstations} viewer={viewer} />
      <Figure
        id="accounts"
        label={t('overview.accounts')}
        value={accounts.all}
        href={viewer.may('account.list') ? '#/accounts' : undefined}
      >
        <span className={accounts.running > 0 ? 'dot dot-on' : 'dot'} />
        {t('overview.accountsRunning', { running: accounts.running })}
      </Figure>
      <Figure
        id="employees"
        label={t('overview.employees')}
        value={figures.employees}
        href={viewer.may('employee.list') ? '#/employees' : undefined}
      />
    </div>
  )
}

/** What the vault lacks because a workstation still holds it. */
function Held(props: { workstations: Found['workstations']; viewer: Viewer }) {
  const { t } = useTranslation()
  const waited = useWaited()
  const { holding, waiting, waitingSince } = props.workstations
  const some = t('waiting.overviewOn', { count: holding })
  return (
    <Figure
      id="held"
      label={t('waiting.overview')}
      value={waiting}
      attention={holding > 0}
      href={props.viewer.may('workstation.list') ? '#/workstations?waiting=yes' : undefined}
    >
      {holding === 0
        ? t('waiting.overviewNone')
        : waitingSince === null
          ? some
          : `${some}, ${t('waiting.oldest', { duration: waited(waitingSince) })}`}
    </Figure>
  )
}

function Figure(props: {
  id: string
  label: string
  value: number
  /** Where the value is not a number of things. */
  shown?: string
  href?: string | undefined
  attention?: boolean
  children?: ReactNode
}) {
  const { i18n } = useTranslation()
  const content = (
    <>
      <span className="figure-label">{props.label}</span>
      <span className="figure-value" data-testid={`figure-${props.id}`} data-value={props.value}>
        {props.shown ?? props.value.toLocaleString(i18n.language)}
      </span>
      <span className="figure-note">{props.children}</span>
    </>
  )
  const className = props.attention ? 'figure figure-attention' : 'figure'
  return props.href ? (
    <a className={`${className} figure-link`} href={props.href}>
      {content}
    </a>
  ) : (
    <div className={className}>{content}</div>
  )
}
