/** The keeper's keys: certified ones, the company's secret and one random key per identity, each wrapped in an encrypted file of its own. */
import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { CodedError } from '../../../shared/contracts/contract.ts'
import { keyId, privateKeyObject } from '../../../shared/formats/keys.ts'
import type { OpeningKey } from '../../../shared/formats/seal.ts'
import { rootFingerprint, trustSchema, type KeyPurpose, type Trust } from '../../../shared/formats/trust.ts'
import { databaseKey } from '../../database/key-file.ts'
import { openStore, type Store } from '../../database/open.ts'
import { decrypt, deriveKey, encrypt } from './cipher.ts'
import { keyringMigration } from './migration.ts'
import {
  destroyIdentityKey,
  findIdentityKey,
  findSecret,
  findSetting,
  insertCertified,
  insertIdentityKeys,
  insertSecret,
  listCertified,
  listIdentityKeys,
  putSetting,
} from './queries.ts'

export interface CertifiedKey {
  publicKey: Buffer
  privateKey: KeyObject
}

export interface Keyring {
  readonly trust: Trust
  readonly fingerprint: string
  readonly company: string
  /** Host and port that workstations are told at enrolment unless the gateway says otherwise. */
  readonly gateway: string
  /** The newest key of the purpose: for signing. */
  current(purpose: KeyPurpose): CertifiedKey
  /** The seal key with this id (hex), however old. */
  openingKey(keyId: string): OpeningKey | null
  /** A key for one named purpose of the keeper itself, for example `audit`. */
  derived(purpose: string): KeyObject
  /** HMAC-SHA256 under the keeper's lookup key: finds rows by content without storing it. 16 bytes. */
  lookup(...parts: string[]): Buffer
  /** Durable when it resolves. Fails when one of the identities has a key already. */
  makeIdentityKeys(identities: readonly string[]): Promise<void>
  /** null: destroyed, or never made. */
  identityKey(identity: string): Promise<KeyObject | null>
  /** Of those that have one. */
  identityKeys(identities: readonly string[]): Promise<Map<string, KeyObject>>
  /** Gone from the file and its log when it resolves. False when there was none. */
  destroyIdentityKey(identity: string): Promise<boolean>
  close(): Promise<void>
}

const cachedKeys = 20_000
const settings = { trust: 'trust', company: 'company', gateway: 'gateway' } as const

export interface NewKeyring {
  trust: Trust
  company: string
  gateway: string
  certified: { purpose: KeyPurpose; number: number; publicKey: Buffer; privateKey: Buffer }[]
  /** PKCS#8 PEM of the TLS authority, null where a certificate was given. */
  tlsCaKey: string | null
}

function openFile(file: string, master: Uint8Array): Promise<Store> {
  return openStore(file, databaseKey(master, 'keyring.db'), [keyringMigration])
}

/** Writes a new keyring in one transaction. Throws CodedError('already_initialised') when the file holds one. */
export async function createKeyring(file: string, master: Uint8Array, content: NewKeyring): Promise<void> {
  const store = await openFile(file, master)
  const wrap = deriveKey(master, 'keyring')
  try {
    if (await findSetting(store, settings.trust)) {
      throw new CodedError('already_initialised', 'this data folder already holds a vault')
    }
    await store.transaction(async (db) => {
      await insertSecret(db, 'keeper', encrypt(wrap, randomBytes(32), 'secret/keeper'))
      if (content.tlsCaKey !== null)
        await insertSecret(db, 'tls-ca', encrypt(wrap, Buffer.from(content.tlsCaKey), 'secret/tls-ca'))
      for (const key of content.certified) {
        const wrapped = encrypt(wrap, key.privateKey, `certified/${key.purpose}/${key.number}`)
        await insertCertified(db, { purpose: key.purpose, number: key.number, public_key: key.publicKey, wrapped })
      }
      await putSetting(db, settings.company, content.company)
      await putSetting(db, settings.gateway, content.gateway)
      await putSetting(db, settings.trust, JSON.stringify(content.trust))
    })
  } finally {
    await store.close()
  }
}

/** Throws CodedError 'not_initialised', or as openStore ('database_key_wrong': another passphrase or key file). */
export async function openKeyring(file: string, master: Uint8Array): Promise<Keyring> {
  const store = await openFile(file, master)
  try {
    return await loadKeyring(store, deriveKey(master, 'keyring'))
  } catch (error) {
    await store.close()
    throw error
  }
}

