/** The status bar's truth: accounts, what is not in the vault yet, what the capture protection really does. */
import type { AccountView, StatusView } from '../../shared/contracts/window.ts'
import type { Session } from '../session.ts'

export interface StatusFacts {
  enrolled: boolean
  waitingCode: StatusView['waitingCode']
  lock: StatusView['lock']
  session: Session | null
  /** Events in the spool of a locked workstation. */
  spoolWaiting: number
  connected: boolean
  trouble: string | null
  capture: StatusView['capture']['status']
  now: number
}

export function statusView(facts: StatusFacts): StatusView {
  const { session } = facts
  const open = facts.lock === 'open'
  const directory = open ? (session?.directory ?? null) : null
  return {
    enrolled: facts.enrolled,
    waitingCode: facts.waitingCode,
    lock: facts.lock,
    employee: directory?.employee.name ?? null,
    company: directory?.company ?? null,
    vault: {
      connected: facts.connected,
      waiting: session ? session.waiting : facts.spoolWaiting,
      trouble: facts.trouble,
    },
    accounts: open && session ? accountViews(session) : [],
    capture: { status: facts.capture, platform: process.platform },
    now: facts.now,
  }
}

function accountViews(session: Session): AccountView[] {
  const unread = new Map(
    session.cache
      .all<{ account: string; unread: number }>(
        'SELECT account, sum(unread) AS unread FROM conversations WHERE unread > 0 AND muted = 0 GROUP BY account',
      )
      .map((row) => [row.account, row.unread]),
  )
  const holders = new Map(session.directory?.accounts.map((account) => [account.id, account.holder]))
  return session.accounts.list().map(({ id, channel, name, runner }) => ({
    id,
    channel,
    name,
    state: runner?.state ?? 'stopped',
    fault: runner?.status.fault ?? null,
    aliveAt: runner?.status.aliveAt ?? null,
    holder: runner?.state === 'elsewhere' ? (holders.get(id) ?? null) : null,
    unread: unread.get(id) ?? 0,
    history: session.journals.history(id),
  }))
}
