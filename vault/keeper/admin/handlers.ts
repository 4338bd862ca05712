/** Answers to vault:admin on the keeper's own socket; whoever may open it (mode 0600) is the administrator of this machine. */
import { CodedError, type Handlers, type Output } from '../../../shared/contracts/contract.ts'
import type { adminContract } from '../../../shared/contracts/console.ts'
import type { AccountView } from '../features/accounts/service.ts'
import type { WorkstationView } from '../features/workstations/service.ts'
import type { Keeper } from '../keeper.ts'

const actor = 'local'

export function createAdminHandlers(keeper: Keeper, head: () => number): Handlers<typeof adminContract> {
  const { people, accounts, workstations, enrolments, messages, erasure, exports, intake } = keeper
  return {
    'employee.add': async (input) => {
      const { id, login } = await people.add(actor, input)
      return { employee: id, login }
    },
    'service.add': async ({ name }) => {
      const { id } = await people.add(actor, { name, role: 'salesperson', team: null, service: true })
      return { employee: id, code: (await enrolments.makeCode(actor, id)).code }
    },
    enrol: ({ employee }) => enrolments.makeCode(actor, employee),
    'account.add': async (input) => {
      const account = await accounts.add(actor, input)
      void workstations.push([input.employee], { push: 'directory' }).catch(keeper.log.bug)
      return { account }
    },
    'account.assign': async ({ account, employee }) => {
      await accounts.get(account)
      const row = await people.find(employee)
      if (!row) throw new CodedError('employee_unknown', 'there is no such employee')
      if (row.active === 0) throw new CodedError('employee_inactive', 'this employee is inactive')
      await accounts.assign(actor, account, employee)
      void workstations.push([employee], { push: 'directory' }).catch(keeper.log.bug)
      return {}
    },
    'workstation.list': async () => ({ workstations: await listSeats(keeper) }),
    'workstation.revoke': ({ workstation }) => workstations.revoke(actor, workstation, null),
    'identity.list': async ({ account }) => {
      await accounts.get(account)
      return { identities: await messages.identities(actor, account) }
    },
    'identity.eraseKey': ({ identity }) => erasure.eraseKey(actor, identity),
    'messages.export': ({ account, purpose, after, raw }) => messages.export(actor, account, purpose, after, { raw }),
    'audit.export': async () => ({ file: await exports.audit(actor) }),
    'ledger.export': async ({ workstation }) => {
      const row = await workstations.find(workstation)
      if (!row) throw new CodedError('workstation_unknown', 'there is no such workstation')
      return { file: await exports.ledger(actor, row) }
    },
    status: async () => {
      const applied = await intake.mark()
      const [quarantined, count] = await Promise.all([intake.quarantined(), messages.count()])
      return { applied, head: Math.max(head(), applied), quarantined, messages: count }
    },
  }
}

type Seat = Output<typeof adminContract, 'workstation.list'>['workstations'][number]

async function listSeats({ workstations, accounts }: Keeper): Promise<Seat[]> {
  const [rows, all] = await Promise.all([workstations.list(), accounts.listAll()])
  return rows.map((row) => toWorkstation(row, leasesOf(row.id, all)))
}

export function leasesOf(workstation: string, accounts: readonly AccountView[]): Seat['leases'] {
  return accounts
    .filter((one) => one.holder === workstation)
    .map((one) => ({ account: one.name, until: one.leaseUntil ?? 0 }))
}

export function toWorkstation(row: WorkstationView, leases: Seat['leases']): Seat {
  return {
    id: row.id,
    employee: row.employee_name,
    machine: row.machine,
    platform: row.platform,
    service: row.service === 1,
    status: row.revoked_at === null ? 'active' : 'revoked',
    connected: row.presence?.connected ?? false,
    seenAt: row.presence?.seenAt ?? null,
    enrolledAt: row.enrolled_at,
    revokedAt: row.revoked_at,
    software: row.presence?.software ?? null,
    capture: row.presence?.capture ?? null,
    waiting: row.presence?.waiting ?? null,
    leases,
  }
}
