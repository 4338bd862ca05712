/**
 * Sends what was intended, one after the other within a conversation, and writes down each outcome; repeats only where the provider makes
 * it safe. Conversations do not wait for each other's answers, a few are under way at a time.
 */
import { findAttachment } from '../cache/attachments.ts'
import { applyChangeState, findChange, type ChangeRow } from '../cache/changes.ts'
import type { Cache, Reader, Writer } from '../cache/database.ts'
import type { MessageKind } from '../../shared/contracts/neutral-message.ts'
import { applyState, contentOf, findMessage, readDetails, type MessageKey, type MessageRow } from '../cache/messages.ts'
import {
  delaySend,
  findSend,
  listNextSends,
  listOpenSends,
  parkSend,
  postponeSend,
  putTaken,
  readOrigin,
  type SendRow,
} from '../cache/sends.ts'
import {
  withdrawn,
  type ChannelFault,
  type OutgoingFile,
  type ProviderChannel,
  type SendOutcome,
  type SendRequest,
} from '../channels/channel.ts'
import type { MediaStore } from '../media/store.ts'
import { newTouched, placeOf, type ApplyContext, type Touched } from '../recorder/context.ts'
import { moveChange, moveState } from '../recorder/states.ts'
import type { RemoteSends } from './remote-sends.ts'

export interface SenderOptions {
  account: string
  cache: Cache
  media: MediaStore
  now(): number
  /** A context for ledger events of this account at this moment. */
  context(writer: Writer, touched: Touched): ApplyContext
  /** Policy send.afterVault: the highest sequence that may leave; Infinity when off. */
  mayLeaveUpTo(): number
  /** What the policy in force says against a send to this conversation; null: nothing. */
  refusal(conversation: number, kind: MessageKind): ChannelFault | null
  /** The vault has told its policy since it was last away. */
  isPolicyKnown(): boolean
  /** How far the file of a message has gone up; null: nothing of it is under way any more. */
  uploading(message: MessageKey, progress: { sent: number; bytes: number } | null): void
  committed(touched: Touched): void
  remote: RemoteSends
}

const ranElsewhere: ChannelFault = { code: 'ran_elsewhere', text: 'the account ran elsewhere meanwhile', until: null }
const interrupted: ChannelFault = { code: 'interrupted', text: 'interrupted', until: null }
const noFile: ChannelFault = { code: 'media_missing', text: 'the file is not here', until: null }
/** How often a remote send looks for its file. */
const fileMs = 500
const repeatMs = [1000, 3000, 10_000, 30_000, 60_000]
/** A network that is back brings provider and vault; so long the vault's word on what was written meanwhile is waited for. */
const policyMs = 3000
/** How often a file's way up is told. */
const progressMs = 100
/** So many conversations may wait for an answer at a time. */
const lanes = 8
/** So many open sends are looked at for a turn, however many wait. */
const looked = 500

export class Sender {
  readonly #options: SenderOptions
  #channel: ProviderChannel | null = null
  /** Conversations with a send under way. */
  readonly #lanes = new Map<number, Promise<void>>()
  /** What stops a file on its way up, by client id. */
  readonly #uploads = new Map<string, AbortController>()
  /** Before that, as performance.now() tells it, nothing leaves under a policy that may be an old one. */
  #policyUntil = 0
  /** The provider said that nothing of this account leaves before. */
  #pausedUntil = 0
  /** What kept one back (mostly the line) would keep the others as well; a line that is back ends it. */
  #restingUntil = 0
  #timer: NodeJS.Timeout | null = null
  /** When the timer goes off, as performance.now() tells it. */
  #due = 0

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** The channel is live: what a crash left in the middle is judged first. `back`: it was not live before. */
  begin(channel: ProviderChannel, back = true): void {
    if (back) {
      this.#policyUntil = performance.now() + policyMs
      this.#restingUntil = 0
    }
    const open = back || this.#channel !== channel ? this.#open() : []
    if (this.#channel !== channel) this.#judge(channel, open)
    this.#channel = channel
    if (back) for (const send of open) this.#hasten(send)
    this.changed()
  }

  /** No send is under way: what another channel of this account had begun has its outcome, or none that was written down. */
  #judge(channel: ProviderChannel, open: SendRow[]): void {
    for (const send of open) {
      // It has not left: the vault is asked again, because its author may have been taken away since.
      if (send.state === 'queued' && send.taken !== null)
        this.#options.cache.transaction((writer) => putTaken(writer, send, null))
      if (send.state === 'sending' && !channel.repeatsSafely) this.#report(send, 'unknown', null, interrupted)
    }
  }

