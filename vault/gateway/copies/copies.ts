/** Copies of what the keeper decides: trust, policy and leases. Only what a certified key has signed gets in. */
import type { z } from 'zod'
import { CodedError } from '../../../shared/contracts/contract.ts'
import { leaseLabel, leaseSchema } from '../../../shared/contracts/device.ts'
import type { SignedDocument } from '../../../shared/contracts/signed-document.ts'
import { policyLabel, policySchema } from '../../../shared/domain/policy.ts'
import { openTrust, openTrusted, rootFingerprint, trustSchema, type Trust } from '../../../shared/formats/trust.ts'
import type { Store } from '../../database/open.ts'
import { findCopy, listLeases, putCopy, putLease } from './queries.ts'

export interface Copies {
  /** null before the keeper has ever been here. */
  trust(): Trust | null
  policy(): SignedDocument | null
  /** Epoch and holder that the keeper named last for the account. */
  lease(account: string): { workstation: string; epoch: string } | null
  /** Opens a document that a certified policy key signed. Throws CodedError('trust_missing') or FormatError as openTrusted. */
  open<T>(label: string, document: SignedDocument, schema: z.ZodType<T>): T
  /** Throws CodedError('trust_malformed', 'root_changed') or FormatError as openTrust. */
  putTrust(value: unknown): Promise<void>
  /** True when it is newer than the copy. Throws CodedError('policy_older') or as open. */
  putPolicy(document: SignedDocument): Promise<boolean>
  /** An epoch lower than the known one is left aside: a late repetition. */
  putLease(document: SignedDocument): Promise<void>
}

/** `pin`: root fingerprint written when the vault was made, or null: then the first trust that comes is kept for ever. */
export async function createCopies(store: Store, pin: string | null): Promise<Copies> {
  const stored = await findCopy(store, 'trust')
  let trust = stored === null ? null : trustSchema.parse(stored)
  let keys = trust ? policyKeys(trust, pin ?? fingerprintOf(trust)) : []
  let policy = (await findCopy(store, 'policy')) as SignedDocument | null
  const leases = new Map((await listLeases(store)).map((lease) => [lease.account, lease]))

  const open: Copies['open'] = (label, document, schema) => {
    if (keys.length === 0) throw new CodedError('trust_missing', 'no trust has been put yet')
    return openTrusted(label, document, keys, schema)
  }
  return {
    trust: () => trust,
    policy: () => policy,
    lease: (account) => leases.get(account) ?? null,
    open,
    async putTrust(value) {
      const parsed = trustSchema.safeParse(value)
      if (!parsed.success) throw new CodedError('trust_malformed', 'the trust has another shape')
      const expected = pin ?? (trust ? fingerprintOf(trust) : fingerprintOf(parsed.data))
      if (fingerprintOf(parsed.data) !== expected)
        throw new CodedError('root_changed', 'this gateway belongs to another root key')
      const newKeys = policyKeys(parsed.data, expected)
      await store.transaction((writer) => putCopy(writer, 'trust', parsed.data))
      trust = parsed.data
      keys = newKeys
    },
    async putPolicy(document) {
      const next = open(policyLabel, document, policySchema)
      const known = policy ? open(policyLabel, policy, policySchema).number : 0
      if (next.number < known) throw new CodedError('policy_older', 'the policy has a lower number than the copy')
      await store.transaction((writer) => putCopy(writer, 'policy', document))
      policy = document
      return next.number > known
    },
    async putLease(document) {
      const { account, workstation, epoch } = open(leaseLabel, document, leaseSchema)
      const known = leases.get(account)
      if (known && compareEpochs(epoch, known.epoch) < 0) return
      const lease = { account, workstation, epoch }
      await store.transaction((writer) => putLease(writer, lease, document))
      leases.set(account, lease)
    },
  }
}

function fingerprintOf(trust: Trust): string {
  return rootFingerprint(Buffer.from(trust.root, 'base64url'))
}

function policyKeys(trust: Trust, fingerprint: string): Buffer[] {
  const opened = openTrust(trust, fingerprint)
  opened.current('policy')
  return opened.all('policy')
}

/** Epochs are (generation, n), compared in that order. */
export function compareEpochs(a: string, b: string): number {
  const [generationA = 0, numberA = 0] = a.split('.').map(Number)
  const [generationB = 0, numberB = 0] = b.split('.').map(Number)
  return generationA - generationB || numberA - numberB
}
