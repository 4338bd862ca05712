/** An account whose real channel writes into the real encrypted cache, with the real recorder and ledger behind it. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cache } from '../../engine/cache/database.ts'
import { createChannelStore } from '../../engine/cache/inbox.ts'
import type {
  AccountState,
  AccountStatus,
  ChannelHost,
  PairingStep,
  ProviderChannel,
} from '../../engine/channels/channel.ts'
import { Ledger } from '../../engine/ledger/ledger.ts'
import { Recorder } from '../../engine/recorder/recorder.ts'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import { decodeHeader, decodePayload } from '../../shared/formats/event.ts'

const account = 'account-1'
const neighbourText = /^neighbour (\d+)$/

export class FuzzDesk {
  readonly channel: ProviderChannel
  readonly #folder = mkdtempSync(join(tmpdir(), 'sealdesk-fuzz-'))
  readonly #cache: Cache
  readonly #ledger: Ledger
  readonly #recorder: Recorder
  readonly #watchers = new Set<() => void>()
  readonly #neighbours: number[] = []
  readonly #seen = new Set<number>()
  readonly #faults: string[] = []
  readonly counts: Record<string, number> = { events: 0, raw: 0, neighbours: 0, closings: 0 }
  /** What must come into the ledger as it is, with the rounds that it may still take. */
  #expected: { bytes: Buffer; rounds: number }[] = []
  status: AccountStatus | null = null
  steps: PairingStep[] = []

  constructor(name: Channel, create: (host: ChannelHost, account: string) => ProviderChannel) {
    this.#cache = new Cache(join(this.#folder, 'cache.db'), randomBytes(32))
    this.#cache.transaction((writer) =>
      writer.run('INSERT INTO accounts (id, channel, name) VALUES (?, ?, ?)', [account, name, name]),
    )
    this.#ledger = new Ledger(this.#cache, 'ledger')
    this.channel = create(this.#host(), account)
    this.#recorder = new Recorder({
      cache: this.#cache,
      ledger: this.#ledger,
      now: () => Date.now(),
      epoch: () => '1.1',
      translate: (_, row) => this.channel.translate(row),
      committed: () => this.#read(),
      trouble: (code) => {
        if (code) this.#faults.push(`the recorder stands still: ${code}`)
      },
      log: (_level, code) => this.#count(code),
    })
  }

  #host(): ChannelHost {
    const clock = { now: () => Date.now() }
    return {
      store: createChannelStore(this.#cache, account, clock),
      clock,
      inboxChanged: () => this.#recorder.changed(),
      statusChanged: (status) => {
        const wasLive = this.status?.state === 'live'
        if (wasLive && status.state !== 'live') {
          this.#count('closings')
          // What a closed line still held is gone, and the simulator owes it to nobody.
          this.#expected = []
        }
        this.status = status
        this.#tell()
      },
      pairingStep: (step) => {
        this.steps.push(step)
        this.#tell()
      },
      activity: () => this.#count('activities'),
      log: (_level, code, detail) => this.#count([code, ...Object.values(detail ?? {})].join(' ')),
    }
  }

  #count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1
  }

  /** What has come into the ledger since; it is let go as if the vault had it. */
  #read(): void {
    for (const { seq, header, payload } of this.#ledger.listAfter(this.#ledger.acknowledged, 1000, 64_000_000)) {
      const decoded = decodePayload(decodeHeader(header).kind, payload)
      this.#count('events')
      if (decoded.kind === 'raw.kept/1') this.#noteRaw(Buffer.from(decoded.payload.raw, 'base64'))
      if (decoded.kind === 'message.recorded/1') this.#noteNeighbour(decoded.payload.message.text)
      this.#ledger.acknowledge(seq)
    }
    this.#tell()
  }

  #noteRaw(raw: Buffer): void {
    this.#count('raw')
    this.#expected = this.#expected.filter(({ bytes }) => {
      if (!raw.includes(bytes)) return true
      this.#count('checked raw')
      return false
    })
  }

  /** These bytes must be kept raw within a few rounds. */
  expectRaw(bytes: Buffer): void {
    this.#expected.push({ bytes, rounds: 4 })
  }

  addCounts(counts: Record<string, number>): void {
    for (const [name, count] of Object.entries(this.counts)) counts[name] = (counts[name] ?? 0) + count
  }

  #noteNeighbour(text: string): void {
    const n = neighbourText.exec(text)?.[1]
    if (n === undefined) return
    this.#count('neighbours')
    if (this.#seen.has(Number(n))) this.#faults.push(`${text} is recorded twice`)
    if (Number(n) < (this.#neighbours.at(-1) ?? -1)) this.#faults.push(`${text} is recorded out of order`)
    this.#seen.add(Number(n))
    this.#neighbours.push(Number(n))
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
  }

  /** Resolves as soon as the question has an answer; asked again whenever something is told. */
  until<T>(question: () => T | null | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const watcher = () => {
        const answer = question()
        if (answer === null || answer === undefined || answer === false) return
        this.#watchers.delete(watcher)
        resolve(answer)
      }
      this.#watchers.add(watcher)
      watcher()
    })
  }

  untilState(state: AccountState): Promise<AccountStatus> {
    return this.until(() => this.status?.state === state && this.status)
  }

  async recorded(neighbour: string): Promise<void> {
    const n = Number(neighbourText.exec(neighbour)?.[1])
    await this.until(() => this.#seen.has(n))
  }

  /** Of a round: since the last time. */
  faults(): string[] {
    for (const one of this.#expected) one.rounds--
    const missing = this.#expected.filter(({ rounds }) => rounds < 0)
    this.#expected = this.#expected.filter(({ rounds }) => rounds >= 0)
    return [...this.#faults.splice(0), ...missing.map(({ bytes }) => `not kept raw: ${bytes.toString('hex')}`)]
  }

  standing(): string {
    const sql = "SELECT value FROM providerState WHERE type = 'updates' AND id = 'common'"
    const row = this.#cache.get<{ value: Uint8Array }>(sql)
    const { state, fault } = this.status ?? {}
    return [state, fault?.code, row && Buffer.from(row.value).toString('utf8')].filter(Boolean).join(' ')
  }

  async close(): Promise<void> {
    await this.channel.stop()
    this.#recorder.stop()
    this.#cache.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
