/** Makes a vault in an empty data folder: root key, certified keys, TLS, first policy, first administrator. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { defaultPolicy } from '../../../../shared/domain/policy.ts'
import { generateRawKeyPair, privateKeyObject, type RawKeyPair } from '../../../../shared/formats/keys.ts'
import {
  certificateLabel,
  keyPurposes,
  rootFingerprint,
  signDocument,
  type KeyCertificate,
} from '../../../../shared/formats/trust.ts'
import type { Clock } from '../../../../shared/clock/clock.ts'
import { databaseKey } from '../../../database/key-file.ts'
import { openStore } from '../../../database/open.ts'
import { dataFolder, writeNewFile, type DataFolder, type TlsFiles } from '../../data-folder.ts'
import { keeperFeatures } from '../../features.ts'
import { createKeyring, openKeyring, type NewKeyring } from '../../keyring/keyring.ts'
import { openMasterKey } from '../../master-key.ts'
import { createLog } from '../../report.ts'
import { createAudit } from '../audit/service.ts'
import { createPeople, type NewLogin } from '../people/service.ts'
import { signPolicy } from '../policy/service.ts'
import { issueAuthority, issueServer } from './x509.ts'

export interface InitOptions {
  data: string
  company: string
  /** HOST:PORT that workstations are to use, written into certificates and, until the gateway says otherwise, into codes. */
  gateway: string
  passphraseFile: string | null
  clock: Clock
}
export interface Initialised {
  rootFingerprint: string
  login: NewLogin
  /** To be moved to a place without network. */
  rootKeyFile: string
}

export const tlsCaLabel = 'sealdesk/tls-ca/1'

/** Throws CodedError: already_initialised, bad_input, passphrase_unreadable. After a crash it is run again on an emptied folder. */
export async function initialise(options: InitOptions): Promise<Initialised> {
  const folder = dataFolder(options.data)
  const host = hostOf(options.gateway)
  for (const path of [options.data, folder.keeper, folder.gateway]) mkdirSync(path, { recursive: true, mode: 0o700 })
  claimRootKey(folder)
  try {
    return await make(options, folder, host)
  } catch (error) {
    // Nothing of half a vault stays: the next attempt starts from nothing.
    for (const path of madeFiles(folder)) rmSync(path, { recursive: true, force: true })
    throw error
  }
}

function hostOf(gateway: string): string {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/.exec(gateway)
  const host = match?.[1] ?? match?.[2]
  if (!host || Number(match?.[3]) > 65535) throw new CodedError('bad_input', `${gateway} is not HOST:PORT`)
  return host
}

/** The root key's file is made first and exclusively: two `init` at once cannot both go on. */
function claimRootKey(folder: DataFolder): void {
  try {
    writeNewFile(folder.rootKey, '')
  } catch {
    throw new CodedError('already_initialised', 'this data folder already holds a vault')
  }
}

function madeFiles(folder: DataFolder): string[] {
  const databases = [folder.keeperDatabase, folder.keyring, folder.index]
  return [
    ...databases.flatMap((file) => [file, `${file}-wal`, `${file}-shm`]),
    folder.rootKey,
    folder.masterKey,
    folder.masterSalt,
    join(folder.keeper, 'tls'),
    join(folder.gateway, 'tls'),
    join(folder.gateway, 'root'),
  ]
}

async function make(options: InitOptions, folder: DataFolder, host: string): Promise<Initialised> {
  const { clock } = options
  const root = generateRawKeyPair('ed25519')
  const master = await openMasterKey(folder, options.passphraseFile)
  // Dated by the machine's own clock: TLS libraries know no other.
  const now = Date.now()
  const authority = issueAuthority(now)
  const keyring = certify(options, root, authority, clock.now())
  await createKeyring(folder.keyring, master, keyring)
  const rootKey = { publicKey: root.publicKey, privateKey: privateKeyObject('ed25519', root.privateKey) }
  const caDocument = signDocument(tlsCaLabel, { pem: authority.certificatePem, issuedAt: clock.now() }, rootKey)
  const hosts = ['localhost', '127.0.0.1', '::1', host]
  for (const files of [folder.gatewayTls, folder.consoleTls]) {
    writeTls(files, issueServer(authority, hosts, now), authority.certificatePem, JSON.stringify(caDocument))
  }
  const fingerprint = rootFingerprint(root.publicKey)
  writeNewFile(join(folder.gateway, 'root'), `${fingerprint}\n`)
  const login = await firstRows(folder, master, clock)
  rmSync(folder.rootKey)
  writeNewFile(folder.rootKey, rootKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return { rootFingerprint: fingerprint, login, rootKeyFile: folder.rootKey }
}

function certify(
  options: InitOptions,
  root: RawKeyPair,
  authority: { certificatePem: string; privateKeyPem: string },
  at: number,
): NewKeyring {
  const rootKey = { publicKey: root.publicKey, privateKey: privateKeyObject('ed25519', root.privateKey) }
  const certified = keyPurposes.map((purpose) => ({
    purpose,
    number: 1,
    ...generateRawKeyPair(purpose === 'seal' ? 'x25519' : 'ed25519'),
  }))
  const certificates = certified.map(({ purpose, number, publicKey }) => {
    const value: KeyCertificate = { purpose, number, publicKey: publicKey.toString('base64url'), issuedAt: at }
    return signDocument(certificateLabel, value, rootKey)
  })
  return {
    trust: { root: root.publicKey.toString('base64url'), certificates, tlsCa: authority.certificatePem },
    company: options.company,
    gateway: options.gateway,
    certified,
    tlsCaKey: authority.privateKeyPem,
  }
}

function writeTls(
  files: TlsFiles,
  server: { certificatePem: string; privateKeyPem: string },
  ca: string,
  caDocument: string,
): void {
  writeNewFile(files.key, server.privateKeyPem)
  writeNewFile(files.certificate, server.certificatePem)
  writeNewFile(files.ca, ca)
  writeNewFile(`${files.ca}.signed.json`, caDocument)
}

async function firstRows(folder: DataFolder, master: Uint8Array, clock: Clock): Promise<NewLogin> {
  const store = await openStore(folder.keeperDatabase, databaseKey(master, 'keeper.db'), keeperFeatures)
  const keyring = await openKeyring(folder.keyring, master)
  try {
    const audit = createAudit(store, keyring, clock)
    const ground = { store, keyring, clock, audit, log: createLog((line) => process.stderr.write(line)) }
    await audit.record({ actor: 'local', action: 'vault.init', subject: null })
    await store.transaction((db) => signPolicy(ground, db, { actor: 'local', number: 1, fields: defaultPolicy }))
    const { login } = await createPeople(ground).add('local', { name: 'admin', role: 'administrator', team: null })
    await audit.checkpoint()
    if (!login) throw new Error('an administrator has a login')
    return login
  } finally {
    await keyring.close()
    await store.close()
  }
}