async function loadKeyring(store: Store, wrap: KeyObject): Promise<Keyring> {
  const [trustText, company, gateway, wrapped] = await Promise.all([
    findSetting(store, settings.trust),
    findSetting(store, settings.company),
    findSetting(store, settings.gateway),
    findSecret(store, 'keeper'),
  ])
  if (trustText === null || company === null || gateway === null || wrapped === null)
    throw new CodedError('not_initialised', 'this data folder holds no vault; run vault:admin init first')
  const trust = trustSchema.parse(JSON.parse(trustText))
  const secret = decrypt(wrap, wrapped, 'secret/keeper')
  const certified = await loadCertified(store, wrap)
  const lookupKey = deriveKey(secret, 'lookup')
  const derivedKeys = new Map<string, KeyObject>()
  return {
    trust,
    fingerprint: rootFingerprint(Buffer.from(trust.root, 'base64url')),
    company,
    gateway,
    current(purpose) {
      const key = certified.find((one) => one.purpose === purpose)
      if (!key) throw new CodedError('trust_incomplete', `the keyring holds no key for ${purpose}`)
      return key
    },
    openingKey: (id) => certified.find((one) => one.purpose === 'seal' && one.id === id) ?? null,
    derived(purpose) {
      let key = derivedKeys.get(purpose)
      if (!key) derivedKeys.set(purpose, (key = deriveKey(secret, purpose)))
      return key
    },
    lookup: (...parts) => createHmac('sha256', lookupKey).update(JSON.stringify(parts)).digest().subarray(0, 16),
    ...identityKeys(store, wrap),
    close: () => store.close(),
  }
}

async function loadCertified(
  store: Store,
  wrap: KeyObject,
): Promise<(CertifiedKey & { purpose: string; id: string })[]> {
  return (await listCertified(store)).map((row) => {
    const raw = decrypt(wrap, row.wrapped, `certified/${row.purpose}/${row.number}`)
    return {
      purpose: row.purpose,
      id: keyId(row.public_key),
      publicKey: row.public_key,
      privateKey: privateKeyObject(row.purpose === 'seal' ? 'x25519' : 'ed25519', raw),
    }
  })
}

function identityKeys(
  store: Store,
  wrap: KeyObject,
): Pick<Keyring, 'makeIdentityKeys' | 'identityKey' | 'identityKeys' | 'destroyIdentityKey'> {
  const cache = new Map<string, KeyObject>()
  // A read that began before a key was destroyed must not bring it back.
  const destroyed = new Set<string>()
  const remember = (identity: string, raw: Buffer): KeyObject => {
    if (cache.size >= cachedKeys) cache.delete(cache.keys().next().value ?? '')
    const key = createSecretKey(raw)
    cache.set(identity, key)
    return key
  }
  return {
    async makeIdentityKeys(identities) {
      if (identities.length === 0) return
      const fresh = identities.map((identity) => ({ identity, raw: randomBytes(32) }))
      await store.transaction((db) =>
        insertIdentityKeys(
          db,
          fresh.map(({ identity, raw }) => [identity, encrypt(wrap, raw, `identity/${identity}`)]),
        ),
      )
      for (const { identity, raw } of fresh) remember(identity, raw)
    },
    async identityKey(identity) {
      const known = cache.get(identity)
      if (known) return known
      const wrapped = await findIdentityKey(store, identity)
      return wrapped && !destroyed.has(identity)
        ? remember(identity, decrypt(wrap, wrapped, `identity/${identity}`))
        : null
    },
    async identityKeys(identities) {
      const asked = identities.filter((identity) => !cache.has(identity))
      const found = new Map<string, KeyObject>()
      for (const identity of identities) {
        const known = cache.get(identity)
        if (known) found.set(identity, known)
      }
      for (const { identity, wrapped } of asked.length === 0 ? [] : await listIdentityKeys(store, asked))
        if (!destroyed.has(identity))
          found.set(identity, remember(identity, decrypt(wrap, wrapped, `identity/${identity}`)))
      return found
    },
    async destroyIdentityKey(identity) {
      destroyed.add(identity)
      const existed = await store.transaction((db) => destroyIdentityKey(db, identity))
      cache.delete(identity)
      // No copy stays in free pages or in the log. Also when there was none: a crash may have come between deleting and purging.
      await store.purge({ rewrite: true })
      return existed
    },
  }
}
