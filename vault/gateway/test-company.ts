/** For tests: a company's root and keys, enrolled devices that write real ledgers, and TLS files for a gateway. */
import { execFileSync } from 'node:child_process'
import { randomBytes, type KeyObject } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  blobLabel,
  enrolmentLabel,
  leaseLabel,
  revocationLabel,
  type BlobTicket,
  type Enrolment,
  type Lease,
} from '../../shared/contracts/device.ts'
import type { SignedDocument } from '../../shared/contracts/signed-document.ts'
import { defaultPolicy, policyLabel } from '../../shared/domain/policy.ts'
import { encodeBatch } from '../../shared/formats/batch.ts'
import { frame, randomId, sha256 } from '../../shared/formats/bytes.ts'
import { encodeEvent, genesisLink, type EncodedEvent } from '../../shared/formats/event.ts'
import { generateRawKeyPair, privateKeyObject, signFor } from '../../shared/formats/keys.ts'
import { certificateLabel, keyPurposes, signDocument, type KeyPurpose, type Trust } from '../../shared/formats/trust.ts'

interface SigningPair {
  publicKey: Buffer
  privateKey: KeyObject
}

function signingPair(): SigningPair {
  const pair = generateRawKeyPair('ed25519')
  return { publicKey: pair.publicKey, privateKey: privateKeyObject('ed25519', pair.privateKey) }
}

export interface TestCompany {
  trust: Trust
  sealKey: Buffer
  policy(number: number): SignedDocument
  /** A new workstation, or a new ledger of a known one. */
  device(of?: { workstation: string; signing: SigningPair }): TestDevice
  lease(account: string, workstation: string, epoch: string): SignedDocument
  revocation(workstation: string): SignedDocument
}

export function createTestCompany(): TestCompany {
  const root = signingPair()
  const policyKey = signingPair()
  const seal = generateRawKeyPair('x25519')
  const rawKeys: Record<KeyPurpose, Buffer> = {
    seal: seal.publicKey,
    policy: policyKey.publicKey,
    checkpoint: signingPair().publicKey,
    receipt: signingPair().publicKey,
  }
  const trust: Trust = {
    root: root.publicKey.toString('base64url'),
    certificates: keyPurposes.map((purpose) =>
      signDocument(
        certificateLabel,
        { purpose, publicKey: rawKeys[purpose].toString('base64url'), number: 1, issuedAt: 1 },
        root,
      ),
    ),
    tlsCa: null,
  }
  return {
    trust,
    sealKey: seal.publicKey,
    policy: (number) => signDocument(policyLabel, { ...defaultPolicy, number, issuedAt: 1 }, policyKey),
    device: (of = { workstation: randomId(), signing: signingPair() }) =>
      new TestDevice(of.workstation, of.signing, seal.publicKey, policyKey),
    lease: (account, workstation, epoch) => {
      const lease: Lease = { account, workstation, epoch, at: 1, validMs: 600_000 }
      return signDocument(leaseLabel, lease, policyKey)
    },
    revocation: (workstation) => signDocument(revocationLabel, { workstation, at: 1, number: 1 }, policyKey),
  }
}

/** One enrolment: its signed document, its first secret, and a ledger that grows. */
export class TestDevice {
  readonly workstation: string
  readonly signing: SigningPair
  readonly ledger = randomId()
  readonly enrolment: SignedDocument
  readonly secret = randomBytes(32).toString('base64url')
  readonly sealKey: Buffer
  events: EncodedEvent[] = []

  constructor(workstation: string, signing: SigningPair, sealKey: Buffer, policyKey: SigningPair) {
    this.workstation = workstation
    this.signing = signing
    this.sealKey = sealKey
    const enrolment: Enrolment = {
      workstation,
      employee: randomId(),
      ledger: this.ledger,
      generation: 1,
      service: false,
      signingKey: signing.publicKey.toString('base64url'),
      openingKey: generateRawKeyPair('x25519').publicKey.toString('base64url'),
      at: 1,
    }
    this.enrolment = signDocument(enrolmentLabel, enrolment, policyKey)
  }

  get secretHash(): string {
    return sha256(Buffer.from(this.secret, 'base64url')).toString('hex')
  }

  /** Appends events to the ledger; `text` makes two ledgers differ. */
  write(count: number, under: { account: string | null; epoch: string } = { account: null, epoch: '0.0' }): this {
    for (let i = 0; i < count; i++) {
      const prev = this.events.at(-1)?.link ?? genesisLink(this.ledger)
      const draft = {
        kind: 'raw.kept/1' as const,
        ...under,
        conversation: null,
        identity: null,
        message: null,
        at: 1,
        payload: { reason: 'test', raw: 'x'.repeat(64), place: null },
      }
      this.events.push(encodeEvent(draft, this.ledger, this.events.length + 1, prev))
    }
    return this
  }

  /** A copy of this ledger that goes its own way after `upTo`. */
  copy(upTo: number): TestDevice {
    const other = Object.create(this) as TestDevice
    other.events = this.events.slice(0, upTo)
    return other
  }

  /** Sequences from `from` to `to`, both included. */
  batch(from: number, to: number = this.events.length, signedBy: SigningPair = this.signing): Buffer {
    return encodeBatch(this.events.slice(from - 1, to), this.sealKey, signedBy.privateKey)
  }

  /** The header that lets this file through. */
  ticket(
    blob: string,
    file: Uint8Array,
    change: Partial<BlobTicket> = {},
    signedBy: SigningPair = this.signing,
  ): string {
    const parts = { ledger: this.ledger, blob, bytes: file.length, sha256: sha256(file).toString('hex'), ...change }
    const fields = [parts.ledger, parts.blob, String(parts.bytes), parts.sha256]
    const signed = frame(fields.map((part) => Buffer.from(part, 'ascii')))
    const signature = signFor(blobLabel, signed, signedBy.privateKey).toString('base64url')
    return Buffer.from(JSON.stringify({ signature, ...parts })).toString('base64url')
  }
}

/** Writes a self-signed server certificate for 127.0.0.1 and returns its PEM, which is its own authority. */
export function makeTls(data: string): string {
  const folder = join(data, 'gateway', 'tls')
  mkdirSync(folder, { recursive: true })
  const key = join(folder, 'server.key')
  const made = execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key].concat([
      '-subj',
      '/CN=test',
      '-days',
      '2',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
    ]),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  chmodSync(key, 0o600)
  const pem = made.toString('utf8')
  writeFileSync(join(folder, 'server.crt'), pem)
  return pem
}
