/** A pairing in progress: how the phone is to be linked, and how many sets of codes have run out. */
import { ChannelError } from '../channel.ts'
import type { PairRequest } from '../channel.ts'

const FIRST_QR_MS = 60_000
const NEXT_QR_MS = 20_000

export class Pairing {
  readonly request: PairRequest
  /** The phone has accepted; the restart and the first login are still to come. */
  accepted = false
  codeShown = false
  rounds = 0
  /** QR codes of the present connection. */
  #codes = 0

  /** Throws ChannelError: bad_method, bad_phone. */
  constructor(request: PairRequest) {
    if (request.method === 'phone') throw new ChannelError('bad_method', 'WhatsApp pairs by QR or by code')
    if (request.method === 'code' && !/^\d{6,15}$/.test(request.phone ?? ''))
      throw new ChannelError('bad_phone', 'a pairing code needs the phone number as digits with country code')
    this.request = request
  }

  /** A new connection brings a new set of codes. */
  connecting(): void {
    this.#codes = 0
  }

  /** How long the next QR code of this set holds, ms. */
  nextQrMs(): number {
    this.#codes += 1
    return this.#codes === 1 ? FIRST_QR_MS : NEXT_QR_MS
  }
}
