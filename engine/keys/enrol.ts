/** Enrolment: a one-time code becomes a workstation with its own keys, ledger and two encrypted databases. */
import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { hostname } from 'node:os'
import type { z } from 'zod'
import { CodedError } from '../../shared/contracts/contract.ts'
import {
  enrolmentLabel,
  enrolmentSchema,
  enrolReplySchema,
  routes,
  type enrolDetailsSchema,
  type EnrolRequest,
} from '../../shared/contracts/device.ts'
import { frame, unframe } from '../../shared/formats/bytes.ts'
import { decodeEnrolmentCode } from '../../shared/formats/enrolment-code.ts'
import { generateRawKeyPair, privateKeyObject, signFor } from '../../shared/formats/keys.ts'
import { stretchPin } from '../../shared/formats/pin.ts'
import { openSealed, seal } from '../../shared/formats/seal.ts'
import { openTrust, openTrusted } from '../../shared/formats/trust.ts'
import { Cache } from '../cache/database.ts'
import { putValue } from '../cache/meta.ts'
import type { Profile } from '../profile.ts'
import { ask, createVaultAgent, fetchTrust, refusal } from '../sync/tls.ts'
import { wrapCacheKey } from './key-file.ts'

export interface EnrolOptions {
  profile: Profile
  code: string
  /** null: a service workstation. */
  pin: string | null
  hostKind: 'electron' | 'node'
}

/** What belongs into the OS keystore, and the key that opens the cache right away. */
export interface Enrolled {
  deviceShare: Buffer
  signingKey: Buffer
  cacheKey: Buffer
  vaultShare: Buffer
  /** null: a service workstation. */
  proof: Buffer | null
}

/**
 * Throws CodedError: enrolment_code_malformed, already_enrolled, vault_away, trust_other_ca, trust_other_root,
 * enrolment_unknown, enrolment_used, enrolment_expired, pin_malformed. Until the vault has answered nothing is written. A profile
 * whose cache is lost may be enrolled anew.
 */
export async function enrol(options: EnrolOptions): Promise<Enrolled> {
  const { profile } = options
  if (profile.has('enrolment.json') && !profile.cacheLost)
    throw new CodedError('already_enrolled', 'this profile is enrolled already')
  const code = decodeEnrolmentCode(options.code)
  const salt = randomBytes(16)
  const pin = options.pin === null ? null : await stretchPin(options.pin, salt)
  const trust = await fetchTrust(code.gateway, code.ca, routes.trust)
  const keys = openTrust(trust, code.root)

  const signing = generateRawKeyPair('ed25519')
  const opening = generateRawKeyPair('x25519')
  const share = generateRawKeyPair('x25519')
  const details: z.infer<typeof enrolDetailsSchema> = {
    proofs: pin === null ? null : [pin.proof.toString('base64url'), randomBytes(32).toString('base64url')],
    host: options.hostKind,
    machine: hostname().slice(0, 128),
    platform: `${process.platform}-${process.arch}`,
  }
  const bound = createHash('sha256').update(code.secret).digest()
  const unsigned: Omit<EnrolRequest, 'signature'> = {
    secret: code.secret,
    signingKey: signing.publicKey.toString('base64url'),
    openingKey: opening.publicKey.toString('base64url'),
    shareKey: share.publicKey.toString('base64url'),
    details: seal(Buffer.from(JSON.stringify(details)), keys.current('seal'), 'enrol', bound).toString('base64url'),
  }
  const signed = frame(
    [unsigned.secret, unsigned.signingKey, unsigned.openingKey, unsigned.shareKey, unsigned.details].map((text) =>
      Buffer.from(text),
    ),
  )
  const signature = signFor('sealdesk/enrol/1', signed, privateKeyObject('ed25519', signing.privateKey)).toString(
    'base64url',
  )
  const reply = await send(code.gateway, trust.tlsCa, { ...unsigned, signature })

  const enrolment = openTrusted(enrolmentLabel, reply.enrolment, keys.all('policy'), enrolmentSchema)
  const shares = unframe(
    openSealed(
      Buffer.from(reply.shares, 'base64url'),
      { publicKey: share.publicKey, privateKey: privateKeyObject('x25519', share.privateKey) },
      'share',
    ),
  )
  const deviceShare = randomBytes(32)
  const cacheKey = randomBytes(32)
  const wrap = pin?.wrap ?? Buffer.alloc(0)
  // After a lost cache: from here on the old enrolment opens nothing any more. Its spool stays and goes up.
  profile.remove('enrolment.json')
  profile.write('salt.json', { salt: salt.toString('base64url') })
  profile.write('keys-1.json', wrapCacheKey(cacheKey, { device: deviceShare, vault: shares[0]!, wrap }))
  createCache(profile, 1, cacheKey, opening.privateKey)
  // Slot 2 stands from the first day, made from secrets that nobody keeps.
  const unknownKey = randomBytes(32)
  profile.write(
    'keys-2.json',
    wrapCacheKey(unknownKey, { device: deviceShare, vault: shares[1]!, wrap: randomBytes(32) }),
  )
  createCache(profile, 2, unknownKey, generateRawKeyPair('x25519').privateKey)
  profile.write('secret.json', { deviceSecret: reply.deviceSecret })
  profile.write('policy.json', { document: reply.policy })
  if (options.hostKind === 'node') {
    profile.write('device.json', {
      deviceShare: deviceShare.toString('base64url'),
      signingKey: signing.privateKey.toString('base64url'),
    })
  }
  profile.write('enrolment.json', {
    v: 1,
    gateway: code.gateway,
    root: code.root,
    trust,
    document: reply.enrolment,
    enrolment,
    hostKind: options.hostKind,
  })
  return { deviceShare, signingKey: signing.privateKey, cacheKey, vaultShare: shares[0]!, proof: pin?.proof ?? null }
}

function createCache(profile: Profile, slot: 1 | 2, key: Uint8Array, openingKey: Uint8Array): void {
  // Left by an enrolment that broke off: nobody has its key.
  for (const end of ['', '-wal', '-shm']) rmSync(`${profile.cacheFile(slot)}${end}`, { force: true })
  const cache = new Cache(profile.cacheFile(slot), key)
  cache.transaction((writer) => putValue(writer, 'openingKey', openingKey))
  cache.close()
}

async function send(
  gateway: string,
  tlsCa: string | null,
  request: EnrolRequest,
): Promise<z.infer<typeof enrolReplySchema>> {
  const agent = createVaultAgent(tlsCa)
  try {
    const reply = await ask(agent, `${gateway}${routes.enrol}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(request)),
    })
    if (reply.status !== 200) throw refusal(reply)
    return enrolReplySchema.parse(JSON.parse(reply.body.toString('utf8')))
  } finally {
    agent.destroy()
  }
}
