/** Passwords: made at random, stretched with Argon2id, compared in constant time; few at once, for each takes 64 MiB. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { argon2id } from 'hash-wasm'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { argonCost } from '../../../../shared/formats/pin.ts'

export interface StoredPassword {
  salt: Buffer
  hash: Buffer
}

let queue: Promise<unknown> = Promise.resolve()
let waiting = 0
const longestQueue = 20

/** One after the other, and not too many: a flood of sign-ins costs its senders time, never the keeper its memory. */
function stretch(password: string, salt: Uint8Array): Promise<Buffer> {
  if (waiting >= longestQueue) throw new CodedError('busy', 'too many sign-ins at once; try again')
  waiting++
  const mine = queue.then(async () =>
    Buffer.from(
      await argon2id({
        password: password.normalize('NFKC'),
        salt,
        ...argonCost,
        hashLength: 32,
        outputType: 'binary',
      }),
    ),
  )
  queue = mine.catch(() => undefined).finally(() => waiting--)
  return mine
}

/** 20 characters without look-alikes, about 98 bits. */
export function makePassword(): string {
  const signs = 'abcdefghijkmnpqrstuvwxyz23456789'
  return [...randomBytes(20)].map((byte) => signs[byte % signs.length]).join('')
}

export async function storePassword(password: string): Promise<StoredPassword> {
  const salt = randomBytes(16)
  return { salt, hash: await stretch(password, salt) }
}

/** Takes the same time when nothing is stored. */
export async function passwordMatches(password: string, stored: StoredPassword | null): Promise<boolean> {
  const hash = await stretch(password || ' ', stored?.salt ?? Buffer.alloc(16))
  return stored !== null && password !== '' && timingSafeEqual(hash, stored.hash)
}
