/** Time-based one-time codes (RFC 6238: SHA-1, 30 s, six digits) and their secrets in base32 (RFC 4648). */
import { createHmac, timingSafeEqual } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
export const totpStepMs = 30_000

export function toBase32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** The code of one step (RFC 4226, 5.3). */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = mac[19]! & 0x0f
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** False: no secret has such a code. */
export function isTotpShaped(code: string): boolean {
  return /^[0-9]{6}$/.test(code)
}

/**
 * The step that a code belongs to, one step of clock difference allowed either way; null when it is wrong or not newer than
 * `lastStep` (a code counts once). `at` in epoch ms.
 */
export function matchTotp(secret: Uint8Array, code: string, at: number, lastStep: number): number | null {
  const now = Math.floor(at / totpStepMs)
  if (!isTotpShaped(code)) return null
  const given = Buffer.from(code, 'ascii')
  let match: number | null = null
  for (const step of [now - 1, now, now + 1]) {
    const holds = timingSafeEqual(given, Buffer.from(totpCode(secret, step)))
    if (holds && step > lastStep) match = step
  }
  return match
}
