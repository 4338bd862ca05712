/** The faults of the control API, struck at once or armed for their moment. */
import { SimulatorError, type FaultRequest } from '../provider.ts'
import type { Authorization } from './auth-keys.ts'
import type { Connection } from './connection.ts'
import type { Exchange } from './exchange.ts'
import type { FaultBook } from './faults.ts'
import { revoke } from './login-desk.ts'
import type { SimulatorAccount } from './model.ts'
import type { MtprotoServer } from './mtproto-server.ts'
import type { UpdatePusher } from './pusher.ts'
import { encodeTl, TlWriter } from './tl-codec.ts'
import type { TelegramWorld } from './world.ts'

const DEFAULT_FREEZE_MS = 30_000
const DEFAULT_DELAY_MS = 1000
const DEFAULT_FLOOD_SECONDS = 17
const DEFAULT_READ_FLOOD_SECONDS = 5
const DEFAULT_MOVE = 4
/** Numbers that no layer has given to anything. */
const UNKNOWN_UPDATES_ID = 0x5ea1de5c
const UNKNOWN_UPDATE_ID = 0x5ea1de5d
const UPDATE_SHORT_ID = 0x78d4dec1
/** Refusals that `nack` may ask for: PEER_FLOOD, write forbidden or privacy, FLOOD_WAIT of a read, SLOWMODE_WAIT. */
const REFUSALS = [400, 403, 420, 429]

interface FaultDeskOptions {
  world: TelegramWorld
  server: MtprotoServer
  faults: FaultBook
  pusher: UpdatePusher
  exchange: Exchange
}

export class FaultDesk {
  readonly #options: FaultDeskOptions

  constructor(options: FaultDeskOptions) {
    this.#options = options
  }

  strike(request: FaultRequest): void {
    const { world, faults, pusher } = this.#options
    const account = world.account(request.account)
    switch (request.kind) {
      case 'drop-ack':
      case 'gap':
      case 'duplicate':
      case 'reorder':
      case 'expire-media':
      case 'cut-media':
      case 'view-once':
        return faults.arm(request.kind, request)
      case 'delay':
        return faults.arm('delay', request, DEFAULT_DELAY_MS)
      case 'flood':
        return faults.arm('flood', request, DEFAULT_FLOOD_SECONDS)
      case 'nack':
        return this.#refuse(request)
      case 'cut':
        if (request.value === 1) return faults.arm('cut', request)
        for (const connection of this.#connections(account)) connection.close()
        return
      case 'freeze':
        for (const connection of this.#connections(account)) connection.freeze(request.value ?? DEFAULT_FREEZE_MS)
        return
      case 'resend':
        return pusher.resend(account)
      case 'ban':
        account.banned = true
        return
      case 'revoke':
      case 'kick':
      case 'replace':
        return this.#endAuthorizations(account, request.kind)
      case 'too-long':
        return this.#tooLong(account, request)
      case 'migrate':
        account.homeDc = request.value ?? DEFAULT_MOVE
        account.move = { told: new Set(), arrived: new Set() }
        return
      case 'unknown-kind':
        return this.#unknownKind(account, request.value ?? 0)
      case 'bad-mac':
      case 'restrict':
      case 'refuse':
        throw new SimulatorError('unsupported', `Telegram has no fault ${request.kind}`)
    }
  }

  #connections(account: SimulatorAccount): Connection[] {
    const { keys } = this.#options.server
    return keys.authorizationsOf(account).flatMap((device) => this.#options.server.connectionsOf(device))
  }

  #refuse(request: FaultRequest): void {
    const { value } = request
    if (value === undefined || !REFUSALS.includes(value))
      throw new SimulatorError('unsupported', `Telegram's nack takes one of ${REFUSALS.join(', ')}`)
    if (value !== 420) return this.#options.faults.arm('nack', request)
    this.#options.faults.arm('read-flood', { ...request, value: DEFAULT_READ_FLOOD_SECONDS })
  }

  /** revoke, replace: all devices; kick: the newest. Nothing is pushed: the device finds out with its next call. */
  #endAuthorizations(account: SimulatorAccount, kind: 'revoke' | 'kick' | 'replace'): void {
    const devices: Authorization[] = this.#options.server.keys.authorizationsOf(account)
    for (const device of kind === 'kick' ? devices.slice(-1) : devices) {
      revoke(device)
      if (kind === 'replace')
        Object.assign(device, { refusal: { code: 406, message: 'AUTH_KEY_DUPLICATED' }, dead: true })
    }
  }

  /** The client is told that it has missed too much, and the differences that it then asks for are too long as well. */
  #tooLong(account: SimulatorAccount, request: FaultRequest): void {
    this.#options.faults.arm('too-long', request)
    this.#options.faults.arm('channel-too-long', request)
    if (request.count !== 0) this.#options.pusher.pushRaw(account, 'updatesTooLong', encodeTl({ _: 'updatesTooLong' }))
  }

  /** 0: an Updates object that nobody knows; 1: an unknown update in a known one; 2: a message whose media nobody can show. */
  #unknownKind(account: SimulatorAccount, value: number): void {
    const { pusher, world, exchange } = this.#options
    const junk = Buffer.from('something from a later layer')
    if (value === 0) {
      const body = new TlWriter().int(UNKNOWN_UPDATES_ID).bytes(junk).result()
      return pusher.pushRaw(account, 'unknown kind of updates', body)
    }
    if (value === 1) {
      const writer = new TlWriter().int(UPDATE_SHORT_ID).int(UNKNOWN_UPDATE_ID).bytes(junk).int(world.date())
      return pusher.pushRaw(account, 'unknown kind of update', writer.result())
    }
    const [customer] = world.customers.values()
    if (!customer) throw new SimulatorError('bad_request', 'there is nobody who could write')
    exchange.post({ author: customer.user, peer: account.user, media: { kind: 'unsupported' } })
  }
}
