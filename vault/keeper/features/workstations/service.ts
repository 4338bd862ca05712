/** The enrolled workstations: the list, and taking one away for ever. */
import { z } from 'zod'
import { CodedError, type Output } from '../../../../shared/contracts/contract.ts'
import type { gatewayContract } from '../../../../shared/contracts/keeper-link.ts'
import { revocationLabel, type Push } from '../../../../shared/contracts/device.ts'
import type { Actor } from '../../../../shared/domain/people.ts'
import { signDocument } from '../../../../shared/formats/trust.ts'
import type { Reader, Writer } from '../../../database/open.ts'
import type { Ground } from '../../ground.ts'
import type { Outbox } from '../../link/outbox.ts'
import {
  countRevoked,
  findByLedger,
  findWorkstation,
  insertWorkstation,
  listActiveOf,
  listWorkstations,
  markRevoked,
  type WorkstationRow,
} from './queries.ts'

type Presence = Output<typeof gatewayContract, 'presence'>['workstations'][number]
export type WorkstationView = Awaited<ReturnType<typeof listWorkstations>>[number] & { presence: Presence | null }

export interface Workstations {
  insert(db: Writer, row: WorkstationRow): Promise<void>
  find(id: string): Promise<WorkstationRow | null>
  /** Throws CodedError 'workstation_unknown' or 'revoked'. */
  getActive(id: string): Promise<WorkstationRow>
  /** As getActive, inside a transaction. */
  requireActive(db: Reader, id: string): Promise<void>
  findByLedger(ledger: string): Promise<WorkstationRow | null>
  list(): Promise<WorkstationView[]>
  /** `connected`: the workstation got the revocation at once. Repeating answers the first time's moment. */
  revoke(
    actor: Actor['employee'],
    id: string,
    reason: string | null,
  ): Promise<{ revokedAt: number; connected: boolean }>
  /** Tells the active workstations of these employees; those that are away learn it when they come. */
  push(employees: readonly string[], message: Push, except?: string): Promise<void>
  /** As push, with words of its own for each, such as what is sealed to it. */
  pushEach(employees: readonly string[], message: (to: { opening_key: Buffer }) => Push): Promise<void>
}

export interface WorkstationNeeds {
  outbox: Outbox
  presence(): Promise<Presence[]>
  push(workstation: string, message: Push): Promise<void>
  /** What must end together with the workstation, in the same transaction. */
  ended: ((db: Writer, workstation: string) => Promise<void>)[]
  /** It is gone: what it ran is free for the colleagues of this employee. */
  gone(employee: string): void
}

const revokeAnswer = z.object({ connected: z.boolean() })

async function getActive(db: Reader, id: string): Promise<WorkstationRow> {
  const row = await findWorkstation(db, id)
  if (!row) throw new CodedError('workstation_unknown', 'there is no such workstation')
  if (row.revoked_at !== null) throw new CodedError('revoked', 'this workstation has been revoked')
  return row
}

export function createWorkstations({ store, keyring, clock, audit }: Ground, needs: WorkstationNeeds): Workstations {
  const find = async (id: string): Promise<WorkstationRow | null> => (await findWorkstation(store, id)) ?? null
  return {
    insert: insertWorkstation,
    find,
    findByLedger: async (ledger) => (await findByLedger(store, ledger)) ?? null,
    getActive: (id) => getActive(store, id),
    async requireActive(db, id) {
      await getActive(db, id)
    },
    async list() {
      const [rows, presence] = await Promise.all([listWorkstations(store), needs.presence().catch(() => [])])
      const byId = new Map(presence.map((one) => [one.workstation, one]))
      return rows.map((row) => ({ ...row, presence: byId.get(row.id) ?? null }))
    },
    async revoke(actor, id, reason) {
      const row = await find(id)
      if (!row) throw new CodedError('workstation_unknown', 'there is no such workstation')
      if (row.revoked_at !== null) return { revokedAt: row.revoked_at, connected: false }
      const at = clock.now()
      const delivery = await store.transaction(async (db) => {
        const value = { workstation: id, at, number: (await countRevoked(db)) + 1 }
        const document = signDocument(revocationLabel, value, keyring.current('policy'))
        if (!(await markRevoked(db, id, at, JSON.stringify(document)))) return null
        for (const end of needs.ended) await end(db, id)
        await audit.append(db, { actor, action: 'workstation.revoke', subject: id, ...(reason ? { reason } : {}) })
        return needs.outbox.put(db, 'device.revoke', { document })
      })
      if (delivery === null) return { revokedAt: (await find(id))?.revoked_at ?? at, connected: false }
      const answer = revokeAnswer.safeParse(await needs.outbox.deliver(delivery))
      needs.gone(row.employee)
      return { revokedAt: at, connected: answer.success && answer.data.connected }
    },
    async push(employees, message, except) {
      const others = (await listActiveOf(store, employees)).filter(({ id }) => id !== except)
      await Promise.all(others.map(({ id }) => needs.push(id, message).catch(() => undefined)))
    },
    async pushEach(employees, message) {
      const rows = await listActiveOf(store, employees)
      await Promise.all(rows.map((row) => needs.push(row.id, message(row)).catch(() => undefined)))
    },
  }
}
