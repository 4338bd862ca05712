/** The overview: how much there is, what needs somebody, and what happened where. */
import { CodedError, type Output } from '../../../shared/contracts/contract.ts'
import type { consoleOverviewContract } from '../../../shared/contracts/console-overview.ts'
import type { Actor } from '../../../shared/domain/people.ts'
import { quantile, type Happened, type Standing, type Traffic } from '../features/activity/service.ts'
import type { Keeper } from '../keeper.ts'
import type { Access, ConsoleHandlers } from './access.ts'

type Overview = typeof consoleOverviewContract
type Activity = Output<Overview, 'overview.activity'>

const alertCount = 50
/** The longest day has 25 hours. */
const longestDayMs = 25 * 3_600_000

export function createOverviewHandlers(
  keeper: Keeper,
  access: Access,
  head: () => number,
): Pick<ConsoleHandlers, 'overview.get' | 'overview.activity'> {
  return {
    'overview.get': (_input, { actor }) => {
      access.require(actor, 'alert.read')
      return figures(keeper, access, actor, head)
    },
    'overview.activity': ({ days, team }, { actor }) => {
      // Whoever may list no account gets none counted.
      access.require(actor, 'alert.read')
      const isSound = days.every(
        (day, index) => index === 0 || (day > days[index - 1]! && day - days[index - 1]! <= longestDayMs),
      )
      if (!isSound) throw new CodedError('bad_input', 'days grow, each by a day')
      return activity(keeper, access, actor, { days, team })
    },
  }
}

async function figures(
  keeper: Keeper,
  { inTeam }: Access,
  actor: Actor,
  head: () => number,
): Promise<Output<Overview, 'overview.get'>> {
  const { people, accounts, workstations, messages, intake, alerts } = keeper
  const [employees, seats, listed, count, applied, newest] = await Promise.all([
    people.list(),
    workstations.list(),
    accounts.listFor(actor, 'account.list'),
    messages.count(),
    intake.mark(),
    alerts.newest(alertCount),
  ])
  const mine = seats.filter((row) => inTeam(actor, 'workstation.list', row.team))
  const active = mine.filter((row) => row.revoked_at === null)
  const told = active.flatMap((row) => row.presence?.waiting ?? [])
  const holding = told.filter((one) => one.events + one.files > 0)
  const away = active.flatMap((row) => (row.presence && !row.presence.connected ? (row.presence.seenAt ?? []) : []))
  return {
    employees: employees.filter((row) => inTeam(actor, 'employee.list', row.team)).length,
    workstations: {
      active: active.length,
      connected: active.filter((row) => row.presence?.connected).length,
      revoked: mine.length - active.length,
      awaySince: oldestOf(away),
      holding: holding.length,
      waiting: holding.reduce((all, one) => all + one.events, 0),
      waitingSince: oldestOf(holding.flatMap((one) => one.since ?? [])),
    },
    accounts: { all: listed.length, running: listed.filter((row) => row.holder !== null).length },
    messages: count,
    waiting: Math.max(0, head() - applied),
    alerts: newest,
  }
}

async function activity(
  keeper: Keeper,
  { inTeam }: Access,
  actor: Actor,
  { days, team }: { days: number[]; team: string | null },
): Promise<Activity> {
  const listed = (await keeper.accounts.listFor(actor, 'account.list')).filter(
    (row) => team === null || row.assigned.some((one) => one.team === team),
  )
  const standing = await keeper.activity.standing()
  const parts = await Promise.all(
    listed.map(async (row) => ({
      row,
      happened: await keeper.activity.happened(row.id, days),
      standing: standing(row.id),
    })),
  )
  const teams = new Set(listed.flatMap((row) => row.assigned.flatMap((one) => one.team ?? [])))
  return {
    days: days.slice(1).map((_, index) => sum(parts.map((part) => part.happened.days[index]!))),
    ...together(parts),
    accounts: parts.map((part) => ({
      id: part.row.id,
      name: part.row.name,
      channel: part.row.channel,
      days: part.happened.days,
      ...together([part]),
      completeness: part.standing.completeness,
    })),
    teams: [...teams]
      .filter((one) => inTeam(actor, 'account.list', one))
      .toSorted((a, b) => a.localeCompare(b))
      .map((one) => ({
        team: one,
        ...together(parts.filter((part) => part.row.assigned.some((who) => who.team === one))),
      })),
  }
}

function together(
  parts: readonly { happened: Happened; standing: Standing }[],
): Pick<Activity, 'traffic' | 'answers' | 'backlog'> {
  const took = parts.flatMap((part) => part.happened.took)
  const [medianMs, p90Ms] = [quantile(took, 0.5), quantile(took, 0.9)]
  const oldest = parts.flatMap((part) => part.standing.waiting.oldestAt ?? [])
  return {
    traffic: sum(parts.flatMap((part) => part.happened.days)),
    answers: medianMs === null || p90Ms === null ? null : { count: took.length, medianMs, p90Ms },
    backlog: {
      waiting: parts.reduce((all, part) => all + part.standing.waiting.waiting, 0),
      oldestAt: oldestOf(oldest),
    },
  }
}

function oldestOf(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times)
}

function sum(all: readonly Traffic[]): Traffic {
  return all.reduce((before, one) => ({ in: before.in + one.in, out: before.out + one.out }), { in: 0, out: 0 })
}
