/** A Telegram account on a bench: the real channel on the real encrypted cache, led to the simulator, its events noted down. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cache } from '../../engine/cache/database.ts'
import { closeInbox, createChannelStore, listOpenInbox } from '../../engine/cache/inbox.ts'
import type {
  AccountState,
  AccountStatus,
  ActivityNotice,
  ChannelEvent,
  ChannelHost,
  ChannelStore,
  PairingStep,
  ProviderChannel,
} from '../../engine/channels/channel.ts'
import { createTelegramChannelWith } from '../../engine/channels/telegram/telegram-channel.ts'
import type { TelegramTiming } from '../../engine/channels/telegram/timing.ts'
import { TelegramSimulator } from '../simulators/telegram/simulator.ts'

export type MessageEvent = Extract<ChannelEvent, { type: 'message' }>

const account = 'account-1'
const quick: Partial<TelegramTiming> = { gapMs: 150, backoffMs: () => 20, answerMs: 3_000, sendMs: 3_000 }

export class TelegramDesk {
  readonly channel: ProviderChannel
  readonly store: ChannelStore
  readonly events: ChannelEvent[] = []
  readonly steps: PairingStep[] = []
  readonly activities: ActivityNotice[] = []
  readonly states: AccountState[] = []
  readonly logs: string[] = []
  status: AccountStatus | null = null
  /** Of the channel's store. */
  transactions = 0
  /** So many inbox writes fail, as on a full disk. */
  refuseInbox = 0
  readonly #folder = mkdtempSync(join(tmpdir(), 'telegram-desk-'))
  readonly #cache: Cache
  readonly #watchers = new Set<() => void>()

  constructor(
    simulator: TelegramSimulator,
    clock: { now(): number },
    timing: Partial<TelegramTiming> = {},
    relayPort: number | null = null,
  ) {
    this.#cache = new Cache(join(this.#folder, 'cache.db'), randomBytes(32))
    this.store = createChannelStore(this.#cache, account, clock)
    const { address, rsa } = simulator.endpoints()
    const [host = '', port] = address.split(':')
    this.channel = createTelegramChannelWith(
      {
        account,
        host: this.#createHost(clock),
        telegramApi: { id: 4242, hash: '0123456789abcdef0123456789abcdef' },
        endpoints: { whatsapp: null, telegram: { host, port: relayPort ?? Number(port), rsaPublicKey: rsa } },
      },
      { ...quick, ...timing },
    )
  }

  #createHost(clock: { now(): number }): ChannelHost {
    return {
      store: {
        ...this.store,
        transaction: (run) => {
          this.transactions += 1
          return this.store.transaction(run)
        },
        putInbox: (event) => {
          if (this.refuseInbox-- > 0) throw new Error('disk full')
          return this.store.putInbox(event)
        },
      },
      clock,
      inboxChanged: () => {
        this.#translateInbox()
        this.#noticed()
      },
      statusChanged: (status) => {
        this.status = status
        this.states.push(status.state)
        this.#noticed()
      },
      pairingStep: (step) => {
        this.steps.push(step)
        this.#noticed()
      },
      activity: (notice) => {
        this.activities.push(notice)
        this.#noticed()
      },
      log: (level, code) => {
        this.logs.push(`${level} ${code}`)
      },
    }
  }

  #translateInbox(): void {
    for (const row of listOpenInbox(this.#cache, 1000)) {
      this.events.push(...this.channel.translate(row))
      this.#cache.transaction((writer) => closeInbox(writer, row.id))
    }
  }

  #noticed(): void {
    for (const watcher of this.#watchers) watcher()
  }

  /** Resolves as soon as the question has an answer; asked again whenever the channel tells something. */
  until<T>(question: () => T | null | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const watcher = () => {
        try {
          const answer = question()
          if (answer === null || answer === undefined || answer === false) return
          this.#watchers.delete(watcher)
          resolve(answer)
        } catch (error) {
          this.#watchers.delete(watcher)
          reject(error)
        }
      }
      this.#watchers.add(watcher)
      watcher()
    })
  }

  untilState(state: AccountState): Promise<AccountStatus> {
    return this.until(() => this.status?.state === state && this.status)
  }

  untilStep<S extends PairingStep['step']>(step: S): Promise<Extract<PairingStep, { step: S }>> {
    return this.until(() =>
      this.steps.findLast((seen): seen is Extract<PairingStep, { step: S }> => seen.step === step),
    )
  }

  messages(): MessageEvent[] {
    return this.events.filter((event) => event.type === 'message')
  }

  texts(): string[] {
    return this.messages().map(({ message }) => message.text)
  }

  untilText(text: string): Promise<MessageEvent> {
    return this.until(() => this.messages().find(({ message }) => message.text === text))
  }

  /** Logs in by phone and code. */
  async pair(simulator: TelegramSimulator, phone: string): Promise<void> {
    await this.channel.start()
    await this.channel.pair({ method: 'phone', phone })
    await this.untilStep('code-needed')
    await this.channel.code(simulator.lastCode(phone) ?? '')
    await this.untilState('live')
  }

  async close(): Promise<void> {
    await this.channel.stop()
    this.#cache.close()
    rmSync(this.#folder, { recursive: true })
  }
}
