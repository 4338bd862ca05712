/** Leases: one workstation at a time may run an account, under an epoch that only grows. */
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { leaseLabel, type Lease } from '../../../../shared/contracts/device.ts'
import type { SignedDocument } from '../../../../shared/contracts/signed-document.ts'
import { leaseMs, type Policy } from '../../../../shared/domain/policy.ts'
import { signDocument } from '../../../../shared/formats/trust.ts'
import type { Reader, Writer } from '../../../database/open.ts'
import type { Ground } from '../../ground.ts'
import type { Outbox } from '../../link/outbox.ts'
import type { WorkstationRow } from '../workstations/queries.ts'
import { endLeasesOf, findHolderName, findLease, putLease } from './queries.ts'

export interface Leases {
  /** Takes or renews (same holder, same epoch). Throws CodedError: lease_held, not_assigned, revoked. */
  acquire(workstation: WorkstationRow, account: string): Promise<SignedDocument>
  /** Nothing happens when the epoch is not the workstation's current one. */
  release(workstation: WorkstationRow, account: string, epoch: string): Promise<void>
  /** Current holder's words, or null. */
  holderName(account: string): Promise<string | null>
  /** Who runs it under which epoch `generation.n`, also past its time where nobody has had it since; null: it never had a lease. */
  findRunner(db: Reader, account: string): Promise<{ holder: string | null; epoch: string } | null>
  /** Kills every lease of the workstation. */
  end(db: Writer, workstation: string): Promise<void>
}

export interface LeaseNeeds {
  outbox: Outbox
  policy(): Promise<Policy>
  generation: number
  /** may(…, 'account.run', …) for the workstation's employee. */
  mayRun(workstation: WorkstationRow, account: string): Promise<boolean>
  /** The account has no holder now: who else is assigned need not wait for the next turn. */
  freed(account: string, by: string): void
  /** Throws CodedError('revoked') for a workstation that has been taken away. */
  requireActive(db: Reader, workstation: string): Promise<void>
}

export function createLeases({ store, keyring, clock, audit }: Ground, needs: LeaseNeeds): Leases {
  return {
    async acquire(workstation, account) {
      if (!(await needs.mayRun(workstation, account)))
        throw new CodedError('not_assigned', 'this account is not assigned to this workstation')
      const validMs = leaseMs(await needs.policy())
      const { document, delivery } = await store.transaction(async (db) => {
        const at = clock.now()
        // Asked again here: a revocation in the meantime has ended this workstation's leases, and must stay the last word.
        await needs.requireActive(db, workstation.id)
        const row = await findLease(db, account)
        if (row?.holder && row.holder !== workstation.id && row.valid_until > at)
          throw new CodedError('lease_held', 'another workstation runs this account')
        // Run out, but nobody has had it since: the epoch goes on, so that what was written under it is not late.
        const renewed = row?.holder === workstation.id && row.generation === needs.generation
        const n = renewed ? row.n : row?.generation === needs.generation ? row.n + 1 : 1
        const lease = { account, generation: needs.generation, n, holder: workstation.id, valid_until: at + validMs }
        await putLease(db, lease)
        const value: Lease = { account, workstation: workstation.id, epoch: `${needs.generation}.${n}`, at, validMs }
        const signed = signDocument(leaseLabel, value, keyring.current('policy'))
        if (!renewed) await audit.append(db, { actor: workstation.id, action: 'lease.acquire', subject: account })
        return { document: signed, delivery: await needs.outbox.put(db, 'lease.put', { document: signed }) }
      })
      // The gateway must know the epoch before events under it arrive.
      await needs.outbox.deliver(delivery)
      return document
    },
    async release(workstation, account, epoch) {
      const released = await store.transaction(async (db) => {
        const row = await findLease(db, account)
        if (!row || row.holder !== workstation.id || `${row.generation}.${row.n}` !== epoch) return false
        await putLease(db, { ...row, holder: null, valid_until: 0 })
        await audit.append(db, { actor: workstation.id, action: 'lease.release', subject: account })
        return true
      })
      if (released) needs.freed(account, workstation.id)
    },
    async holderName(account) {
      const row = await findLease(store, account)
      if (!row?.holder || row.valid_until <= clock.now()) return null
      return (await findHolderName(store, row.holder)).slice(0, 256)
    },
    async findRunner(db, account) {
      const row = await findLease(db, account)
      return row ? { holder: row.holder, epoch: `${row.generation}.${row.n}` } : null
    },
    end: endLeasesOf,
  }
}
