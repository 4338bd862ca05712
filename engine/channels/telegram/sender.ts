/** Sends messages and changes, and turns Telegram's answers into outcomes; the same client id is never a second message. */
import { randomBytes } from 'node:crypto'
import { isChange, isMedia } from '../../../shared/contracts/neutral-message.ts'
import { withdrawn, type ChannelHost, type SendOutcome, type SendRequest } from '../channel.ts'
import { askChange, isAskedFor } from './change-request.ts'
import { fault, readFault, rpcError } from './faults.ts'
import { Floods } from './floods.ts'
import { inputChannel, inputPeer, inputUser } from './input-peers.ts'
import type { LiveLine } from './live-line.ts'
import { bubbleRequest, forwardRequest, Unsendable } from './outgoing.ts'
import type { OwnSends } from './own-sends.ts'
import { channelIdOf, type PeerStore, readChats, readUsers, userIdOf } from './peers.ts'
import { intentText } from './read-message.ts'
import { emptyBatch, type Piece, type ReadBatch } from './read-updates.ts'
import { readAnswer } from './send-answer.ts'
import { type TelegramTiming, within } from './timing.ts'
import { FileUnreadable, UploadCut, type UploadedFile, uploadFile, UploadWithdrawn } from './upload.ts'

interface SenderOptions {
  host: Pick<ChannelHost, 'store' | 'clock' | 'log'>
  timing: TelegramTiming
  peers: PeerStore
  ownSends: OwnSends
  /** A request failed in a way that may mean the end of the authorization. */
  failed(live: LiveLine, error: unknown): void
  /** The provider answered. */
  alive(): void
  /** The present line or the next one, waited for a while; null: none. */
  nextLive(): Promise<LiveLine | null>
}

const notConnected = fault('telegram_not_connected', 'Telegram is not connected')

export function newClientId(): string {
  for (;;) {
    const id = randomBytes(8).readBigInt64LE()
    if (id !== 0n) return id.toString()
  }
}

export class TelegramSender {
  readonly #options: SenderOptions
  readonly #floods: Floods

  constructor(options: SenderOptions) {
    this.#options = options
    this.#floods = new Floods(options.host)
  }

  async send(live: LiveLine | null, request: SendRequest): Promise<SendOutcome> {
    const wrong = checkRequest(request)
    if (wrong) return { outcome: 'refused', fault: wrong }
    if (!request.origin) return this.#send(live, request)
    const outcome = await this.#send(live, request)
    // Refused means that nothing was made under this id, so a copy may have it.
    const copied = outcome.outcome === 'refused' && unforwardable.has(outcome.fault.code)
    return copied
      ? this.#send(live?.line.usable ? live : await this.#options.nextLive(), { ...request, origin: null })
      : outcome
  }

