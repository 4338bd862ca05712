/** Erasure: the identity's key is destroyed, and with it everything that was ever written under it, in every copy. */
import { CodedError } from '../../../../shared/contracts/contract.ts'
import type { Ground } from '../../ground.ts'
import { findErased, listUnfinished, markErased, markFinished } from './queries.ts'

export interface Erasure {
  /** Irreversible. Repeating it answers the first moment. Throws CodedError('identity_unknown'). */
  eraseKey(actor: string, identity: string): Promise<{ erasedAt: number }>
  /** Completes what a crash has interrupted; at every start. */
  finish(): Promise<void>
}

export function createErasure(
  { store, keyring, clock, audit }: Ground,
  forget: readonly ((identity: string) => Promise<void>)[],
): Erasure {
  const complete = async (identity: string): Promise<void> => {
    await keyring.destroyIdentityKey(identity)
    for (const one of forget) await one(identity)
    await store.transaction((db) => markFinished(db, identity))
  }
  return {
    async finish() {
      for (const { id } of await listUnfinished(store)) await complete(id)
    },
    async eraseKey(actor, identity) {
      const known = await findErased(store, identity)
      if (!known) throw new CodedError('identity_unknown', 'there is no such identity')
      const at = known.erased_at ?? clock.now()
      // Audit and mark first: a crash afterwards leaves an erasure that is repeated, never one that nobody wrote down.
      if (known.erased_at === null) {
        await store.transaction(async (db) => {
          await markErased(db, identity, at)
          await audit.append(db, { actor, action: 'identity.erase', subject: identity })
        })
      }
      await complete(identity)
      return { erasedAt: at }
    },
  }
}
