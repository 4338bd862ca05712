/** The console's methods: permission is each one's first line, the audit entry comes before the answer. */
import { CodedError, type Handlers, type Output } from '../../../shared/contracts/contract.ts'
import type { consoleContract } from '../../../shared/contracts/console.ts'
import type { Actor } from '../../../shared/domain/people.ts'
import { may, type Action } from '../../../shared/permissions/may.ts'
import { toWorkstation } from '../admin/handlers.ts'
import type { OpenedMessage } from '../features/messages/opened.ts'
import type { Keeper } from '../keeper.ts'
import { createLooks } from './looks.ts'

type Console = typeof consoleContract
export interface ConsoleContext {
  actor: Actor
  /** Tells sessions apart; not the token itself. */
  session: string
}
/** What needs a session; signing in and out is the server's. */
export type ConsoleHandlers = Omit<
  Handlers<Console, ConsoleContext>,
  'session.signIn' | 'session.get' | 'session.signOut'
>

const auditPage = 100
const alertCount = 50

function refused(): CodedError {
  return new CodedError('not_allowed', 'this login may not do that')
}

export function createConsoleHandlers(keeper: Keeper, head: () => number): ConsoleHandlers {
  const { people, accounts, workstations, enrolments, messages, audit, clock } = keeper
  const looks = createLooks()
  const inTeam = (actor: Actor, action: Action, team: string | null): boolean =>
    may(actor, action, { team, at: clock.now() })
  const require = (actor: Actor, action: Action): void => {
    if (!inTeam(actor, action, null)) throw refused()
  }
  /** Scope `team` without a resource: whoever has a team may see his own. */
  const requireOwnTeam = (actor: Actor, action: Action): void => {
    if (!inTeam(actor, action, actor.team)) throw refused()
  }
  return {
    'overview.get': (_input, { actor }) => {
      require(actor, 'alert.read')
      return overview(keeper, actor, head)
    },
    'employees.list': async (_input, { actor }) => {
      requireOwnTeam(actor, 'employee.list')
      const rows = (await people.list()).filter((row) => inTeam(actor, 'employee.list', row.team))
      return {
        employees: rows.map(({ id, name, role, team, active, workstations: seats, accounts: assigned }) => ({
          id,
          name,
          role,
          team,
          active: active === 1,
          workstations: seats,
          accounts: assigned,
        })),
      }
    },
    'employees.add': async (input, { actor }) => {
      require(actor, 'employee.add')
      // The answer has no place for a password that is shown once; nobody would ever know it.
      if (input.role !== 'salesperson')
        throw new CodedError('login_not_shown', 'an employee with a login is added with vault:admin employee add')
      return { id: (await people.add(actor.employee, input)).id }
    },
    'workstations.list': async (_input, { actor }) => {
      requireOwnTeam(actor, 'workstation.list')
      const rows = (await workstations.list()).filter((row) => inTeam(actor, 'workstation.list', row.team))
      return { workstations: rows.map(toWorkstation) }
    },
    'workstations.enrol': async ({ employee }, { actor }) => {
      require(actor, 'workstation.enrol')
      return enrolments.makeCode(actor.employee, employee)
    },
    'workstations.revoke': async ({ workstation, reason }, { actor }) => {
      requireOwnTeam(actor, 'workstation.revoke')
      const row = await workstations.find(workstation)
      const employee = row && (await people.find(row.employee))
      // Unknown and forbidden look the same.
      if (!employee || !inTeam(actor, 'workstation.revoke', employee.team)) throw refused()
      return workstations.revoke(actor.employee, workstation, reason)
    },
    'accounts.list': async (_input, { actor }) => {
      requireOwnTeam(actor, 'account.list')
      return { accounts: await listAccounts(keeper, actor) }
    },
    'accounts.add': async (input, { actor }) => {
      require(actor, 'account.add')
      const id = await accounts.add(actor.employee, { ...input, telegramApi: null })
      void workstations.push([input.employee], { push: 'directory' }).catch(keeper.log.bug)
      return { id }
    },
    'conversations.list': async ({ account }, { actor }) => {
      requireOwnTeam(actor, 'conversation.read')
      if (account !== null && !(await accounts.allowed(actor, 'conversation.read', account))) throw refused()
      const visible = account === null ? await accounts.listFor(actor, 'conversation.read') : [{ id: account }]
      const rows = await messages.listConversations(
        actor.employee,
        visible.map((one) => one.id),
      )
      return {
        conversations: rows.map((row) => ({
          id: row.id,
          account: row.account,
          accountName: row.account_name,
          channel: row.channel,
          title: row.title,
          group: row.is_group === 1,
          lastAt: row.last_at,
          messages: row.messages,
          claimedBy: row.claimed_by,
        })),
      }
    },
    'conversations.read': async ({ conversation: id, purpose, before }, { actor, session }) => {
      requireOwnTeam(actor, 'conversation.read')
      const conversation = await messages.getConversation(id)
      if (!(await accounts.allowed(actor, 'conversation.read', conversation.account))) throw refused()
      const page = await messages.read(actor.employee, conversation, purpose, before)
      looks.opened(session, id, purpose)
      return {
        title: page.title,
        accountName: conversation.account_name,
        channel: conversation.channel,
        claimedBy: conversation.claimed_by,
        messages: page.messages.map(toConsoleMessage),
        names: page.names,
        before: page.before,
      }
    },
    'media.read': async ({ conversation: id, message, offset, length }, { actor, session }) => {
      requireOwnTeam(actor, 'conversation.read')
      const conversation = await messages.getConversation(id)
      if (!(await accounts.allowed(actor, 'conversation.read', conversation.account))) throw refused()
      const purpose = looks.purposeOf(session, id)
      if (purpose === null) throw new CodedError('purpose_needed', 'open the conversation with a purpose first')
      const { data, bytes, mime } = await messages.readFile(conversation, message, { offset, length })
      // Whoever begins in the middle has looked as well.
      if (looks.isFirst(session, message) || offset === 0)
        await audit.record({ actor: actor.employee, action: 'media.read', subject: message, reason: purpose })
      return { data: data.toString('base64'), bytes, mime }
    },
    'audit.list': async ({ before }, { actor }) => {
      require(actor, 'audit.read')
      await audit.record({ actor: actor.employee, action: 'audit.list', subject: null })
      const entries = await audit.page(before, auditPage)
      const names = await namesOf(keeper)
      return {
        entries: entries.map((one) => ({
          seq: one.seq,
          at: one.at,
          actor: names.get(one.actor) ?? one.actor,
          action: one.action,
          subject: one.subject,
          reason: one.reasonText,
        })),
        before: entries.length === auditPage ? entries.at(-1)!.seq : null,
      }
    },
  }
}

