/** Answers to vault:admin on the keeper's own socket; whoever may open it (mode 0600) is the administrator of this machine. */
import { CodedError, type Handlers, type Output } from '../../../shared/contracts/contract.ts'
import type { adminContract, consoleContract } from '../../../shared/contracts/console.ts'
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
      await accounts.assign(actor, account, employee)
      void workstations.push([employee], { push: 'directory' }).catch(keeper.log.bug)
      return {}
    },
    'workstation.list': async () => ({ workstations: (await workstations.list()).map(toWorkstation) }),
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

export function toWorkstation(
  row: WorkstationView,
): Output<typeof consoleContract, 'workstations.list'>['workstations'][number] {
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
  }
}
