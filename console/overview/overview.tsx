/** The first look of the day: what needs somebody, what came and went, how long customers waited, and what is not complete. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Choice, Filters } from '../elements/filters.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { useNow } from '../elements/time.tsx'
import { orderIn, useUrlState } from '../elements/url-state.ts'
import { useNames } from '../elements/use-names.ts'
import { useQuery } from '../elements/use-query.ts'
import type { Viewer } from '../elements/viewer.ts'
import { AccountTable } from './account-table.tsx'
import { Alerts } from './alerts.tsx'
import { dayStarts } from './days.ts'
import { Figures } from './figures.tsx'
import { AnswerTimes, Backlog, Completeness, Traffic } from './happened.tsx'
import { TeamTable } from './team-table.tsx'
import './overview.css'

const shownDays = 14
const size = 25
const keys = ['name', 'in', 'out', 'median', 'p90', 'backlog', 'held', 'lacks'] as const

export function Overview(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const url = useUrlState()
  const names = useNames()
  const now = useNow(60_000)
  const days = useMemo(() => dayStarts(now, shownDays), [now])
  const order = orderIn(url.params, keys, { by: 'backlog', descending: true })
  const figures = useQuery('overview.get', {}, 10_000)
  const activity = useQuery(
    'overview.activity',
    { days, team: url.params.get('team'), sort: order, after: url.params.get('after'), limit: size },
    60_000,
  )
  const reload = () => {
    figures.reload()
    activity.reload()
  }
  return (
    <Page title={t('overview.title')} actions={<RefreshButton loaded={{ ...figures, reload }} />}>
      {names.teams.length > 1 && (
        <Filters url={url} names={['team']}>
          <Choice
            url={url}
            name="team"
            label={t('employees.team')}
            all={t('filter.allTeams')}
            options={names.teams.map((team) => ({ value: team, label: team }))}
          />
        </Filters>
      )}
      <WhenLoaded loaded={figures}>
        {(found) => <Figures figures={found} activity={activity.data} viewer={props.viewer} />}
      </WhenLoaded>
      <WhenLoaded loaded={activity}>
        {(found) => (
          <>
            <div className="overview-row overview-two">
              <Traffic activity={found} days={days} />
              <AnswerTimes activity={found} days={days} />
            </div>
            <div className="overview-row overview-three">
              <Backlog activity={found} viewer={props.viewer} />
              <Completeness activity={found} />
              {figures.data && <Alerts alerts={figures.data.alerts} names={names} />}
            </div>
            <AccountTable activity={found} viewer={props.viewer} order={order} url={url} size={size} />
            {found.teams.length > 0 && <TeamTable activity={found} />}
          </>
        )}
      </WhenLoaded>
    </Page>
  )
}
