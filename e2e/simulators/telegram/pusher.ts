/** Brings mailbox events to the devices of an account as pushed updates, with the faults of that way. */
import type { Authorization } from './auth-keys.ts'
import type { FaultBook } from './faults.ts'
import type { MailboxEvent } from './mailbox.ts'
import type { MtprotoServer } from './mtproto-server.ts'
import type { PushWatcher, Session } from './session.ts'
import { encodeTl, type TlObject } from './tl-codec.ts'
import { NEWEST_LAYER } from './tl-schema.ts'
import { pushedObject } from './tl-objects.ts'
import type { WireLog } from './wire-log.ts'
import type { SimulatorAccount, TelegramWorld } from './world.ts'

/** A reordered update waits for the next one, but not longer than this. */
const REORDER_WAIT_MS = 1500

const UNWATCHED: PushWatcher = { sent: () => undefined, acknowledged: () => undefined }

interface HeldBack {
  event: MailboxEvent
  origin: Authorization | null
  timer: NodeJS.Timeout
}

export class UpdatePusher {
  readonly #server: MtprotoServer
  readonly #world: TelegramWorld
  readonly #faults: FaultBook
  readonly #wire: WireLog
  readonly #heldBack = new Map<SimulatorAccount, HeldBack>()

  constructor(server: MtprotoServer, world: TelegramWorld, faults: FaultBook, wire: WireLog) {
    this.#server = server
    this.#world = world
    this.#faults = faults
    this.#wire = wire
  }

  push(account: SimulatorAccount, event: MailboxEvent, origin: Authorization | null): void {
    const id = account.info.id
    if (this.#faults.take(id, 'gap') !== null) return
    if (!this.#heldBack.has(account) && this.#faults.take(id, 'reorder') !== null) {
      const timer = setTimeout(() => this.#releaseHeldBack(account), REORDER_WAIT_MS)
      timer.unref()
      this.#heldBack.set(account, { event, origin, timer })
      return
    }
    const copies = this.#faults.take(id, 'duplicate') === null ? 1 : 2
    for (let copy = 0; copy < copies; copy++) this.#deliver(account, event, origin)
    this.#releaseHeldBack(account)
  }

  #releaseHeldBack(account: SimulatorAccount): void {
    const held = this.#heldBack.get(account)
    if (!held) return
    clearTimeout(held.timer)
    this.#heldBack.delete(account)
    this.#deliver(account, held.event, held.origin)
  }

  #deliver(account: SimulatorAccount, event: MailboxEvent, origin: Authorization | null): void {
    for (const device of this.#server.keys.authorizationsOf(account)) {
      if (device === origin || device.refusal || account.banned) continue
      const update = pushedObject(this.#world, account, device, event)
      for (const session of this.#sessionsFor(device)) this.#send(session, account, device, event, update)
    }
  }

  /** The sessions that have a line; if none has, the last one that had, which keeps the update for its return. */
  #sessionsFor(device: Authorization): Session[] {
    const sessions = this.#server.sessionsOf(device).filter((session) => session.receivesUpdates)
    const connected = sessions.filter((session) => session.connection)
    return connected.length > 0 ? connected : sessions.slice(-1)
  }

  #send(
    session: Session,
    account: SimulatorAccount,
    device: Authorization,
    event: MailboxEvent,
    update: TlObject,
  ): void {
    const delayMs = this.#faults.take(account.info.id, 'delay')
    if (delayMs !== null) session.connection?.delay(delayMs)
    const common = {
      account: account.info.id,
      providerId: event.kind === 'message' ? String(event.message.id) : undefined,
      detail: `${event.kind} pts ${event.pts}`,
    }
    session.push(encodeTl(update, device.layer ?? NEWEST_LAYER), {
      sent: (connection) => this.#wire.add({ event: 'push', connection, ...common }),
      acknowledged: (connection) => this.#wire.add({ event: 'ack', connection, ...common }),
    })
  }

  /** Pushes an update that belongs to no mailbox, for example updateLoginToken, to one device. */
  notify(device: Authorization, update: TlObject): void {
    const body = encodeTl(
      { _: 'updateShort', update, date: Math.floor(this.#world.now() / 1000) },
      device.layer ?? NEWEST_LAYER,
    )
    for (const session of this.#sessionsFor(device)) session.push(body, UNWATCHED)
  }

  /** Sends again, under the same message ids, what the account's devices have not acknowledged. */
  resend(account: SimulatorAccount): void {
    for (const device of this.#server.keys.authorizationsOf(account))
      for (const session of this.#sessionsFor(device)) session.resend()
  }

  stop(): void {
    for (const held of this.#heldBack.values()) clearTimeout(held.timer)
    this.#heldBack.clear()
  }
}