  /** The line is back: nothing waits for it any more but what the provider has told to wait. */
  #hasten(send: SendRow): void {
    const { cache, account, now } = this.#options
    if (send.notBefore <= now()) return
    const fault = (findSentChange(cache, send) ?? findMessage(cache, send))?.fault ?? null
    const { until } = fault === null ? { until: null } : (JSON.parse(fault) as ChannelFault)
    if (until === null) cache.transaction((writer) => delaySend(writer, account, send.clientId, 0))
  }

  /** No further message leaves; resolves when those that are under way have an outcome. */
  async end(): Promise<void> {
    this.#channel = null
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    await Promise.all(this.#lanes.values())
  }

  /**
   * The account has been run elsewhere since these were intended: they are shown, and only a person sends them again. Inside the
   * caller's transaction.
   */
  abandon(writer: Writer): void {
    for (const send of this.#open()) {
      // What waits for whoever runs the account goes on waiting: the vault knows who has had it.
      if (send.remote > 0) continue
      if (send.state === 'queued') this.#refuse(send, ranElsewhere)
      else {
        if (send.state === 'sending') this.#report(send, 'unknown', null, interrupted)
        parkSend(writer, send.account, send.clientId)
      }
    }
  }

  /** Call when something new was intended, the vault has acknowledged more, or the policy has come. */
  changed(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    try {
      this.#fill()
    } catch {
      // The cache does not answer (a full disk): nothing has left, a later turn goes on.
      this.#later(1000)
    }
  }

  /**
   * Nothing of this message is to leave. False: it is on its way or settled, or whoever runs the account has it. True is no promise for one
   * whose file goes up: its outcome tells.
   */
  withdraw(clientId: string): boolean {
    const send = findSend(this.#options.cache, this.#options.account, clientId)
    if (!send || send.remote > 0) return false
    const upload = this.#uploads.get(clientId)
    if (upload) upload.abort()
    else if (send.state === 'queued') this.#refuse(send, withdrawn)
    else return false
    // What waited behind it goes on.
    this.changed()
    return true
  }

  #open(): SendRow[] {
    return listOpenSends(this.#options.cache, this.#options.account)
  }

  /** The first open send of each conversation that has none under way; the others wait behind it. */
  #fill(): void {
    const channel = this.#channel
    if (!channel) return
    const policyIn = this.#policyUntil - performance.now()
    if (policyIn > 0 && !this.#options.isPolicyKnown()) return this.#later(policyIn)
    const seen = new Set<number>()
    const { cache, account } = this.#options
    for (const send of listNextSends(cache, account, channel.repeatsSafely, looked)) {
      if (this.#lanes.size >= lanes) return
      if (seen.has(send.conversation) || this.#lanes.has(send.conversation)) continue
      if (send.state !== 'queued' && !channel.repeatsSafely) {
        // `sending` without being under way: its outcome could not be written down.
        if (send.state === 'sending') this.#report(send, 'unknown', null, interrupted)
        continue
      }
      const waitMs = Math.max(send.notBefore, this.#pausedUntil, this.#restingUntil) - this.#options.now()
      // What waits for the vault's word holds up nobody at this workstation.
      if (send.remote > 0 && waitMs > 0) {
        this.#later(waitMs)
        continue
      }
      seen.add(send.conversation)
      if (send.remote === 0 && send.seq > this.#options.mayLeaveUpTo()) continue
      if (waitMs > 0) this.#later(waitMs)
      else this.#begin(channel, send)
    }
  }

  #begin(channel: ProviderChannel, send: SendRow): void {
    const lane = this.#send(channel, send)
      .then(
        () => true,
        () => {
          // The outcome could not be written down (a full disk); a later turn judges it.
          this.#later(1000)
          return false
        },
      )
      .then((told) => {
        this.#lanes.delete(send.conversation)
        if (told) this.changed()
      })
    this.#lanes.set(send.conversation, lane)
  }

  #later(ms: number): void {
    if (!this.#channel) return
    const due = performance.now() + Math.min(ms, 60_000)
    if (this.#timer && this.#due <= due) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => this.changed(), due - performance.now())
  }

  async #send(channel: ProviderChannel, listed: SendRow): Promise<void> {
    const { cache, account } = this.#options
    // Read again: a receipt may have settled it.
    const send = findSend(cache, account, listed.clientId)
    if (!send || send.state !== listed.state) return
    const request = readRequest(cache, this.#options.media, send)
    if (request === null) return
    if (request === 'no-file' && this.#options.remote.waitsForFile(send)) return this.#wait(send, fileMs)
    if (this.#options.remote.mustAsk(send) && !(await this.#take(channel, send))) return
    if (request === 'no-file') return this.#refuse(send, noFile)
    // At the last moment: what was written without network may be refused by now.
    const refusal = this.#options.refusal(send.conversation, request.content.kind)
    if (refusal) return this.#refuse(send, refusal)
    // Durable before the first byte leaves: after a crash `sending` means "perhaps sent", never "not sent".
    this.#mark(send, 'sending')
    const outcome = await this.#hand(channel, send, request)
    this.#settle(channel, send, outcome)
    const kept = outcome.outcome === 'not-sent' ? findSend(cache, account, send.clientId) : undefined
    if (kept?.state === 'queued') await this.#options.remote.giveBack(kept)
  }

  /** Hands it over; what is told of its file meanwhile is not written down. */
  async #hand(channel: ProviderChannel, send: SendRow, request: SendRequest): Promise<SendOutcome> {
    const bytes = request.file?.bytes
    if (bytes === undefined) return channel.send(request)
    let toldAt = Number.NEGATIVE_INFINITY
    const progress = (sentBytes: number): void => {
      const at = performance.now()
      if (sentBytes < bytes && at - toldAt < progressMs) return
      toldAt = at
      this.#options.uploading(send, { sent: Math.min(sentBytes, bytes), bytes })
    }
    const stop = new AbortController()
    this.#uploads.set(send.clientId, stop)
    try {
      return await channel.send({ ...request, progress, signal: stop.signal })
    } finally {
      this.#uploads.delete(send.clientId)
      this.#options.uploading(send, null)
    }
  }

  /** True when the vault lets it go, now and from here. */
  async #take(channel: ProviderChannel, send: SendRow): Promise<boolean> {
    const { cache, account, remote } = this.#options
    const taken = await remote.take(send, channel.repeatsSafely)
    if (taken.step === 'wait') this.#wait(send, taken.waitMs)
    if (taken.step === 'refused') this.#refuse(send, taken.fault)
    if (taken.step === 'doubtful') this.#park(send, taken.fault)
    if (taken.step === 'done') cache.transaction((writer) => parkSend(writer, account, send.clientId))
    if (taken.step !== 'send') return false
    const now = findSend(cache, account, send.clientId)
    if (this.#channel === channel && now?.state === send.state) return true
    if (now?.state === 'queued') await remote.giveBack(now)
    return false
  }

  /** It is not sent from here. What may have left in an earlier attempt is not told as if it had not. */
  #refuse(send: SendRow, fault: ChannelFault): void {
    if (send.state === 'queued' && send.doubtful === 0) this.#report(send, 'failed', null, fault)
    else this.#park(send, fault)
  }

  #park(send: SendRow, fault: ChannelFault): void {
    this.#report(send, 'unknown', null, fault)
    this.#options.cache.transaction((writer) => parkSend(writer, send.account, send.clientId))
  }

  /** Nothing was tried: it does not count as an attempt, and the others need not wait. */
  #wait(send: SendRow, waitMs: number): void {
    const notBefore = this.#options.now() + waitMs
    this.#options.cache.transaction((writer) => delaySend(writer, send.account, send.clientId, notBefore))
    this.#later(waitMs)
  }

  #settle(channel: ProviderChannel, send: SendRow, outcome: SendOutcome): void {
    switch (outcome.outcome) {
      case 'accepted':
        return this.#report(send, 'sent', { providerId: outcome.providerId, time: outcome.time }, null)
      case 'refused':
        // The provider speaks of the message, a withdrawal of this attempt only.
        if (outcome.fault.code === withdrawn.code) return this.#refuse(send, outcome.fault)
        return this.#report(send, 'failed', null, outcome.fault)
      case 'not-sent':
        // Why it waits is shown only where the provider says how long.
        if (send.state === 'queued') this.#mark(send, 'queued', outcome.fault.until === null ? null : outcome.fault)
        else this.#report(send, 'unknown', null, outcome.fault)
        // Whatever keeps this one here (no connection, a flood wait) mostly keeps the others as well.
        return this.#postpone(send, outcome.fault.until, outcome.conversationOnly !== true)
      case 'unknown':
        this.#report(send, 'unknown', null, outcome.fault)
        if (channel.repeatsSafely) this.#postpone(send, outcome.fault.until, false)
    }
  }

  #postpone(send: SendRow, until: number | null, all: boolean): void {
    const delay = repeatMs[Math.min(send.attempts, repeatMs.length - 1)]!
    const notBefore = Math.max(this.#options.now() + delay, until ?? 0)
    if (all && until !== null) this.#pausedUntil = Math.max(this.#pausedUntil, notBefore)
    else if (all) this.#restingUntil = Math.max(this.#restingUntil, notBefore)
    this.#options.cache.transaction((writer) => postponeSend(writer, send.account, send.clientId, notBefore))
    this.#later(notBefore - this.#options.now())
  }

  /** Local only: the ledger needs no event for a message that is on its way. */
  #mark(send: SendRow, state: 'sending' | 'queued', why: ChannelFault | null = null): void {
    const touched = newTouched()
    this.#options.cache.transaction((writer) => {
      const { account } = send
      const change = findSentChange(writer, send)
      const row = send.target === null ? findMessage(writer, send) : undefined
      if (change) {
        applyChangeState(writer, { ...change, account }, state, why, state === 'queued')
        touched.changes.push(change)
      } else if (row) {
        applyState(writer, { ...row, account }, state, why, state === 'queued')
        touched.messages.push(send)
      }
    })
    this.#options.committed(touched)
  }

  #report(
    send: SendRow,
    state: 'sent' | 'failed' | 'unknown',
    known: { providerId: string; time: number | null } | null,
    error: ChannelFault | null,
  ): void {
    const touched = newTouched()
    this.#options.cache.transaction((writer) => {
      const report = { state, providerId: known?.providerId ?? null, time: known?.time ?? null, error }
      const context = this.#options.context(writer, touched)
      const at = placeOf(writer, send.conversation)
      const change = findSentChange(writer, send)
      const row = send.target === null ? findMessage(writer, send) : undefined
      if (change) moveChange(writer, context, at, change, report)
      else if (row) moveState(writer, context, at, row, report)
    })
    this.#options.cache.afterCommit(() => this.#options.committed(touched))
  }
}

