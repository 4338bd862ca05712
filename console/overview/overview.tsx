/** The first look of the day: what needs somebody, what came and went, how long customers waited, and what is not complete. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../app/api.ts'
import { DayBars } from '../elements/charts.tsx'
import { Choice, Filters } from '../elements/filters.tsx'
import { Page, RefreshButton, WhenLoaded } from '../elements/page.tsx'
import { dayMonth, useNow } from '../elements/time.tsx'
import { useUrlState } from '../elements/url-state.ts'
import { useNames } from '../elements/use-names.ts'
import { useQuery } from '../elements/use-query.ts'
import type { Viewer } from '../elements/viewer.ts'
import { AccountTable } from './account-table.tsx'
import { Alerts } from './alerts.tsx'
import { dayStarts } from './days.ts'
import { Figures } from './figures.tsx'
import { TeamTable } from './team-table.tsx'
import './overview.css'

export type Activity = Answer<'overview.activity'>

const shownDays = 14

export function Overview(props: { viewer: Viewer }) {
  const { t } = useTranslation()
  const url = useUrlState()
  const names = useNames()
  const now = useNow(60_000)
  const days = useMemo(() => dayStarts(now, shownDays), [now])
  const figures = useQuery('overview.get', {}, 10_000)
  const activity = useQuery('overview.activity', { days, team: url.params.get('team') }, 60_000)
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
      <div className="overview-top">
        <div>
          <WhenLoaded loaded={activity}>{(found) => <Happened activity={found} days={days} />}</WhenLoaded>
        </div>
        {figures.data && <Alerts alerts={figures.data.alerts} names={names} />}
      </div>
      {activity.data && (
        <>
          <AccountTable activity={activity.data} viewer={props.viewer} />
          {activity.data.teams.length > 0 && <TeamTable activity={activity.data} />}
        </>
      )}
    </Page>
  )
}

function Happened({ activity, days }: { activity: Activity; days: readonly number[] }) {
  const { t, i18n } = useTranslation()
  return (
    <section className="panel panel-chart" aria-labelledby="traffic-title">
      <h2 id="traffic-title">{t('overview.traffic')}</h2>
      <DayBars
        title={t('overview.traffic')}
        inLabel={t('overview.in')}
        outLabel={t('overview.out')}
        bars={activity.days.map((one, index) => ({ label: dayMonth(i18n.language, days[index] ?? 0), ...one }))}
      />
    </section>
  )
}