async function overview(keeper: Keeper, actor: Actor, head: () => number): Promise<Output<Console, 'overview.get'>> {
  const { people, accounts, workstations, messages, intake, alerts, clock } = keeper
  const visible = (action: Action, team: string | null): boolean => may(actor, action, { team, at: clock.now() })
  const [employees, seats, listed, count, applied, newest] = await Promise.all([
    people.list(),
    workstations.list(),
    accounts.listFor(actor, 'account.list'),
    messages.count(),
    intake.mark(),
    alerts.newest(alertCount),
  ])
  const mine = seats.filter((row) => visible('workstation.list', row.team))
  const active = mine.filter((row) => row.revoked_at === null)
  return {
    employees: employees.filter((row) => visible('employee.list', row.team)).length,
    workstations: {
      active: active.length,
      connected: active.filter((row) => row.presence?.connected).length,
      revoked: mine.length - active.length,
    },
    accounts: { all: listed.length, running: listed.filter((row) => row.holder !== null).length },
    messages: count,
    waiting: Math.max(0, head() - applied),
    alerts: newest,
  }
}

/** Words for the opaque ids that act: employees, and workstations by employee and machine. */
async function namesOf({ people, workstations }: Keeper): Promise<Map<string, string>> {
  const [employees, seats] = await Promise.all([people.list(), workstations.list()])
  return new Map([
    ...employees.map((row): [string, string] => [row.id, row.name]),
    ...seats.map((row): [string, string] => [row.id, `${row.employee_name} (${row.machine})`]),
  ])
}

async function listAccounts(keeper: Keeper, actor: Actor): Promise<Output<Console, 'accounts.list'>['accounts']> {
  const rows = await keeper.accounts.listFor(actor, 'account.list')
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      channel: row.channel,
      name: row.name,
      assigned: row.assigned,
      holder: await keeper.leases.holderName(row.id),
      leaseUntil: row.leaseUntil,
      conversations: row.conversations,
    })),
  )
}

function toConsoleMessage(one: OpenedMessage): Output<Console, 'conversations.read'>['messages'][number] {
  const { id, direction, path, author, person, kind, text, entities, details, target, reply, media, at, state } = one
  const said = { kind, text, entities, details, target, reply, media }
  return { id, direction, path, author, person, ...said, at, state, marks: one.markNames }
}
