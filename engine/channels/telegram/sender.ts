/** Sends texts and read marks, and turns Telegram's answers into outcomes; the same client id is never a second message. */
import { randomBytes } from 'node:crypto'
import type { Api } from 'telegram/index.js'
import { z } from 'zod'
import type { ChannelFault, ChannelHost, SendOutcome, SendRequest } from '../channel.ts'
import { fault, readFault } from './faults.ts'
import type { TelegramLibrary } from './library.ts'
import type { TelegramLine } from './line.ts'
import type { OwnSends } from './own-sends.ts'
import { type KnownPeer, type PeerStore, userIdOf } from './peers.ts'
import { messageKey } from './read-message.ts'
import { type Piece, type ReadBatch, readOwnIds, readUpdates, readUsers } from './read-updates.ts'
import { type TelegramTiming, within } from './timing.ts'
import type { UpdateFollower } from './update-follower.ts'

/** What is needed while the account is live. */
export interface LiveLine {
  library: TelegramLibrary
  line: TelegramLine
  follower: UpdateFollower
}

interface SenderOptions {
  host: Pick<ChannelHost, 'store' | 'clock' | 'log'>
  timing: TelegramTiming
  peers: PeerStore
  ownSends: OwnSends
  /** A request failed in a way that may mean the end of the authorization. */
  failed(live: LiveLine, error: unknown): void
  /** The provider answered. */
  alive(): void
}

type Answered = Extract<SendOutcome, { outcome: 'accepted' | 'unknown' }>

const floodSchema = z.strictObject({ code: z.string(), text: z.string(), until: z.int() })
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function newClientId(): string {
  for (;;) {
    const id = randomBytes(8).readBigInt64LE()
    if (id !== 0n) return id.toString()
  }
}

export class TelegramSender {
  readonly #options: SenderOptions

  constructor(options: SenderOptions) {
    this.#options = options
  }

  async send(live: LiveLine | null, request: SendRequest): Promise<SendOutcome> {
    const { host, ownSends } = this.#options
    const wrong = checkRequest(request)
    if (wrong) return { outcome: 'refused', fault: wrong }
    const waiting = this.#floodFault()
    if (waiting) return { outcome: 'not-sent', fault: waiting }
    const notConnected = fault('telegram_not_connected', 'Telegram is not connected')
    if (!live?.line.usable) return { outcome: 'not-sent', fault: notConnected }
    const peer = await this.#findWritable(live, userIdOf(request.address) ?? '')
    if (!peer) return { outcome: 'refused', fault: fault('telegram_peer_unknown', 'This person was never seen here') }
    if (!live.line.usable) return { outcome: 'not-sent', fault: notConnected }
    try {
      ownSends.begin(request.clientId, peer.id, request.text, host.clock.now())
    } catch {
      return { outcome: 'not-sent', fault: fault('telegram_store_failed', 'The send could not be noted down') }
    }
    return this.#exchange(live, peer, request)
  }

  /** Marks all up to the newest given message as read. Rejects with the provider's or the connection's error. */
  async markRead(live: LiveLine, address: string, providerIds: string[]): Promise<void> {
    const { library, line, follower } = live
    const ids = providerIds.filter((id) => /^\d{1,10}$/.test(id)).map(Number)
    const peer = await this.#findWritable(live, userIdOf(address) ?? '')
    if (!peer || ids.length === 0) return
    const request = new library.Api.messages.ReadHistory({ peer: inputPeer(library, peer), maxId: Math.max(...ids) })
    const answer = await line.call(request)
    this.#options.alive()
    follower.applyAnswer(ownBatch({ pts: answer.pts, ptsCount: answer.ptsCount, qts: null, entries: [] }, null))
  }

  /** Reads the newest dialogs for the access hashes of people who wrote before this authorization existed. */
  async learnPeers({ library, line }: Pick<LiveLine, 'library' | 'line'>): Promise<void> {
    const dialogs = await line.call(
      new library.Api.messages.GetDialogs({
        offsetDate: 0,
        offsetId: 0,
        offsetPeer: new library.Api.InputPeerEmpty(),
        limit: 100,
        hash: library.toLong(0),
      }),
    )
    this.#options.alive()
    if (dialogs.className === 'messages.DialogsNotModified') return
    const { store } = this.#options.host
    const seen = readUsers(dialogs.users)
    store.transaction(() => {
      for (const peer of seen) this.#options.peers.put(peer)
    })
  }

