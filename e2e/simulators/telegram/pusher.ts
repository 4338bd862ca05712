/** Brings mailbox events to the devices of an account as pushed updates, with the faults of that way. */
import type { Authorization } from './auth-keys.ts'
import type { FaultBook } from './faults.ts'
import type { FileStore } from './files.ts'
import type { MailboxEvent } from './mailbox.ts'
import type { LooseEvent, Origin, SimulatorAccount } from './model.ts'
import type { MtprotoServer } from './mtproto-server.ts'
import type { PushWatcher, Session } from './session.ts'
import { encodeTl, type TlObject } from './tl-codec.ts'
import { NEWEST_LAYER } from './tl-schema.ts'
import { pushedObject, updatesObject, type View } from './tl-objects.ts'
import type { WireLog } from './wire-log.ts'
import type { TelegramWorld } from './world.ts'

/** A reordered update waits for the next one, but not longer than this. */
const REORDER_WAIT_MS = 1500

const UNWATCHED: PushWatcher = { sent: () => undefined, acknowledged: () => undefined }

/** What goes to the devices of an account: an event of a mailbox, or a change without a pts. */
interface Push {
  label: string
  providerId: string | null
  origin: Origin
  /** The Updates object for one device. */
  build: (device: Authorization) => TlObject
}

interface HeldBack {
  push: Push
  timer: NodeJS.Timeout
}

interface PusherOptions {
  server: MtprotoServer
  world: TelegramWorld
  files: FileStore
  faults: FaultBook
  wire: WireLog
}

export class UpdatePusher {
  readonly #options: PusherOptions
  readonly #heldBack = new Map<SimulatorAccount, HeldBack>()

  constructor(options: PusherOptions) {
    this.#options = options
  }

  #view(account: SimulatorAccount): View {
    return { world: this.#options.world, files: this.#options.files, account }
  }

  push(account: SimulatorAccount, event: MailboxEvent, origin: Origin, extra: TlObject[] = []): void {
    const isMessage = event.kind === 'message' || event.kind === 'edit'
    this.#route(account, {
      label: `${event.kind} pts ${event.pts}`,
      providerId: isMessage ? String(event.message.id) : event.kind === 'delete' ? event.ids.join(' ') : null,
      origin,
      build: (device) => pushedObject(this.#view(account), device, event, extra),
    })
  }

  pushLoose(account: SimulatorAccount, event: LooseEvent, origin: Origin): void {
    this.#route(account, {
      label: event.qts === null ? event.label : `${event.label} qts ${event.qts}`,
      providerId: event.providerId,
      origin,
      build: (device) => updatesObject(this.#view(account), device, [event.update], [...event.peers, account.user]),
    })
  }

  #route(account: SimulatorAccount, push: Push): void {
    const { faults } = this.#options
    const id = account.info.id
    if (faults.take(id, 'gap') !== null) return
    if (!this.#heldBack.has(account) && faults.take(id, 'reorder') !== null) {
      const timer = setTimeout(() => this.#releaseHeldBack(account), REORDER_WAIT_MS)
      timer.unref()
      this.#heldBack.set(account, { push, timer })
      return
    }
    const copies = faults.take(id, 'duplicate') === null ? 1 : 2
    for (let copy = 0; copy < copies; copy++) this.#deliver(account, push)
    this.#releaseHeldBack(account)
  }

  #releaseHeldBack(account: SimulatorAccount): void {
    const held = this.#heldBack.get(account)
    if (!held) return
    clearTimeout(held.timer)
    this.#heldBack.delete(account)
    this.#deliver(account, held.push)
  }

  #deliver(account: SimulatorAccount, push: Push): void {
    for (const device of this.#devices(account)) {
      if (device === push.origin) continue
      const body = encodeTl(push.build(device), device.layer ?? NEWEST_LAYER)
      for (const session of this.#sessionsFor(device)) this.#send(session, account, body, push)
    }
  }

  #devices(account: SimulatorAccount): Authorization[] {
    if (account.banned) return []
    return this.#options.server.keys.authorizationsOf(account).filter((device) => !device.refusal)
  }

  /** The sessions that have a line; if none has, the last one that had, which keeps the update for its return. */
  #sessionsFor(device: Authorization): Session[] {
    const sessions = this.#options.server.sessionsOf(device).filter((session) => session.receivesUpdates)
    const connected = sessions.filter((session) => session.connection)
    return connected.length > 0 ? connected : sessions.slice(-1)
  }

  #send(session: Session, account: SimulatorAccount, body: Buffer, push: Pick<Push, 'label' | 'providerId'>): void {
    const { faults, wire } = this.#options
    const delayMs = faults.take(account.info.id, 'delay')
    if (delayMs !== null) session.connection?.delay(delayMs)
    const common = {
      account: account.info.id,
      ...(push.providerId === null ? {} : { providerId: push.providerId }),
      detail: push.label,
    }
    session.push(body, {
      sent: (connection) => wire.add({ event: 'push', connection, ...common }),
      acknowledged: (connection) => wire.add({ event: 'ack', connection, ...common }),
    })
  }

  /** Pushes bytes as they are to all devices of an account: what no client knows, or updatesTooLong. */
  pushRaw(account: SimulatorAccount, label: string, body: Buffer): void {
    for (const device of this.#devices(account))
      for (const session of this.#sessionsFor(device)) this.#send(session, account, body, { label, providerId: null })
  }

  /** For hostile input: bytes to all devices that have a line, owed to nobody; false where there is none. */
  pushOnce(account: SimulatorAccount, body: Buffer, as: { msgId?: bigint; seqno?: number }): boolean {
    const sessions = this.#lines(account)
    for (const session of sessions) session.pushOnce(body, as)
    return sessions.length > 0
  }

  /** What `run` pushes to this account leaves in one container. */
  together(account: SimulatorAccount, run: () => void): void {
    const nested = this.#lines(account).reduce((inner, session) => () => session.together(inner), run)
    nested()
  }

  #lines(account: SimulatorAccount): Session[] {
    const sessions = this.#devices(account).flatMap((device) => this.#sessionsFor(device))
    return sessions.filter(({ connection }) => connection !== null)
  }

  /** Pushes an update that belongs to no mailbox, for example updateLoginToken, to one device. */
  notify(device: Authorization, update: TlObject): void {
    const body = encodeTl({ _: 'updateShort', update, date: this.#options.world.date() }, device.layer ?? NEWEST_LAYER)
    for (const session of this.#sessionsFor(device)) session.push(body, UNWATCHED)
  }

  /** Sends again, under the same message ids, what the account's devices have not acknowledged. */
  resend(account: SimulatorAccount): void {
    for (const device of this.#options.server.keys.authorizationsOf(account))
      for (const session of this.#sessionsFor(device)) session.resend()
  }

  stop(): void {
    for (const held of this.#heldBack.values()) clearTimeout(held.timer)
    this.#heldBack.clear()
  }
}
