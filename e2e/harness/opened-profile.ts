/** Opens a profile from outside with the product's own functions and the right PIN, to know the true values of its secrets. */
import { openTrust } from '../../shared/formats/trust.ts'
import { privateKeyObject } from '../../shared/formats/keys.ts'
import { Cache } from '../../engine/cache/database.ts'
import { findBytes } from '../../engine/cache/meta.ts'
import { unlockWithVault } from '../../engine/keys/unlock.ts'
import { Profile } from '../../engine/profile.ts'
import { Link } from '../../engine/sync/link.ts'
import { createVaultAgent } from '../../engine/sync/tls.ts'
import type { Secret } from './secret-scan.ts'

export interface OpenedProfile {
  /** Every value of the cache, as somebody with the key sees them. */
  cells: Buffer
  /** Cache key, vault share, opening key, and every key in the providers' state (`<account> <type> <path>`). */
  secrets: Secret[]
}

/** The engine must not run, the vault must; the profile is closed again when this resolves. Throws as unlockWithVault. */
export async function openProfile(folder: string, pin: string): Promise<OpenedProfile> {
  const { file, ...held } = await unlockProfile(folder, pin)
  const cache = new Cache(file, held.cacheKey)
  try {
    const openingKey = findBytes(cache, 'openingKey')
    if (!openingKey) throw new Error('the cache holds no opening key')
    const secrets = [
      { name: 'cache key', bytes: held.cacheKey },
      { name: 'vault share', bytes: held.vaultShare },
      { name: 'opening key', bytes: openingKey },
      ...providerKeys(cache),
    ]
    return { cells: cellsOf(cache), secrets }
  } finally {
    cache.close()
  }
}

/** Where the cache lies and what opens it. The engine must not run, the vault must. Throws as unlockWithVault. */
export async function unlockProfile(
  folder: string,
  pin: string,
): Promise<{ file: string; cacheKey: Buffer; vaultShare: Buffer }> {
  const profile = new Profile(folder)
  const enrolled = profile.find('enrolment.json')
  const device = profile.find('device.json')
  if (!enrolled || !device) throw new Error('this profile is not enrolled, or an OS keystore holds its secrets')
  const agent = createVaultAgent(enrolled.trust.tlsCa)
  const signingKey = privateKeyObject('ed25519', Buffer.from(device.signingKey, 'base64url'))
  const link = await new Promise<Link>((resolve, reject) => {
    const made = new Link({
      profile,
      agent,
      signingKey,
      software: 'test',
      connected: () => resolve(made),
      disconnected: () => {},
      push: () => {},
      refused: (code) => reject(new Error(code)),
    })
    made.start()
  })
  const trust = openTrust(enrolled.trust, enrolled.root)
  const deviceShare = Buffer.from(device.deviceShare, 'base64url')
  const { slot, cacheKey, vaultShare } = await unlockWithVault(
    { profile, call: link.call, sealKey: trust.current('seal'), signingKey, deviceShare },
    pin,
  )
  link.stop()
  agent.destroy()
  return { file: profile.cacheFile(slot), cacheKey, vaultShare }
}

/** Keys of sessions are long binary values; what is shorter than 32 bytes is a number or a name. */
const keyBytes = 32

function providerKeys(cache: Cache): Secret[] {
  const rows = cache.all<{ account: string; type: string; id: string; value: Uint8Array }>(
    'SELECT account, type, id, value FROM providerState',
  )
  const secrets: Secret[] = []
  const collect = (value: unknown, path: string): void => {
    if (typeof value === 'string') {
      const bytes = Buffer.from(value, 'base64')
      const isBinary = bytes.toString('base64').replace(/=+$/, '') === value.replace(/=+$/, '')
      if (isBinary && bytes.length >= keyBytes) secrets.push({ name: path, bytes })
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) collect(member, `${path}.${name}`)
    }
  }
  for (const { account, type, id, value } of rows) {
    try {
      collect(JSON.parse(Buffer.from(value).toString('utf8')), `${account} ${type} ${id}`)
    } catch {
      if (value.length >= keyBytes) secrets.push({ name: `${account} ${type} ${id}`, bytes: value })
    }
  }
  return secrets
}

interface Readable {
  all(sql: string): Record<string, unknown>[]
}

/** Every value of every table, one after the other: what somebody sees who holds the key. */
export function cellsOf(db: Readable): Buffer {
  const parts: Buffer[] = []
  const tables = db.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
  for (const { name } of tables) {
    for (const row of db.all(`SELECT * FROM "${String(name)}"`)) {
      for (const value of Object.values(row))
        parts.push(
          value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value), 'utf8'),
          Buffer.from('\n'),
        )
    }
  }
  return Buffer.concat(parts)
}
