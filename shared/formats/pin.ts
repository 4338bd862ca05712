/** What a PIN becomes: Argon2id once, expanded into `wrap` (stays on the machine) and `proof` (sent sealed to the keeper). */
import { hkdfSync } from 'node:crypto'
import { argon2id } from 'hash-wasm'
import { FormatError } from './bytes.ts'

/** RFC 9106's second recommended set, memory in KiB. */
export const argonCost = { parallelism: 4, iterations: 3, memorySize: 64 * 1024 }

export function expand(secret: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), `sealdesk/${info}`, 32))
}

/** `salt` is the device's, 16 bytes. Takes 0.2 to 0.5 s. Throws FormatError('pin_malformed') outside 4 to 64 characters. */
export async function stretchPin(pin: string, salt: Uint8Array): Promise<{ wrap: Buffer; proof: Buffer }> {
  if (pin.length < 4 || pin.length > 64) throw new FormatError('pin_malformed', 'a PIN has 4 to 64 characters')
  const stretched = await argon2id({
    password: pin.normalize('NFKC'),
    salt,
    ...argonCost,
    hashLength: 32,
    outputType: 'binary',
  })
  return { wrap: expand(stretched, 'pin/wrap'), proof: expand(stretched, 'pin/proof') }
}
