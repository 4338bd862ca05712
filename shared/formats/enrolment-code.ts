/** The enrolment code: where the vault is, whom to believe, and a secret that works once. */
import { z } from 'zod'
import { FormatError, sha256 } from './bytes.ts'

export const enrolmentCodeSchema = z.strictObject({
  /** `https://host:port` of the gateway. */
  gateway: z.url({ protocol: /^https$/ }).max(512),
  /** Root fingerprint, hex. */
  root: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 of the TLS CA's DER, hex; null: the system's authorities are used. */
  ca: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** One-time secret, 128 bits, base64url. */
  secret: z.string().length(22),
})
export type EnrolmentCode = z.infer<typeof enrolmentCodeSchema>

const prefix = 'SD1-'

/** Text that survives e-mail and QR: prefix, base64url JSON, four check characters. */
export function encodeEnrolmentCode(code: EnrolmentCode): string {
  const body = Buffer.from(JSON.stringify(code)).toString('base64url')
  return `${prefix}${body}-${checksum(body)}`
}

/** Throws FormatError('enrolment_code_malformed') for anything that encodeEnrolmentCode did not make. */
export function decodeEnrolmentCode(text: string): EnrolmentCode {
  const match = /^SD1-([A-Za-z0-9_-]{1,2048})-([0-9a-f]{4})$/.exec(text.trim())
  const body = match?.[1]
  if (!body || checksum(body) !== match[2])
    throw new FormatError('enrolment_code_malformed', 'this is not an enrolment code, or part of it is missing')
  try {
    return enrolmentCodeSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
  } catch {
    throw new FormatError('enrolment_code_malformed', 'this enrolment code is from another version')
  }
}

function checksum(body: string): string {
  return sha256(Buffer.from(body)).toString('hex').slice(0, 4)
}
