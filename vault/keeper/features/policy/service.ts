/** The company's policy: signed with the policy key and numbered; what cannot be read counts as the strictest. */
import { signedDocumentSchema, type SignedDocument } from '../../../../shared/contracts/signed-document.ts'
import { policyLabel, policySchema, strictestPolicy, type Policy } from '../../../../shared/domain/policy.ts'
import { openTrusted, signDocument } from '../../../../shared/formats/trust.ts'
import type { Ground } from '../../ground.ts'
import { findNewestPolicy, insertPolicy } from './queries.ts'

export interface Policies {
  /** null: none has been signed yet. */
  document(): Promise<SignedDocument | null>
  current(): Promise<Policy>
  /** Signs the next number. */
  sign(actor: string, policy: Omit<Policy, 'number' | 'issuedAt'>): Promise<SignedDocument>
}

export function createPolicies({ store, keyring, clock, audit }: Ground): Policies {
  const document = async (): Promise<SignedDocument | null> => {
    const row = await findNewestPolicy(store)
    return row ? signedDocumentSchema.parse(JSON.parse(row.document)) : null
  }
  return {
    document,
    async current() {
      try {
        const signed = await document()
        if (!signed) return strictestPolicy
        return openTrusted(policyLabel, signed, [keyring.current('policy').publicKey], policySchema)
      } catch {
        return strictestPolicy
      }
    },
    sign: (actor, policy) =>
      store.transaction(async (db) => {
        const number = ((await findNewestPolicy(db))?.number ?? 0) + 1
        const signed = signDocument(
          policyLabel,
          policySchema.parse({ ...policy, number, issuedAt: clock.now() }),
          keyring.current('policy'),
        )
        await insertPolicy(db, number, JSON.stringify(signed))
        await audit.append(db, { actor, action: 'policy.sign', subject: String(number) })
        return signed
      }),
  }
}
