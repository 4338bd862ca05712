/** For tests: a workstation that enrols, proves its PIN, and writes a ledger in the real formats. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import type { EnrolReply, EnrolRequest } from '../../shared/contracts/device.ts'
import {
  payloadSchemas,
  type EventHeader,
  type Payload,
  type PayloadKind,
  type SeenIdentity,
} from '../../shared/contracts/events.ts'
import type { NeutralMessage } from '../../shared/contracts/neutral-message.ts'
import { blobLabel, enrolmentLabel, enrolmentSchema, type Enrolment } from '../../shared/contracts/device.ts'
import type { OutboxReport } from '../../shared/contracts/outbox-report.ts'
import { encodeBatch } from '../../shared/formats/batch.ts'
import { chunkBytes, chunkCount, sealChunk, sealedSize } from '../../shared/formats/blob.ts'
import { frame, randomId, sha256, unframe } from '../../shared/formats/bytes.ts'
import { decodeEnrolmentCode } from '../../shared/formats/enrolment-code.ts'
import { encodeEvent, genesisLink, type EncodedEvent } from '../../shared/formats/event.ts'
import { generateRawKeyPair, privateKeyObject, signFor } from '../../shared/formats/keys.ts'
import { openSealed, seal } from '../../shared/formats/seal.ts'
import { openDocument } from '../../shared/formats/trust.ts'
import { openLink, type OpenLink } from '../gateway/test-network.ts'
import type { TestVault } from './test-vault.ts'

type HeaderPart = Partial<Pick<EventHeader, 'account' | 'epoch' | 'conversation' | 'identity' | 'message' | 'at'>>

export interface SealedFile {
  blob: string
  sealed: Buffer
  sha256: string
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const ascii = (parts: string[]): Buffer => frame(parts.map((part) => Buffer.from(part, 'ascii')))

export class TestWorkstation {
  readonly vault: TestVault
  readonly signing = generateRawKeyPair('ed25519')
  readonly opening = generateRawKeyPair('x25519')
  readonly share = generateRawKeyPair('x25519')
  /** `proof` of the PIN, as shared/formats/pin makes it. */
  readonly proof = randomBytes(32)
  enrolment!: Enrolment
  reply!: EnrolReply
  shares: Buffer[] = []
  #seq = 0
  #link: Buffer = Buffer.alloc(0)
  #waiting: EncodedEvent[] = []
  /** Headers sent so far, in order. */
  readonly sent: EncodedEvent[] = []

  constructor(vault: TestVault) {
    this.vault = vault
  }

  /** With a new employee and account, ready to write. */
  static async ready(
    vault: TestVault,
    channel: 'whatsapp' | 'telegram' = 'whatsapp',
  ): Promise<[TestWorkstation, string]> {
    const { id: employee } = await vault.keeper.people.add('local', {
      name: 'Ana Sales',
      role: 'salesperson',
      team: null,
    })
    const account = await vault.keeper.accounts.add('local', { channel, name: 'One', employee, telegramApi: null })
    return [await TestWorkstation.enrol(vault, employee), account]
  }

  static async enrol(vault: TestVault, employee: string, service = false): Promise<TestWorkstation> {
    const one = new TestWorkstation(vault)
    const { code } = await vault.keeper.enrolments.makeCode('local', employee)
    await one.use(code, service)
    return one
  }

  request(code: string, service = false): EnrolRequest {
    const { secret } = decodeEnrolmentCode(code)
    const proofs = service ? null : [text(this.proof), text(randomBytes(32))]
    const details = Buffer.from(JSON.stringify({ proofs, host: 'node', machine: 'seat-7', platform: 'linux-x64' }))
    const sealKey = this.vault.keeper.keyring.current('seal').publicKey
    const parts = {
      secret,
      signingKey: text(this.signing.publicKey),
      openingKey: text(this.opening.publicKey),
      shareKey: text(this.share.publicKey),
      details: text(seal(details, sealKey, 'enrol', sha256(Buffer.from(secret)))),
    }
    const signed = ascii([parts.secret, parts.signingKey, parts.openingKey, parts.shareKey, parts.details])
    return { ...parts, signature: text(signFor('sealdesk/enrol/1', signed, this.signingKey)) }
  }

  get signingKey() {
    return privateKeyObject('ed25519', this.signing.privateKey)
  }

  async use(code: string, service = false): Promise<void> {
    this.reply = await this.vault.keeper.enrolments.enrol(this.request(code, service))
    const policyKey = this.vault.keeper.keyring.current('policy').publicKey
    this.enrolment = openDocument(enrolmentLabel, this.reply.enrolment, policyKey, enrolmentSchema)
    this.shares = unframe(this.open(this.reply.shares, 'share', this.share))
    this.#link = genesisLink(this.enrolment.ledger)
  }

  open(sealed: string, label: string, pair = this.opening): Buffer {
    const key = { publicKey: pair.publicKey, privateKey: privateKeyObject('x25519', pair.privateKey) }
    return openSealed(Buffer.from(sealed, 'base64url'), key, label)
  }

  row() {
    return this.vault.keeper.workstations.getActive(this.enrolment.workstation)
  }

  async prove(proof: Buffer | null, connection = 'c1', tamper = false): Promise<{ slot: 1 | 2; share: Buffer }> {
    const { unlock, keyring } = this.vault.keeper
    const row = await this.row()
    const nonce = unlock.nonce(row.id, connection)
    const body = Buffer.from(JSON.stringify({ nonce, proof: proof && text(proof) }))
    const shareKey = text(this.share.publicKey)
    const answer = await unlock.prove(row, connection, {
      sealed: text(seal(body, keyring.current('seal').publicKey, 'unlock', Buffer.from(nonce))),
      nonce,
      shareKey,
      signature: text(signFor('sealdesk/unlock/1', ascii([nonce, tamper ? nonce : shareKey]), this.signingKey)),
    })
    return { slot: answer.slot, share: this.open(answer.share, 'share', this.share) }
  }

  /** Appends an event to the ledger; it goes with the next upload. What has another shape goes as it is. */
  write<K extends PayloadKind>(
    kind: K,
    given: z.input<(typeof payloadSchemas)[K]>,
    part: HeaderPart = {},
  ): EncodedEvent {
    const parsed = payloadSchemas[kind]?.safeParse(given)
    const payload = (parsed?.success ? parsed.data : given) as Payload<K>
    const draft = { account: null, epoch: '0.0', conversation: null, identity: null, message: null, ...part }
    const at = part.at ?? this.vault.clock.now()
    const event = encodeEvent({ ...draft, at, kind, payload }, this.enrolment.ledger, this.#seq + 1, this.#link)
    this.#seq++
    this.#link = event.link
    this.#waiting.push(event)
    return event
  }

  /** A received or echoed text message. */
  record(
    account: string,
    address: string,
    message: { id: string; text: string; time?: number; direction?: 'in' | 'out'; clientId?: string; name?: string },
    part: HeaderPart & { aliases?: string[]; path?: 'live' | 'offline' | 'phone' } = {},
  ): EncodedEvent {
    const { aliases = [], path = 'live', ...header } = part
    const direction = message.direction ?? 'in'
    return this.write(
      'message.recorded/1',
      {
        peer: { address, aliases, name: message.name ?? null },
        direction,
        path,
        message: {
          channel: 'whatsapp',
          kind: 'text',
          author: direction === 'in' ? address : '4915100000@s.whatsapp.net',
          providerId: message.id,
          time: message.time ?? 1_800_000_000_000,
          text: message.text,
          entities: [],
          reply: null,
          media: null,
        },
        clientId: message.clientId ?? null,
        raw: Buffer.from(message.text).toString('base64'),
      },
      { account, ...header },
    )
  }

  /** What somebody says or does in any kind, as the provider shows it; `author`: the member of a group who does it. */
  say(
    account: string,
    peer: { address: string; name?: string },
    said: Partial<NeutralMessage> & {
      providerId: string
      direction?: 'in' | 'out'
      clientId?: string
      as?: SeenIdentity
    },
    part: HeaderPart = {},
  ): NeutralMessage {
    const { direction = 'in', clientId = null, as = null, ...given } = said
    const message: NeutralMessage = {
      channel: 'whatsapp',
      kind: 'text',
      chat: peer.address,
      author: direction === 'out' ? '4915100000@s.whatsapp.net' : (as?.address ?? peer.address),
      time: 1_800_000_000_000,
      text: '',
      entities: [],
      reply: null,
      target: null,
      media: null,
      details: null,
      ...given,
    }
    const seen = { address: peer.address, aliases: [], name: peer.name ?? null }
    const raw = Buffer.from(`raw ${message.providerId}`).toString('base64')
    const payload = { peer: seen, author: as, direction, path: 'live', message, clientId, raw } as const
    this.write('message.recorded/1', payload, { account, ...part })
    return message
  }

  /** Tells of a file and seals it; the file itself goes with `putFile`. */
  store(
    account: string,
    peer: string,
    plain: Uint8Array,
    of: { providerId: string | null; clientId?: string; direction?: 'in' | 'out'; as?: SeenIdentity; mime?: string },
    change: Partial<Payload<'media.stored/1'>> = {},
  ): SealedFile {
    const key = randomBytes(32)
    const chunks = chunkCount(sealedSize(plain.length))
    const sealed = Buffer.concat(
      Array.from({ length: chunks }, (_, i) =>
        sealChunk(key, i, plain.subarray(i * chunkBytes, (i + 1) * chunkBytes), i === chunks - 1),
      ),
    )
    const blob = randomId()
    const payload = {
      peer: { address: peer, aliases: [], name: null },
      author: of.as ?? null,
      direction: of.direction ?? 'in',
      providerId: of.providerId,
      clientId: of.clientId ?? null,
      blob,
      key: text(key),
      sha256: sha256(plain).toString('hex'),
      bytes: plain.length,
      mime: of.mime ?? 'image/jpeg',
      ...change,
    }
    this.write('media.stored/1', payload, { account })
    return { blob, sealed, sha256: payload.sha256 }
  }

  /** Brings a sealed file to the gateway, by the spool route. */
  async putFile({ blob, sealed }: SealedFile): Promise<void> {
    const { ledger } = this.enrolment
    const ticket = { ledger, blob, bytes: sealed.length, sha256: sha256(sealed).toString('hex') }
    const signed = ascii([ledger, blob, String(ticket.bytes), ticket.sha256])
    const signature = text(signFor(blobLabel, signed, this.signingKey))
    const header = { 'x-sealdesk-blob': text(Buffer.from(JSON.stringify({ ...ticket, signature }))) }
    for (let offset = 0; offset < sealed.length; offset += 4 * 1024 * 1024) {
      const piece = sealed.subarray(offset, offset + 4 * 1024 * 1024)
      const url = `/v1/blobs/${blob}?offset=${offset}`
      const { status, body } = await this.vault.post(this.vault.gateway!.url, url, piece, header)
      if (status !== 200) throw new Error(`the gateway answered ${status}: ${JSON.stringify(body)}`)
    }
  }

  batch(
    change: (event: EncodedEvent) => Pick<EncodedEvent, 'headerBytes' | 'payloadBytes'> = (event) => event,
  ): Buffer {
    const events = this.#waiting.splice(0)
    this.sent.push(...events)
    return encodeBatch(events.map(change), this.vault.keeper.keyring.current('seal').publicKey, this.signingKey)
  }

  batchOf<K extends PayloadKind>(kind: K, payload: z.input<(typeof payloadSchemas)[K]>): Buffer {
    this.write(kind, payload)
    return this.batch()
  }

  async send(batch: Buffer): Promise<number> {
    const { status, body } = await this.vault.post(this.vault.gateway!.url, '/v1/batches', batch)
    if (status !== 200) throw new Error(`the gateway answered ${status}: ${JSON.stringify(body)}`)
    return ++positions.of(this.vault).count
  }

  /** Connects and tells what the vault lacks; the link stays open. */
  async tell(report: OutboxReport): Promise<OpenLink> {
    const { workstation } = this.enrolment
    const signing = { publicKey: this.signing.publicKey, privateKey: this.signingKey }
    const ca = readFileSync(this.vault.folder.consoleTls.ca, 'utf8')
    const link = await openLink(this.vault.gateway!.url, ca, { workstation, signing }, this.reply.deviceSecret)
    link.send({ id: 1, method: 'outbox.tell', input: report })
    await link.next()
    return link
  }

  /** Uploads what was written and waits until the keeper has it. */
  async upload(): Promise<void> {
    await this.vault.applied(await this.send(this.batch()))
  }

  async journal(
    account: string,
    after = 0,
  ): Promise<{ entries: { position: number; header: string; peer: string | null }[]; upTo: number; head: number }> {
    const page = await this.vault.keeper.journals.pull(await this.row(), { account, after, limit: 500 })
    const body = JSON.parse(this.open(page.sealed, 'journal').toString('utf8')) as { entries: [] }
    return { entries: body.entries, upTo: page.upTo, head: page.head }
  }
}

/** The gateway counts from 1; in these tests every batch is new. */
const positions = {
  counts: new WeakMap<TestVault, { count: number }>(),
  of(vault: TestVault): { count: number } {
    let found = this.counts.get(vault)
    if (!found) this.counts.set(vault, (found = { count: 0 }))
    return found
  },
}