  async #send(live: LiveLine | null, request: SendRequest): Promise<SendOutcome> {
    const { host, ownSends } = this.#options
    const waiting = this.#floods.find(floodKind(request))
    if (waiting) return { outcome: 'not-sent', fault: waiting }
    const slow = this.#floods.find(`slow:${request.address}`)
    if (slow) return { outcome: 'not-sent', fault: slow, conversationOnly: true }
    if (!live?.line.usable) return { outcome: 'not-sent', fault: notConnected }
    if (!(await this.#isWritable(live, request.address)))
      return { outcome: 'refused', fault: fault('telegram_peer_unknown', 'This conversation was never seen here') }
    let uploaded: UploadedFile | null = null
    let current: LiveLine | null = live
    try {
      if (request.file && !request.origin) {
        uploaded = await this.#upload(request)
        current = await this.#options.nextLive()
      }
    } catch (error) {
      return this.#notUploaded(live, error)
    }
    if (request.signal?.aborted) return { outcome: 'refused', fault: withdrawn }
    if (!current?.line.usable) return { outcome: 'not-sent', fault: notConnected }
    const { kind, text, target } = request.content
    try {
      const said = intentText(kind === 'edit' ? `edit/${target ?? ''}` : kind, text)
      if (!isChange(kind) || kind === 'edit') ownSends.begin(request.clientId, request.address, said, host.clock.now())
    } catch {
      return { outcome: 'not-sent', fault: fault('telegram_store_failed', 'The send could not be noted down') }
    }
    return this.#exchange(current, request, uploaded)
  }

  /** Marks all up to the newest given message as read. Rejects with the provider's or the connection's error. */
  async markRead(live: LiveLine, address: string, providerIds: string[]): Promise<void> {
    const { library, line, follower } = live
    const { peers } = this.#options
    const ids = providerIds.filter((id) => /^\d{1,10}$/.test(id)).map(Number)
    if (ids.length === 0 || !(await this.#isWritable(live, address))) return
    const maxId = Math.max(...ids)
    const channel = inputChannel(library, peers, address)
    if (channel) {
      await line.call(new library.Api.channels.ReadHistory({ channel, maxId }))
      return this.#options.alive()
    }
    const peer = inputPeer(library, peers, address)
    if (!peer) return
    const answer = await line.call(new library.Api.messages.ReadHistory({ peer, maxId }))
    this.#options.alive()
    const { pts, ptsCount } = answer
    follower.applyAnswer(ownBatch({ pts, ptsCount, qts: null, channel: null, entries: [] }))
  }

  /** Reads the newest dialogs for the access hashes of who wrote before this authorization existed, and where megagroups stand. */
  async learnPeers({ library, line, follower }: LiveLine): Promise<void> {
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
    const groups = readChats(dialogs.chats)
    store.transaction(() => {
      for (const peer of readUsers(dialogs.users)) this.#options.peers.put(peer)
      for (const group of groups) this.#options.peers.putGroup(group)
      for (const dialog of dialogs.dialogs) {
        if (dialog.className !== 'Dialog' || dialog.peer.className !== 'PeerChannel' || dialog.pts === undefined)
          continue
        const id = dialog.peer.channelId.toString()
        const group = groups.find(({ address }) => address === `channel:${id}`)
        if (group && !group.broadcast && !group.left) follower.channels.begin(id, dialog.pts)
      }
      for (const { address, broadcast, left } of groups)
        if (!broadcast && !left) store.putState('group-stale', address, new Uint8Array([49]))
    })
  }

  async #isWritable(live: LiveLine, address: string): Promise<boolean> {
    const { peers } = this.#options
    if (inputPeer(live.library, peers, address)) return true
    if (userIdOf(address) !== null || channelIdOf(address) !== null) {
      try {
        await this.learnPeers(live)
      } catch (error) {
        this.#options.failed(live, error)
      }
    }
    return inputPeer(live.library, peers, address) !== null
  }

  #upload(request: SendRequest): Promise<UploadedFile> {
    const { file, clientId } = request
    if (!file) throw new Error('nothing to upload')
    const { nextLive, alive, host, timing } = this.#options
    const pause = (failures: number) =>
      new Promise<void>((resolve) => void timing.after(timing.backoffMs(failures), resolve))
    const progress = (sentBytes: number): void => request.progress?.(sentBytes)
    const isWithdrawn = (): boolean => request.signal?.aborted === true
    return uploadFile(file, clientId, { nextLive, alive, progress, isWithdrawn, now: () => host.clock.now(), pause })
  }

  /** Nothing was said yet, so it may be tried again where the provider did not refuse the file. */
  #notUploaded(live: LiveLine, error: unknown): SendOutcome {
    if (error instanceof UploadWithdrawn) return { outcome: 'refused', fault: withdrawn }
    if (error instanceof UploadCut) return { outcome: 'not-sent', fault: notConnected }
    if (error instanceof FileUnreadable)
      return { outcome: 'not-sent', fault: fault(error.code, 'The file could not be read') }
    const read = readFault(error, this.#options.host.clock.now())
    if (read.kind === 'flood') this.#floods.note('media', read.fault)
    if (read.kind === 'refused') return { outcome: 'refused', fault: read.fault }
    if (read.kind !== 'flood') this.#options.failed(live, error)
    return { outcome: 'not-sent', fault: read.fault }
  }

  async #exchange(live: LiveLine, request: SendRequest, uploaded: UploadedFile | null): Promise<SendOutcome> {
    const { timing, ownSends } = this.#options
    let answer: Promise<SendOutcome>
    try {
      answer = isChange(request.content.kind)
        ? askChange(live, request, this.#options.peers).then((done) => this.#take(live, done))
        : this.#sendBubble(live, request, uploaded)
    } catch (error) {
      ownSends.settle(request.clientId)
      ownSends.end(request.clientId)
      if (error instanceof Unsendable) return { outcome: 'refused', fault: error.fault }
      throw error
    }
    // The answer is taken in also when it comes after the time limit: it moves the account's numbering.
    const answered = answer
      .catch((error: unknown) => this.#refuse(live, request, error))
      .finally(() => ownSends.end(request.clientId))
    try {
      return await within(timing, timing.sendMs, answered)
    } catch (error) {
      return { outcome: 'unknown', fault: readFault(error, 0).fault }
    }
  }

  #sendBubble(live: LiveLine, request: SendRequest, uploaded: UploadedFile | null): Promise<SendOutcome> {
    const { library, line } = live
    const { peers } = this.#options
    const peer = inputPeer(library, peers, request.address)
    if (!peer) throw new Unsendable('telegram_peer_unknown', 'This conversation was never seen here')
    const context = { library, peer, inputUser: (address: string) => inputUser(library, peers, address) }
    const from = request.origin ? inputPeer(library, peers, request.origin.address) : null
    if (request.origin && !from) throw new Unsendable('telegram_origin_unknown', 'The original is not known here')
    const asked = from ? forwardRequest(context, request, from) : bubbleRequest(context, request, uploaded)
    return line.invoke(asked).then((answer) => this.#take(live, readAnswer(live, request, answer)))
  }

  #take(live: LiveLine, { outcome, batch }: { outcome: SendOutcome; batch: ReadBatch }): SendOutcome {
    this.#options.alive()
    try {
      live.follower.applyAnswer(batch)
    } catch {
      // Not stored, so its number is missing: the difference brings it again.
      this.#options.host.log('error', 'telegram_answer_not_stored')
      void live.follower.recover()
    }
    return outcome
  }

  async #refuse(live: LiveLine, request: SendRequest, error: unknown): Promise<SendOutcome> {
    const { host, ownSends } = this.#options
    if (error instanceof Unsendable) {
      ownSends.settle(request.clientId)
      return { outcome: 'refused', fault: error.fault }
    }
    const read = readFault(error, host.clock.now())
    if (read.kind === 'unclear' || read.fault.code === 'telegram_random_id_duplicate') {
      // If the provider has the message, its echo comes with the difference and is recognised there.
      if (live.line.usable) await live.follower.recover()
      return { outcome: 'unknown', fault: read.fault }
    }
    this.#options.alive()
    if (rpcError(error)?.errorMessage === 'MESSAGE_NOT_MODIFIED') {
      // Asked for before: it is as it should be, and the difference knows under which number.
      await live.follower.recover()
      const known = isAskedFor(live, request)
      ownSends.settle(request.clientId)
      if (known) return known
    }
    const slow = read.fault.code === 'telegram_slowmode_wait'
    host.store.transaction(() => {
      ownSends.settle(request.clientId)
      if (read.kind === 'flood') this.#floods.note(slow ? `slow:${request.address}` : floodKind(request), read.fault)
    })
    if (read.kind === 'refused') return { outcome: 'refused', fault: read.fault }
    if (read.kind !== 'flood') this.#options.failed(live, error)
    return { outcome: 'not-sent', fault: read.fault, ...(slow ? { conversationOnly: true } : {}) }
  }
}

