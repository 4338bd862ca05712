/** The company's policy: signed with the policy key and numbered; what cannot be read counts as the strictest. */
import { CodedError } from '../../../../shared/contracts/contract.ts'
import type { PolicyFields } from '../../../../shared/contracts/console-policy.ts'
import { signedDocumentSchema, type SignedDocument } from '../../../../shared/contracts/signed-document.ts'
import { policyLabel, policySchema, strictestPolicy, type Policy } from '../../../../shared/domain/policy.ts'
import { openTrusted, signDocument } from '../../../../shared/formats/trust.ts'
import type { Writer } from '../../../database/open.ts'
import type { Ground } from '../../ground.ts'
import type { Outbox } from '../../link/outbox.ts'
import { findNewestPolicy, insertPolicy, pagePolicies } from './queries.ts'

export interface Policies {
  /** null: none has been signed yet. */
  document(): Promise<SignedDocument | null>
  current(): Promise<Policy>
  /** Newest first; a document that cannot be read has no fields. */
  page(before: number | null, limit: number): Promise<PolicyVersion[]>
  /**
   * Signs the next number and hands it to the gateway, which sends it to every workstation. Throws CodedError('conflict') when `basedOn` is
   * not the newest number any more.
   */
  change(actor: string, change: { basedOn: number; fields: PolicyFields; reason: string }): Promise<number>
}

export interface PolicyVersion {
  number: number
  issuedAt: number | null
  fields: PolicyFields | null
}

/** Signs and keeps one version. */
export async function signPolicy(
  { keyring, clock, audit }: Pick<Ground, 'keyring' | 'clock' | 'audit'>,
  db: Writer,
  { actor, number, fields, reason }: { actor: string; number: number; fields: PolicyFields; reason?: string },
): Promise<SignedDocument> {
  const value = policySchema.parse({ ...fields, number, issuedAt: clock.now() })
  const document = signDocument(policyLabel, value, keyring.current('policy'))
  await insertPolicy(db, number, JSON.stringify(document))
  const entry = { actor, action: 'policy.sign', subject: String(number) }
  await audit.append(db, reason === undefined ? entry : { ...entry, reason })
  return document
}

export function createPolicies(ground: Ground, outbox: Outbox): Policies {
  const { store, keyring } = ground
  const open = (document: string): Policy =>
    openTrusted(
      policyLabel,
      signedDocumentSchema.parse(JSON.parse(document)),
      [keyring.current('policy').publicKey],
      policySchema,
    )
  const document = async (): Promise<SignedDocument | null> => {
    const row = await findNewestPolicy(store)
    return row ? signedDocumentSchema.parse(JSON.parse(row.document)) : null
  }
  return {
    document,
    async current() {
      try {
        const row = await findNewestPolicy(store)
        return row ? open(row.document) : strictestPolicy
      } catch {
        return strictestPolicy
      }
    },
    async page(before, limit) {
      const rows = await pagePolicies(store, before ?? Number.MAX_SAFE_INTEGER, limit)
      return rows.map((row) => {
        try {
          const { number, issuedAt, ...fields } = open(row.document)
          return { number, issuedAt, fields }
        } catch {
          return { number: row.number, issuedAt: null, fields: null }
        }
      })
    },
    async change(actor, { basedOn, fields, reason }) {
      const { number, delivery } = await store.transaction(async (db) => {
        const newest = (await findNewestPolicy(db))?.number ?? 0
        if (newest !== basedOn) throw new CodedError('conflict', 'another policy has been signed meanwhile')
        const document = await signPolicy(ground, db, { actor, number: newest + 1, fields, reason })
        return { number: newest + 1, delivery: await outbox.put(db, 'policy.put', { document }) }
      })
      // Where the gateway is away it follows with the next connection.
      await outbox.deliver(delivery)
      return number
    },
  }
}
