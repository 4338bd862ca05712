/** Fetches the files of messages, a few at a time, each resumed where a cut left it, checked, and told to the ledger. */
import { randomBytes, type KeyObject } from 'node:crypto'
import { CodedError } from '../../shared/contracts/contract.ts'
import { randomId } from '../../shared/formats/bytes.ts'
import {
  applyBegun,
  applyDiscarded,
  applyHeld,
  applyMissing,
  applyPostponed,
  applyReceived,
  applyReference,
  findAttachment,
  findNextDue,
  listFetchable,
  rewindFetching,
  type AttachmentRow,
  type AttachmentSource,
} from '../cache/attachments.ts'
import type { Cache, Writer } from '../cache/database.ts'
import { findMessage, type MessageKey } from '../cache/messages.ts'
import type { ChannelFault, ProviderChannel } from '../channels/channel.ts'
import { adoptFiles, mediaPlace, missMedia } from '../recorder/apply-media.ts'
import { header, newTouched, type ApplyContext, type Touched } from '../recorder/context.ts'
import { judgeFault, type Verdict } from './fetch-faults.ts'
import { fetchesInAll, fetchesPerAccount, onDemandBytes } from './limits.ts'
import { signTicket, type MediaStore, type PartFile, type SealedFile, type StoredFile } from './store.ts'

export interface FetcherOptions {
  cache: Cache
  store: MediaStore
  ledger: string
  signingKey: KeyObject
  now(): number
  accounts(): string[]
  /** The account's channel while it is live, else null. */
  channel(account: string): ProviderChannel | null
  /** Pieces of a file that the vault holds; null while the vault is away. */
  vault: ((row: AttachmentRow, offset: number) => AsyncIterable<Uint8Array>) | null
  isVaultThere(): boolean
  context(writer: Writer, account: string, touched: Touched): ApplyContext
  committed(touched: Touched): void
  /** A file is on its way up. */
  stored(): void
  trouble(code: string | null): void
  stallMs?: number
}

/** Nothing came for so long: the connection is given up, what is here stays. */
const stallMs = 60_000
const refreshMs = 60_000
const staleReference = new CodedError('media_expired', 'the file cannot be had any more')
/** How often what has been received is told. */
const progressMs = 500

interface Running {
  account: string
  abort: AbortController
  done: Promise<void>
}

export class Fetcher {
  readonly #options: FetcherOptions
  readonly #running = new Map<number, Running>()
  /** Accounts whose journal has just been followed to its end. */
  readonly #caughtUp = new Set<string>()
  #soon: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  /** What a crash left half-done is waiting again; parts that nobody knows go. */
  start(): void {
    const { cache, store } = this.#options
    cache.transaction((writer) => rewindFetching(writer))
    store.purge((blob) => cache.get('SELECT 1 FROM attachments WHERE blob = ?', [blob]) !== undefined)
    this.changed()
  }

