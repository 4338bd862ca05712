/** Keeps the device share and the signing key: in the OS keystore where there is one, else in a file only this user can read. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const secretsSchema = z.strictObject({
  deviceShare: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  signingKey: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
})
export type DeviceSecrets = z.infer<typeof secretsSchema>

/** The part of Electron's safeStorage that is used; it may be asked only after the app is ready. */
export interface Keystore {
  isEncryptionAvailable(): boolean
  encryptString(text: string): Buffer
  decryptString(sealed: Buffer): string
}

/**
 * True when the keystore really protects. On Linux Chromium can fall back to a fixed public password; only values of a real
 * keyring begin with `v11` (measured), whatever the backend calls itself.
 */
export function protects(keystore: Keystore, platform: string): boolean {
  if (!keystore.isEncryptionAvailable()) return false
  return platform !== 'linux' || keystore.encryptString('probe').subarray(0, 3).toString('latin1') === 'v11'
}

export class DeviceSecretsFile {
  readonly #sealed: string
  readonly #plain: string
  readonly #keystore: Keystore | null

  constructor(profile: string, keystore: Keystore, platform: string) {
    this.#sealed = join(profile, 'device.sealed')
    this.#plain = join(profile, 'device.json')
    this.#keystore = protects(keystore, platform) ? keystore : null
  }

  /** Null when nothing was kept yet or when the keystore does not open it (a changed keyring): the engine then asks to enrol again. */
  find(): DeviceSecrets | null {
    try {
      if (this.#keystore && existsSync(this.#sealed)) {
        return secretsSchema.parse(JSON.parse(this.#keystore.decryptString(readFileSync(this.#sealed))))
      }
      if (!existsSync(this.#plain)) return null
      const secrets = secretsSchema.parse(JSON.parse(readFileSync(this.#plain, 'utf8')))
      if (this.#keystore) this.keep(secrets)
      return secrets
    } catch {
      return null
    }
  }

  /** Durable when it returns. */
  keep(secrets: DeviceSecrets): void {
    const text = JSON.stringify(secrets)
    if (this.#keystore) {
      writeDurably(this.#sealed, this.#keystore.encryptString(text))
      rmSync(this.#plain, { force: true })
    } else {
      writeDurably(this.#plain, Buffer.from(text))
      rmSync(this.#sealed, { force: true })
    }
  }
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(`${path}.part`, 'w', 0o600)
  try {
    writeSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.part`, path)
}
