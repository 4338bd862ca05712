/** Sends that others have intended: the vault hands each to this workstation before it leaves, or says why it must not. */
import { applyWanted, findAttachment } from '../cache/attachments.ts'
import type { Cache } from '../cache/database.ts'
import { newestOwnSeq, putTaken, type SendRow } from '../cache/sends.ts'
import type { ChannelFault } from '../channels/channel.ts'
import { CodedError, type Client } from '../../shared/contracts/contract.ts'
import type { deviceContract } from '../../shared/contracts/device.ts'

export interface RemoteSendsOptions {
  account: string
  cache: Cache
  call: Client<typeof deviceContract>
  epoch(): string
  /** A file is wanted now. */
  fetch(): void
}

export type Taken =
  | { step: 'send' }
  /** Nothing leaves now; asked again after `waitMs`. */
  | { step: 'wait'; waitMs: number }
  | { step: 'refused'; fault: ChannelFault }
  /** Somebody has told what became of it: the journal brings it. */
  | { step: 'done' }
  /** It may have left from elsewhere, and must not be repeated. */
  | { step: 'doubtful'; fault: ChannelFault }

const texts: Record<string, string> = {
  revoked: 'the workstation that wrote it has been taken away',
  not_assigned: 'who wrote it does not work with this account any more',
  answered_meanwhile: 'a colleague has answered meanwhile',
  erased: 'the customer has been erased',
}
const ranElsewhere: ChannelFault = { code: 'ran_elsewhere', text: 'the account ran elsewhere meanwhile', until: null }
/** The vault has not applied yet what it must know. */
const soonMs = 150
const awayMs = 1500

function faultOf(code: string): ChannelFault {
  return { code, text: texts[code] ?? 'the vault does not let it go', until: null }
}

export class RemoteSends {
  readonly #options: RemoteSendsOptions

  constructor(options: RemoteSendsOptions) {
    this.#options = options
  }

  /** True where the vault has to be asked before this one leaves. */
  mustAsk(send: SendRow): boolean {
    return send.remote > 0 && send.taken !== this.#options.epoch()
  }

  /** Its file is on its way here from the vault. */
  waitsForFile(send: SendRow): boolean {
    if (send.remote === 0 || send.target !== null) return false
    const { cache, fetch } = this.#options
    const file = findAttachment(cache, send.n)
    // Too large to be fetched unasked: sending it is asking for it.
    if (file?.state === 'on-demand') {
      cache.transaction((writer) => applyWanted(writer, send.n))
      fetch()
      return true
    }
    return file?.state === 'waiting' || file?.state === 'fetching'
  }

  /** `repeats`: what may have left already may leave again under the same id. Never rejects. */
  async take(send: SendRow, repeats: boolean): Promise<Taken> {
    const { account, cache, call } = this.#options
    const epoch = this.#options.epoch()
    const place = { account, epoch, ledger: send.ledger ?? '', seq: send.remote }
    try {
      const { verdict, code } = await call('send.take', { ...place, after: newestOwnSeq(cache, send.conversation) })
      if (verdict === 'wait') return { step: 'wait', waitMs: soonMs }
      if (verdict === 'done') return { step: 'done' }
      if (verdict === 'refused') return { step: 'refused', fault: faultOf(code ?? 'not_executable') }
      if (verdict === 'again' && (code !== null || !repeats))
        return { step: 'doubtful', fault: code === null ? ranElsewhere : faultOf(code) }
      cache.transaction((writer) => putTaken(writer, send, epoch))
      return { step: 'send' }
    } catch (error) {
      // The vault or its keeper is away, or the lease is lost: whoever runs the account next asks by himself.
      if (error instanceof CodedError) return { step: 'wait', waitMs: awayMs }
      throw error
    }
  }

  /** It has surely not left. What cannot be told is told by the next question. */
  async giveBack(send: SendRow): Promise<void> {
    if (send.remote === 0 || send.taken === null) return
    const { account, cache, call } = this.#options
    cache.transaction((writer) => putTaken(writer, send, null))
    await call('send.return', { account, epoch: send.taken, ledger: send.ledger ?? '', seq: send.remote }).catch(
      () => {},
    )
  }
}
