/** The profile folder: what stands outside the encrypted cache, each file written whole or not at all. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CodedError } from '../shared/contracts/contract.ts'
import { enrolmentSchema } from '../shared/contracts/device.ts'
import { signedDocumentSchema } from '../shared/contracts/signed-document.ts'
import { trustSchema } from '../shared/formats/trust.ts'

const base64 = z.string().regex(/^[A-Za-z0-9_-]*$/)

const schemas = {
  /** Fixed at enrolment. */
  'enrolment.json': z.strictObject({
    v: z.literal(1),
    gateway: z.string(),
    root: z.string(),
    trust: trustSchema,
    document: signedDocumentSchema,
    enrolment: enrolmentSchema,
    hostKind: z.enum(['electron', 'node']),
  }),
  /** The rotating device secret; stored before it is used. */
  'secret.json': z.strictObject({ deviceSecret: base64.length(43) }),
  /** Salt of the PIN's Argon2id, 16 bytes. */
  'salt.json': z.strictObject({ salt: base64.length(22) }),
  /** The cache keys, wrapped under HKDF(device share ‖ vault share ‖ wrap). */
  'keys-1.json': z.strictObject({ v: z.literal(1), nonce: base64.length(16), wrapped: base64.length(64) }),
  'keys-2.json': z.strictObject({ v: z.literal(1), nonce: base64.length(16), wrapped: base64.length(64) }),
  'policy.json': z.strictObject({ document: signedDocumentSchema }),
  /** High-water mark of trusted time and the last answer of the vault, epoch ms. */
  'time.json': z.strictObject({ highest: z.int(), vaultAt: z.int() }),
  /** Wrong PINs at the screen lock, counted across restarts. */
  'attempts.json': z.strictObject({ wrong: z.int(), until: z.int() }),
  /** Plain Node only: what an OS keystore would hold. Counts for nothing against a disk thief. */
  'device.json': z.strictObject({ deviceShare: base64.length(43), signingKey: base64.length(43) }),
} as const
type Name = keyof typeof schemas
export type ProfileFile<N extends Name> = z.infer<(typeof schemas)[N]>

export class Profile {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  get spoolFolder(): string {
    return this.path('spool')
  }

  get mediaFolder(): string {
    return this.path('media')
  }

  cacheFile(slot: 1 | 2): string {
    return this.path(`cache-${slot}.db`)
  }

  /** Enrolled, but what only the cache or its key file knew is gone: the way back is a new enrolment and the vault's journal. */
  get cacheLost(): boolean {
    return this.has('enrolment.json') && !(existsSync(this.cacheFile(1)) && this.has('keys-1.json'))
  }

  has(name: Name): boolean {
    return existsSync(this.path(name))
  }

  /** Throws CodedError('profile_damaged') when the file is there but not readable as what it should be. */
  find<N extends Name>(name: N): ProfileFile<N> | null {
    if (!this.has(name)) return null
    try {
      return schemas[name].parse(JSON.parse(readFileSync(this.path(name), 'utf8'))) as ProfileFile<N>
    } catch {
      throw new CodedError('profile_damaged', `${name} of this profile is damaged`)
    }
  }

  /** Durable when it returns: written aside, fsynced, renamed. Mode 0600. */
  write<N extends Name>(name: N, value: ProfileFile<N>): void {
    const part = this.path(`${name}.part`)
    const file = openSync(part, 'w', 0o600)
    try {
      writeSync(file, JSON.stringify(value))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(part, this.path(name))
    this.#syncFolder()
  }

  /** Durable when it returns. */
  remove(name: Name): void {
    rmSync(this.path(name), { force: true })
    this.#syncFolder()
  }

  #syncFolder(): void {
    const folder = openSync(this.folder, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }
}
