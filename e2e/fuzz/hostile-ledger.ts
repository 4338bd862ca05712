/** A workstation with a valid enrolment that writes what it likes: its batches are authentic, what they hold is not sound. */
import type { TestVault } from '../../vault/keeper/test-vault.ts'
import { TestWorkstation } from '../../vault/keeper/test-workstation.ts'
import { encodeBatch } from '../../shared/formats/batch.ts'
import { drawRandom, hmacSha256, sha256 } from '../../shared/formats/bytes.ts'
import { genesisLink } from '../../shared/formats/event.ts'
import { generateRawKeyPair } from '../../shared/formats/keys.ts'
import type { Random } from '../harness/seed.ts'
import { hostileInts, hostileText, mutated } from './hostile.ts'

export type Flaw = 'none' | 'header' | 'commitment' | 'unsealed' | 'bytes' | 'chain'

export interface Attempt {
  batch: Buffer
  flaw: Flaw
  count: number
  /** SHA-256 of the last header. */
  link: Buffer
}

export class HostileLedger {
  readonly #vault: TestVault
  readonly #employee: string
  readonly #account: string
  #station!: TestWorkstation
  #seq = 0
  #link: Buffer = Buffer.alloc(0)

  constructor(vault: TestVault, employee: string, account: string) {
    this.#vault = vault
    this.#employee = employee
    this.#account = account
  }

  get station(): TestWorkstation {
    return this.#station
  }

  /** A new enrolment: a ledger that has forked is closed. */
  async begin(): Promise<void> {
    this.#station = await TestWorkstation.enrol(this.#vault, this.#employee)
    this.#seq = 0
    this.#link = genesisLink(this.#station.enrolment.ledger)
  }

  attempt(payloads: { kind: string; json: string }[], flaw: Flaw, random: Random): Attempt {
    let link = this.#link
    const events = payloads.map(({ kind, json }, index) => {
      const payload = Buffer.from(json, 'utf8')
      const salt = drawRandom(16)
      const headerBytes = this.#header(kind, this.#seq + 1 + index, link, hmacSha256(salt, payload), flaw, random)
      link = sha256(headerBytes)
      const kept = flaw === 'commitment' ? mutatedNever(payload) : payload
      return { headerBytes, payloadBytes: Buffer.concat([salt, kept]) }
    })
    const ownKey = this.#vault.keeper.keyring.current('seal').publicKey
    const sealKey = flaw === 'unsealed' ? generateRawKeyPair('x25519').publicKey : ownKey
    const batch = encodeBatch(events, sealKey, this.#station.signingKey)
    return { batch: flaw === 'bytes' ? mutated(batch, random) : batch, flaw, count: events.length, link }
  }

  #header(kind: string, seq: number, prev: Buffer, commitment: Buffer, flaw: Flaw, random: Random): Buffer {
    const header: Record<string, unknown> = {
      v: 1,
      ledger: this.#station.enrolment.ledger,
      seq,
      kind: kind.padEnd(3, '.').slice(0, 64),
      account: random.below(20) === 0 ? 'nobody' : this.#account,
      epoch: random.below(10) === 0 ? '999999999.999999999' : '0.0',
      conversation: 'c',
      identity: null,
      message: random.below(4) === 0 ? null : `m${random.below(1_000_000)}`,
      at: random.below(10) === 0 ? Math.abs(random.pick(hostileInts)) : this.#vault.clock.now(),
      commitment: commitment.toString('base64url'),
      prev: (flaw === 'chain' ? sha256(prev) : prev).toString('base64url'),
    }
    if (flaw === 'header')
      header[random.pick(Object.keys(header))] = random.pick([null, -1, 1e99, {}, [], hostileText(random)])
    return Buffer.from(JSON.stringify(header), 'utf8')
  }

  /** The gateway has taken it: the next one joins it. */
  taken({ count, link }: Attempt): void {
    this.#seq += count
    this.#link = link
  }
}

/** Another payload than the one that was committed to, whatever it was. */
function mutatedNever(payload: Buffer): Buffer {
  return Buffer.concat([payload, Buffer.from(' ')])
}
