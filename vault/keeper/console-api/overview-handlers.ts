/** The overview: how much there is, what needs somebody, and what happened where. */
import { CodedError, type Input, type Output } from '../../../shared/contracts/contract.ts'
import type { consoleOverviewContract } from '../../../shared/contracts/console-overview.ts'
import type { Actor } from '../../../shared/domain/people.ts'
import type { AccountView } from '../features/accounts/service.ts'
import { quantile, type Happened, type Standing, type Traffic } from '../features/activity/service.ts'
import type { Keeper } from '../keeper.ts'
import type { Access, ConsoleHandlers } from './access.ts'
import { pageOf } from './listed.ts'

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
    'overview.activity': (input, { actor }) => {
      // Whoever may list no account gets none counted.
      access.require(actor, 'alert.read')
      const isSound = input.days.every(
        (day, index) => index === 0 || (day > input.days[index - 1]! && day - input.days[index - 1]! <= longestDayMs),
      )
      if (!isSound) throw new CodedError('bad_input', 'days grow, each by a day')
      return activity(keeper, access, actor, input)
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

type Part = { row: AccountView; happened: Happened; standing: Standing }

async function activity(
  keeper: Keeper,
  { inTeam }: Access,
  actor: Actor,
  { days, team, sort, after, limit }: Input<Overview, 'overview.activity'>,
): Promise<Activity> {
  const listed = (await keeper.accounts.listFor(actor, 'account.list')).filter(
    (row) => team === null || row.assigned.some((one) => one.team === team),
  )
  const standing = await keeper.activity.standing()
  const parts: Part[] = await Promise.all(
    listed.map(async (row) => ({
      row,
      happened: await keeper.activity.happened(row.id, days),
      standing: standing(row.id),
    })),
  )
  const teams = new Set(listed.flatMap((row) => row.assigned.flatMap((one) => one.team ?? [])))
  const page = pageOf(parts.map(toAccount), keys[sort.by], { descending: sort.descending, after, limit })
  return {
    days: days.slice(1).map((_, index) => sum(parts.map((part) => part.happened.days[index]!))),
    answerDays: days.slice(1).map((_, index) => answersOf(parts.flatMap((part) => part.happened.took[index]!))),
    ...together(parts),
    completeness: complete(parts),
    accounts: page.rows,
    after: page.after,
    total: page.total,
    teams: [...teams]
      .filter((one) => inTeam(actor, 'account.list', one))
      .toSorted((a, b) => a.localeCompare(b))
      .map((one) => ({
        team: one,
        ...together(parts.filter((part) => part.row.assigned.some((who) => who.team === one))),
      })),
  }
}

function toAccount(part: Part): Activity['accounts'][number] {
  const { id, name, channel } = part.row
  return { id, name, channel, days: part.happened.days, ...together([part]), completeness: part.standing.completeness }
}

const keys = {
  name: (row: Activity['accounts'][number]) => row.name,
  in: (row: Activity['accounts'][number]) => row.traffic.in,
  out: (row: Activity['accounts'][number]) => row.traffic.out,
  median: (row: Activity['accounts'][number]) => row.answers?.medianMs ?? -1,
  p90: (row: Activity['accounts'][number]) => row.answers?.p90Ms ?? -1,
  backlog: (row: Activity['accounts'][number]) => row.backlog.waiting,
  held: (row: Activity['accounts'][number]) => row.completeness.messages,
  lacks: ({ completeness: one }: Activity['accounts'][number]) =>
    one.raw + one.unproven + one.filesMissing + one.filesWaiting,
}

function together(parts: readonly Part[]): Pick<Activity, 'traffic' | 'answers' | 'backlog'> {
  const waiting = parts.map((part) => part.standing.waiting)
  const age = (index: 0 | 1 | 2 | 3): number => waiting.reduce((all, one) => all + one.ages[index], 0)
  return {
    traffic: sum(parts.flatMap((part) => part.happened.days)),
    answers: answersOf(parts.flatMap((part) => part.happened.took.flat())),
    backlog: {
      waiting: waiting.reduce((all, one) => all + one.waiting, 0),
      oldestAt: oldestOf(waiting.flatMap((one) => one.oldestAt ?? [])),
      ages: [age(0), age(1), age(2), age(3)],
    },
  }
}

function answersOf(took: readonly number[]): Activity['answers'] {
  const [medianMs, p90Ms] = [quantile(took, 0.5), quantile(took, 0.9)]
  return medianMs === null || p90Ms === null ? null : { count: took.length, medianMs, p90Ms }
}

function complete(parts: readonly Part[]): Activity['completeness'] {
  const of = (name: keyof Activity['completeness']): number =>
    parts.reduce((all, part) => all + part.standing.completeness[name], 0)
  return {
    messages: of('messages'),
    raw: of('raw'),
    unproven: of('unproven'),
    filesMissing: of('filesMissing'),
    filesWaiting: of('filesWaiting'),
  }
}

function oldestOf(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times)
}

function sum(all: readonly Traffic[]): Traffic {
  return all.reduce((before, one) => ({ in: before.in + one.in, out: before.out + one.out }), { in: 0, out: 0 })
}
