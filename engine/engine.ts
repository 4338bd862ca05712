/** Builds one engine by hand, in order: workstation, desk, broadcast; the entries differ only in what stands around it. */
import { CodedError, type Handlers } from '../shared/contracts/contract.ts'
import type { WaitingCode } from '../shared/contracts/host.ts'
import type { StatusView, windowContract, WindowEvent } from '../shared/contracts/window.ts'
import { createTelegramChannel } from './channels/telegram/telegram-channel.ts'
import { createWhatsAppChannel } from './channels/whatsapp/whatsapp-channel.ts'
import type { ChannelFactory, ChannelOptions } from './channels/channel.ts'
import { Broadcast } from './desk/broadcast.ts'
import { createDesk } from './desk/desk.ts'
import { createNotificationDesk, Notifier, type NotifierOptions } from './desk/notifications.ts'
import { readCodeVault } from './keys/code-vault.ts'
import type { Profile } from './profile.ts'
import type { Touched } from './recorder/context.ts'
import type { Session } from './session.ts'
import { TrustedClock, type WallClock } from './time.ts'
import { Workstation, type EngineHost, type WorkstationEvents } from './workstation.ts'

export interface EngineOptions {
  profile: Profile
  host: EngineHost
  wallClock: WallClock
  endpoints: ChannelOptions['endpoints']
  /** Other channels than the usual ones: tests shorten their durations. */
  factories?: Record<'whatsapp' | 'telegram', ChannelFactory>
  software: string
  capture: StatusView['capture']['status']
  waitingCode: WaitingCode | null
  tell(event: WindowEvent): void
  /** For the headless lines; the window needs only `tell`. */
  touched?(touched: Touched): void
  /** Where there is a desktop that can call a person. */
  desktop?: Pick<NotifierOptions, 'tell' | 'over' | 'unread'>
  acknowledged?(ledger: string, upTo: number): void
  error(code: string, message: string): void
  log(level: 'info' | 'warn' | 'error', code: string, detail?: Record<string, string | number | boolean | null>): void
}

export interface Engine {
  workstation: Workstation
  handlers: Handlers<typeof windowContract>
  stop(): Promise<void>
}

export function createEngine(options: EngineOptions): Engine {
  const clock = new TrustedClock(options.wallClock, options.profile.find('time.json'))
  let lock: StatusView['lock'] | null = null
  const events: WorkstationEvents = {
    status: () => {
      const changed = workstation.lock !== lock
      lock = workstation.lock
      broadcast.statusChanged(changed)
      if (changed) notifier?.lockChanged()
    },
    touched: (touched) => {
      broadcast.touched(touched)
      notifier?.touched(touched)
      options.touched?.(touched)
    },
    colleagues: (conversation) => broadcast.colleagues(conversation),
    activity: () => broadcast.activity(),
    uploading: (message, progress) => broadcast.uploading(message, progress),
    pairing: (account, step) => broadcast.pairing(account, step),
    acknowledged: (ledger, upTo) => options.acknowledged?.(ledger, upTo),
    error: options.error,
  }
  const workstation: Workstation = new Workstation({
    profile: options.profile,
    host: options.host,
    clock,
    factories: options.factories ?? { whatsapp: createWhatsAppChannel, telegram: createTelegramChannel },
    endpoints: options.endpoints,
    software: options.software,
    capture: options.capture,
    waitingCode: options.waitingCode,
    events,
    log: options.log,
  })
  const broadcast: Broadcast = new Broadcast({
    session: () => workstation.session,
    isOpen: () => workstation.lock === 'open',
    status: () => workstation.status(),
    tell: options.tell,
  })
  const notifier: Notifier | null = options.desktop
    ? new Notifier({
        session: () => workstation.session,
        lock: () => workstation.lock,
        now: () => clock.now(),
        ...options.desktop,
      })
    : null
  const openSession = (): Session => {
    const { session } = workstation
    if (!session || workstation.lock !== 'open') throw new CodedError('locked', 'the workstation is locked')
    return session
  }
  const desk = createDesk({
    session: openSession,
    now: () => clock.now(),
    touched: (touched) => events.touched(touched),
  })
  const handlers: Handlers<typeof windowContract> = {
    ...desk,
    ...createNotificationDesk({ session: openSession, watched: (conversation) => notifier?.watched(conversation) }),
    'status.get': () => workstation.status(),
    'enrol.read': ({ code }) => readCodeVault(code),
    enrol: async ({ code, pin }) => {
      await workstation.enrol(code, pin)
      return {}
    },
    unlock: async ({ pin }) => {
      await workstation.unlock(pin)
      return {}
    },
    lock: async ({ kind }) => {
      await workstation.lockNow(kind)
      return {}
    },
  }
  return {
    workstation,
    handlers,
    stop: async () => {
      broadcast.stop()
      notifier?.stop()
      await workstation.stop()
    },
  }
}