  async #findWritable(live: LiveLine, id: string): Promise<KnownPeer | null> {
    const known = this.#options.peers.find(id)
    if (known?.hash || !id) return known
    try {
      await this.learnPeers(live)
    } catch (error) {
      this.#options.failed(live, error)
    }
    const learnt = this.#options.peers.find(id)
    return learnt?.hash ? learnt : null
  }

  async #exchange(live: LiveLine, peer: KnownPeer, request: SendRequest): Promise<SendOutcome> {
    const { timing, ownSends } = this.#options
    const { library, line } = live
    const { Api } = library
    const asked = new Api.messages.SendMessage({
      peer: inputPeer(library, peer),
      message: request.text,
      randomId: library.toLong(request.clientId),
      replyTo: request.replyTo ? new Api.InputReplyToMessage({ replyToMsgId: Number(request.replyTo) }) : undefined,
    })
    // The answer is taken in also when it comes after the time limit: it moves the account's numbering.
    const answered = line
      .invoke(asked)
      .then((answer) => this.#accept(live, peer, request, answer))
      .catch((error: unknown) => this.#refuse(live, request, error))
      .finally(() => ownSends.end(request.clientId))
    try {
      return await within(timing, timing.sendMs, answered)
    } catch (error) {
      return { outcome: 'unknown', fault: readFault(error, 0).fault }
    }
  }

  async #accept(live: LiveLine, peer: KnownPeer, request: SendRequest, answer: Api.TypeUpdates): Promise<SendOutcome> {
    const { log } = this.#options.host
    this.#options.alive()
    const { outcome, batch } = readAnswer(live, peer, request, answer)
    try {
      live.follower.applyAnswer(batch)
    } catch {
      // Not stored, so its number is missing: the difference brings it again.
      log('error', 'telegram_answer_not_stored')
      void live.follower.recover()
    }
    return outcome
  }

  async #refuse(live: LiveLine, request: SendRequest, error: unknown): Promise<SendOutcome> {
    const { host, ownSends } = this.#options
    const read = readFault(error, host.clock.now())
    if (read.kind === 'unclear' || read.fault.code === 'telegram_random_id_duplicate') {
      // If the provider has the message, its echo comes with the difference and is recognised there.
      if (live.line.usable) await live.follower.recover()
      return { outcome: 'unknown', fault: read.fault }
    }
    this.#options.alive()
    host.store.transaction(() => {
      ownSends.settle(request.clientId)
      if (read.kind === 'flood') host.store.putState('flood', 'send', encoder.encode(JSON.stringify(read.fault)))
    })
    if (read.kind === 'refused') return { outcome: 'refused', fault: read.fault }
    if (read.kind !== 'flood') this.#options.failed(live, error)
    return { outcome: 'not-sent', fault: read.fault }
  }

  #floodFault(): ChannelFault | null {
    const { store, clock } = this.#options.host
    const kept = store.getState('flood', 'send')
    if (!kept) return null
    const flood = floodSchema.parse(JSON.parse(decoder.decode(kept)))
    return flood.until > clock.now() ? flood : null
  }
}

function checkRequest(request: SendRequest): ChannelFault | null {
  const { clientId, address, replyTo } = request
  if (!/^-?[1-9]\d{0,18}$/.test(clientId) || BigInt.asIntN(64, BigInt(clientId)) !== BigInt(clientId))
    return fault('telegram_client_id_malformed', 'The client id is not a 64-bit number')
  if (!userIdOf(address)) return fault('telegram_address_malformed', 'The address is not a Telegram user')
  if (replyTo !== null && !/^[1-9]\d{0,9}$/.test(replyTo))
    return fault('telegram_reply_malformed', 'The message to reply to is not a Telegram message')
  return null
}

function inputPeer(library: TelegramLibrary, peer: KnownPeer): Api.InputPeerUser {
  return new library.Api.InputPeerUser({
    userId: library.toLong(peer.id),
    accessHash: library.toLong(peer.hash ?? '0'),
  })
}

function ownBatch(piece: Piece, date: number | null): ReadBatch {
  return { peers: [], pieces: [piece], seq: null, date, recover: false }
}

function readAnswer(
  live: LiveLine,
  peer: KnownPeer,
  { clientId }: SendRequest,
  answer: Api.TypeUpdates,
): { outcome: Answered; batch: ReadBatch } {
  if (answer.className === 'UpdateShortSentMessage') {
    const { id, date, pts, ptsCount } = answer
    const raw = answer.getBytes().toString('base64')
    const entry = {
      key: messageKey(peer.id, id),
      row: { v: 1 as const, kind: 'sent' as const, clientId, id, date, raw },
    }
    return {
      outcome: { outcome: 'accepted', providerId: String(id), time: date * 1000 },
      batch: ownBatch({ pts, ptsCount, qts: null, entries: [entry] }, date),
    }
  }
  const batch = readUpdates(answer, live.follower.context('live'))
  const updates = answer.className === 'Updates' || answer.className === 'UpdatesCombined' ? answer.updates : []
  for (const [id, randomId] of readOwnIds(updates)) {
    if (randomId !== clientId) continue
    const row = batch.pieces.flatMap((piece) => piece.entries).find(({ key }) => key === messageKey(peer.id, id))?.row
    const time = row?.kind === 'message' ? row.date * 1000 : null
    return { outcome: { outcome: 'accepted', providerId: String(id), time }, batch }
  }
  const unclear = fault('telegram_answer_unclear', 'Telegram did not say which message it made')
  return { outcome: { outcome: 'unknown', fault: unclear }, batch: { ...batch, recover: true } }
}