/** Telegram does not forward this message, or not any more; a copy may be sent all the same. */
const unforwardable = new Set([
  'telegram_origin_unknown',
  'telegram_chat_forwards_restricted',
  'telegram_message_id_invalid',
  'telegram_message_ids_empty',
  'telegram_peer_id_invalid',
  'telegram_channel_private',
])

/** Telegram counts requests by method. */
function floodKind({ content, file, origin }: SendRequest): string {
  if (origin) return 'forward'
  if (isChange(content.kind)) return content.kind
  return file === null && content.kind === 'text' ? 'send' : 'media'
}

function checkRequest({ clientId, address, content, file, origin }: SendRequest) {
  if (!/^-?[1-9]\d{0,18}$/.test(clientId) || BigInt.asIntN(64, BigInt(clientId)) !== BigInt(clientId))
    return fault('telegram_client_id_malformed', 'The client id is not a 64-bit number')
  if (!/^(user|chat|channel):\d{1,20}$/.test(address))
    return fault('telegram_address_malformed', 'The address is no Telegram user or group')
  if (content.reply !== null && !isMessageId(content.reply))
    return fault('telegram_reply_malformed', 'The message to reply to is not a Telegram message')
  if (origin && (isChange(content.kind) || !isMessageId(origin.providerId)))
    return fault('telegram_origin_malformed', 'What is to be forwarded is not a Telegram message')
  if (isChange(content.kind) && !isMessageId(content.target ?? ''))
    return fault('telegram_target_malformed', 'The message to change is not a Telegram message')
  if (isMedia(content.kind) !== (file !== null))
    return fault('telegram_content_incomplete', 'The message lacks what its kind needs')
  if (content.kind === 'service' || content.kind === 'call')
    return fault('telegram_kind_unsendable', 'Notices come from Telegram alone')
  return null
}

function isMessageId(id: string): boolean {
  return /^[1-9]\d{0,9}$/.test(id) && Number(id) < 2 ** 31
}

function ownBatch(piece: Piece): ReadBatch {
  return { ...emptyBatch, pieces: [piece] }
}
