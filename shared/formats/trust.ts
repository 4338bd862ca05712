/** The company root key certifies the keeper's keys; documents signed by those keys are what a workstation believes. */
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { signedDocumentSchema, type SignedDocument } from '../contracts/signed-document.ts'
import { FormatError, sha256 } from './bytes.ts'
import { keyId, publicKeyObject, signFor, verifyFor } from './keys.ts'

export const keyPurposes = ['seal', 'policy', 'checkpoint', 'receipt'] as const
export type KeyPurpose = (typeof keyPurposes)[number]

/** `label` names the kind of document, for example `sealdesk/policy/1`. */
export function signDocument(
  label: string,
  value: unknown,
  key: { publicKey: Uint8Array; privateKey: KeyObject },
): SignedDocument {
  const body = Buffer.from(JSON.stringify(value), 'utf8')
  return {
    body: body.toString('base64url'),
    signature: signFor(label, body, key.privateKey).toString('base64url'),
    keyId: keyId(key.publicKey),
  }
}

/** Throws FormatError: 'document_other_key', 'document_forged', 'document_malformed'. */
export function openDocument<T>(
  label: string,
  document: SignedDocument,
  publicKey: Uint8Array,
  schema: z.ZodType<T>,
): T {
  if (document.keyId !== keyId(publicKey)) throw new FormatError('document_other_key', 'signed by another key')
  const body = Buffer.from(document.body, 'base64url')
  const holds = verifyFor(
    label,
    body,
    Buffer.from(document.signature, 'base64url'),
    publicKeyObject('ed25519', publicKey),
  )
  if (!holds) throw new FormatError('document_forged', 'the signature does not hold')
  try {
    return schema.parse(JSON.parse(body.toString('utf8')))
  } catch {
    throw new FormatError('document_malformed', `a ${label} has another shape`)
  }
}

const rawKeyBase64 = z.string().length(43)

/** The whole trust of a workstation: the root's public key, the keeper's certified keys and the TLS CA. */
export const trustSchema = z.strictObject({
  root: rawKeyBase64,
  certificates: z.array(signedDocumentSchema).max(64),
  /** PEM of the vault's own TLS CA, or null where a given certificate is used. */
  tlsCa: z.string().max(16384).nullable(),
})
export type Trust = z.infer<typeof trustSchema>

export const certificateSchema = z.strictObject({
  purpose: z.enum(keyPurposes),
  publicKey: rawKeyBase64,
  /** Growing per purpose; the highest one is current, earlier ones stay valid for what they signed. */
  number: z.int().min(1),
  issuedAt: z.int(),
})
export type KeyCertificate = z.infer<typeof certificateSchema>
export const certificateLabel = 'sealdesk/certificate/1'

/** Root fingerprint: SHA-256 of the raw root public key, lower-case hex (64 characters). */
export function rootFingerprint(rootPublicKey: Uint8Array): string {
  return sha256(rootPublicKey).toString('hex')
}

/**
 * Checks root and certificates against the fingerprint that the enrolment code carried.
 * Throws FormatError('trust_other_root') or as openDocument; 'trust_incomplete' when a purpose has no key.
 */
export function openTrust(
  trust: Trust,
  fingerprint: string,
): { current(purpose: KeyPurpose): Buffer; all(purpose: KeyPurpose): Buffer[] } {
  const root = Buffer.from(trust.root, 'base64url')
  if (rootFingerprint(root) !== fingerprint)
    throw new FormatError('trust_other_root', 'the root key is not the one of the enrolment code')
  const certificates = trust.certificates
    .map((document) => openDocument(certificateLabel, document, root, certificateSchema))
    .toSorted((a, b) => b.number - a.number)
  const all = (purpose: KeyPurpose): Buffer[] =>
    certificates.filter((one) => one.purpose === purpose).map((one) => Buffer.from(one.publicKey, 'base64url'))
  return {
    all,
    current(purpose) {
      const [key] = all(purpose)
      if (!key) throw new FormatError('trust_incomplete', `no certified key for ${purpose}`)
      return key
    },
  }
}

/** Opens a document by whichever certified key of the purpose signed it. Throws as openDocument. */
export function openTrusted<T>(label: string, document: SignedDocument, keys: Uint8Array[], schema: z.ZodType<T>): T {
  const key = keys.find((one) => keyId(one) === document.keyId)
  if (!key) throw new FormatError('document_other_key', 'signed by a key that the root has not certified for this')
  return openDocument(label, document, key, schema)
}