  /** Call when there is something to fetch, an account is live, or the vault is back. */
  changed(): void {
    if (this.#stopped) return
    this.#soon ??= setImmediate(() => {
      this.#soon = null
      this.#fill()
    })
  }

  /** Nothing of this account's journal is unknown: only now it is known which files nobody has stored. */
  caughtUp(account: string): void {
    this.#caughtUp.add(account)
    this.changed()
  }

  /** Who runs the account fetches what nobody has stored. */
  #adopt(account: string, channel: ProviderChannel): void {
    const touched = newTouched()
    const { cache, context, committed } = this.#options
    try {
      cache.transaction((writer) =>
        adoptFiles(writer, context(writer, account, touched), channel.ownReferences === true),
      )
    } catch {
      // A full disk: the next turn tries again.
      return this.#options.trouble('disk_full')
    }
    this.#caughtUp.delete(account)
    if (touched.media.length > 0) committed(touched)
  }

  #fill(): void {
    if (this.#stopped) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    for (const account of this.#options.accounts()) {
      const channel = this.#options.channel(account)
      if (channel && this.#caughtUp.has(account)) this.#adopt(account, channel)
      if (channel) this.#begin(account, 'provider')
      if (this.#options.vault && this.#options.isVaultThere()) this.#begin(account, 'vault')
    }
    this.#wakeUp()
  }

  #begin(account: string, source: AttachmentSource): void {
    const { cache, now } = this.#options
    const here = (): number => [...this.#running.values()].filter((one) => one.account === account).length
    if (here() >= fetchesPerAccount || this.#running.size >= fetchesInAll) return
    // Those that run stand in the list as well.
    const limit = fetchesPerAccount + fetchesInAll
    for (const row of listFetchable(cache, { account, source, now: now(), limit })) {
      if (here() >= fetchesPerAccount || this.#running.size >= fetchesInAll) return
      if (this.#running.has(row.n)) continue
      const abort = new AbortController()
      const done = this.#run(row, abort.signal).finally(() => {
        this.#running.delete(row.n)
        this.changed()
      })
      this.#running.set(row.n, { account, abort, done })
    }
  }

  /** The next postponed one has its time. */
  #wakeUp(): void {
    const { cache, now } = this.#options
    let due = Infinity
    for (const account of this.#options.accounts()) {
      const next = findNextDue(cache, account, now())
      if (next !== null) due = Math.min(due, next)
    }
    if (due === Infinity) return
    this.#timer = setTimeout(() => this.changed(), Math.min(Math.max(due - now(), 100), 60_000))
  }

  async #run(row: AttachmentRow, signal: AbortSignal): Promise<void> {
    try {
      if (row.source === 'provider' && row.stale === 1) return await this.#refresh(row, judgeFault(staleReference, 0))
      await this.#fetch(row, signal)
      this.#options.trouble(null)
    } catch (error) {
      if (signal.aborted && this.#stopped) return
      try {
        await this.#failed(row, judgeFault(error, row.attempts))
      } catch {
        // Nothing can be written down (a full disk): it is still waiting, and a later turn takes it up.
        this.#options.trouble('disk_full')
        await new Promise((resolve) => setTimeout(resolve, 1000).unref())
      }
    }
  }

  async #fetch(row: AttachmentRow, signal: AbortSignal): Promise<void> {
    const { store } = this.#options
    const kept = row.blob && row.key ? await store.findKept(row.blob, row.key) : null
    if (kept) return this.#finish(row, kept)
    const part = await this.#open(row)
    let file: SealedFile
    try {
      await this.#receive(row, part, signal)
      signal.throwIfAborted()
      file = await part.finish()
    } catch (error) {
      await part.close()
      throw error
    }
    if (!isAsClaimed(row, file)) throw new CodedError('media_damaged', 'the file is not the one that was announced')
    const { ledger, signingKey } = this.#options
    store.keep(file.blob, row.source === 'vault' ? null : signTicket(ledger, file, signingKey))
    this.#finish(row, file)
    if (row.source !== 'vault') this.#options.stored()
  }

  async #open(row: AttachmentRow): Promise<PartFile> {
    const { store } = this.#options
    const resumed = row.blob && row.key ? await store.resume(row.blob, row.key) : null
    const part = resumed ?? (await store.begin(randomId(), randomBytes(32)))
    try {
      this.#commit(row, (writer) => applyBegun(writer, row.n, { blob: part.blob, key: part.key, received: part.kept }))
    } catch (error) {
      await part.close()
      throw error
    }
    return part
  }

  /** Takes what comes until the end; a silence that is too long ends it. */
  async #receive(row: AttachmentRow, part: PartFile, signal: AbortSignal): Promise<void> {
    const silence = new AbortController()
    const giveUp = (): void => silence.abort(new CodedError('media_silent', 'the file has stopped coming'))
    const wait = this.#options.stallMs ?? stallMs
    let timer = setTimeout(giveUp, wait)
    const both = AbortSignal.any([signal, silence.signal])
    const most = row.claimedSha256 === null ? (row.claimedBytes ?? onDemandBytes) : onDemandBytes
    let toldAt = performance.now()
    try {
      for await (const piece of aborting(this.#pieces(row, part.kept, both), both)) {
        clearTimeout(timer)
        timer = setTimeout(giveUp, wait)
        if (part.received + piece.length > most)
          throw new CodedError('media_damaged', 'the file is larger than was announced')
        await part.write(piece)
        if (performance.now() - toldAt < progressMs) continue
        toldAt = performance.now()
        this.#commit(row, (writer) => applyReceived(writer, row.n, part.received))
      }
    } finally {
      clearTimeout(timer)
    }
  }

  #pieces(row: AttachmentRow, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (row.source === 'vault') return this.#options.vault!(row, offset)
    const channel = this.#options.channel(row.account)
    if (!channel || !row.reference) throw new CodedError('not_connected', 'the account is not connected')
    return channel.download({ reference: row.reference, offset, signal })
  }

  /** The row, the ledger's event and what is told: one transaction. What came from the vault is in the vault. */
  #finish(row: AttachmentRow, file: StoredFile): void {
    this.#commit(row, (writer, context) => {
      applyHeld(writer, row.n, file)
      context.touched.media.push(keyOf(row))
      const message = findMessage(writer, row)
      if (!message || row.source === 'vault') return
      const { at, payload } = mediaPlace(writer, message)
      context.append({
        ...header(context, at, message.opaque),
        kind: 'media.stored/1',
        payload: {
          ...payload,
          blob: file.blob,
          key: Buffer.from(file.key).toString('base64url'),
          sha256: file.sha256,
          bytes: file.bytes,
          mime: row.mime.slice(0, 128),
        },
      })
    })
  }

  async #failed(row: AttachmentRow, verdict: Verdict): Promise<void> {
    const { store } = this.#options
    this.#options.trouble(verdict.fault.code === 'disk_full' ? 'disk_full' : null)
    if (verdict.discard) {
      const { blob } = findAttachment(this.#options.cache, row.n) ?? row
      if (blob !== null) await store.discard(blob)
      this.#commit(row, (writer) => applyDiscarded(writer, row.n))
    }
    if (verdict.step === 'refresh') return this.#refresh(row, verdict)
    if (verdict.step === 'give-up') return this.#miss(row, verdict.fault, verdict.retries)
    this.#postpone(row, verdict)
  }

  async #refresh(row: AttachmentRow, verdict: Verdict): Promise<void> {
    const channel = this.#options.channel(row.account)
    const message = findMessage(this.#options.cache, row)
    if (!channel || !message?.providerId || !row.reference) return this.#postpone(row, verdict)
    const { payload } = mediaPlace(this.#options.cache, message)
    let reference: Uint8Array | null
    try {
      reference = await inTime(
        channel.refreshMedia({
          address: payload.peer.address,
          providerId: message.providerId,
          author: payload.author?.address ?? null,
          fromMe: message.mine === 1,
          reference: row.reference,
        }),
      )
    } catch (error) {
      const again = judgeFault(error, row.attempts)
      return this.#postpone(row, { ...again, fault: verdict.fault, waitMs: Math.max(again.waitMs, verdict.waitMs) })
    }
    if (reference === null) return this.#miss(row, verdict.fault, false)
    const renewed = reference
    this.#commit(row, (writer) => {
      applyReference(writer, row.n, renewed)
      applyPostponed(writer, row.n, { notBefore: 0, attempts: row.attempts + 1, fault: null })
    })
  }

  #miss(row: AttachmentRow, fault: ChannelFault, retries: boolean): void {
    this.#commit(row, (writer, context) => {
      // That the vault does not hand it out is nothing to tell the vault.
      if (row.source !== 'vault') return missMedia(writer, context, keyOf(row), fault, retries)
      applyMissing(writer, row.n, fault)
      context.touched.media.push(keyOf(row))
    })
  }

  #postpone(row: AttachmentRow, { fault, waitMs, counts }: Verdict): void {
    const notBefore = Math.max(this.#options.now() + waitMs, fault.until ?? 0)
    const attempts = row.attempts + (counts ? 1 : 0)
    this.#commit(row, (writer) => applyPostponed(writer, row.n, { notBefore, attempts, fault: counts ? fault : null }))
  }

  #commit(row: AttachmentRow, run: (writer: Writer, context: ApplyContext) => void): void {
    const { cache } = this.#options
    const touched = newTouched()
    touched.messages.push(keyOf(row))
    cache.transaction((writer) => run(writer, this.#options.context(writer, row.account, touched)))
    this.#options.committed(touched)
  }

  /** Nothing runs any more when it resolves; parts stay for the next time. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#soon) clearImmediate(this.#soon)
    if (this.#timer) clearTimeout(this.#timer)
    for (const { abort } of this.#running.values()) abort.abort(new CodedError('stopped', 'stopped'))
    await Promise.allSettled([...this.#running.values()].map((one) => one.done))
  }
}

function keyOf(row: MessageKey): MessageKey {
  return { conversation: row.conversation, at: row.at, n: row.n }
}

/** Where the sender told the content's hash, the size alone says nothing. */
function isAsClaimed(row: AttachmentRow, file: StoredFile): boolean {
  if (row.claimedSha256 !== null) return row.claimedSha256 === file.sha256
  return row.claimedBytes === null || row.claimedBytes === file.bytes
}

/** The pieces of a source that may not listen to the signal by itself. */
async function* aborting(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  const ended = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  ended.catch(() => {})
  try {
    for (;;) {
      signal.throwIfAborted()
      const next = await Promise.race([iterator.next(), ended])
      if (next.done) return
      yield next.value
    }
  } finally {
    // Not waited for: a source that hangs would hang here as well.
    void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new CodedError('media_silent', 'no answer')), refreshMs)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