function findSentChange(reader: Reader, send: SendRow): ChangeRow | undefined {
  if (send.target === null) return undefined
  return findChange(reader, { conversation: send.conversation, target: send.target, n: send.n })
}

/** What the channel is asked for; null: it stands here no more. */
function readRequest(cache: Cache, media: MediaStore, send: SendRow): SendRequest | 'no-file' | null {
  const { identity } = placeOf(cache, send.conversation)
  const common = { clientId: send.clientId, address: identity.address }
  const change = findSentChange(cache, send)
  if (change) return { ...common, content: contentOf({ ...change, replyTo: null }), file: null }
  const row = send.target === null ? findMessage(cache, send) : undefined
  if (!row) return null
  const details = readDetails(row.details)
  const said = { ...common, content: contentOf(row), origin: readOrigin(send) }
  if (!details?.file) return { ...said, file: null }
  const file = readFile(cache, media, row, details.file)
  return file ? { ...said, file } : 'no-file'
}

function readFile(
  cache: Cache,
  media: MediaStore,
  row: MessageRow,
  details: Omit<OutgoingFile, 'sha256' | 'thumbnail' | 'read'>,
): OutgoingFile | null {
  const held = findAttachment(cache, row.n)
  if (held?.state !== 'held' || !held.blob || !held.key || held.sha256 === null || !media.has(held.blob)) return null
  const file = { blob: held.blob, key: held.key }
  return {
    ...details,
    sha256: held.sha256,
    thumbnail: held.thumbnail,
    read: (offset, length) => media.read(file, offset, length),
  }
}
