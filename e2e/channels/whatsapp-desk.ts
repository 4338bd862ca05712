/** One WhatsApp account as an engine would run it, on a real store, with everything that it tells kept for a test. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  AccountStatus,
  ActivityNotice,
  ChannelEvent,
  ChannelHost,
  InboxRow,
  OutgoingFile,
  PairingStep,
  ProviderChannel,
  SendOutcome,
} from '../../engine/channels/channel.ts'
import { plainText } from '../../shared/contracts/neutral-message.ts'
import type { MessageContent } from '../../shared/contracts/neutral-message.ts'
import type { Tuning } from '../../engine/channels/whatsapp/tuning.ts'
import { createTunedWhatsAppChannel } from '../../engine/channels/whatsapp/whatsapp-channel.ts'
import type { WhatsAppSimulator } from '../simulators/whatsapp/simulator.ts'
import { SqliteChannelStore } from './store.ts'

type MessageEvent = Extract<ChannelEvent, { type: 'message' }>
type StateEvent = Extract<ChannelEvent, { type: 'state' }>

const FAST: Partial<Tuning> = { backoffBaseMs: 30, closeTimeoutMs: 200 }
const PATIENCE_MS = 8000

export class WhatsAppDesk {
  readonly #simulator: WhatsAppSimulator
  readonly #folder = mkdtempSync(join(tmpdir(), 'sealdesk-whatsapp-'))
  readonly #tuning: Partial<Tuning>
  readonly #rootKey: string
  readonly #watchers = new Set<() => void>()
  store: SqliteChannelStore
  channel: ProviderChannel
  readonly statuses: AccountStatus[] = []
  readonly steps: PairingStep[] = []
  readonly activities: ActivityNotice[] = []
  readonly log: { code: string; detail: unknown }[] = []

  /** `rootKey` other than the simulator's own: an account that trusts somebody else. */
  constructor(simulator: WhatsAppSimulator, tuning: Partial<Tuning> = {}, rootKey?: string) {
    this.#simulator = simulator
    this.#rootKey = rootKey ?? simulator.endpoints()['root'] ?? ''
    this.#tuning = { ...FAST, ...tuning }
    this.store = this.#openStore()
    this.channel = this.#openChannel()
  }

  #openStore(): SqliteChannelStore {
    return new SqliteChannelStore(join(this.#folder, 'account.db'), () => Date.now())
  }

  #openChannel(): ProviderChannel {
    const host: ChannelHost = {
      store: this.store,
      clock: { now: () => Date.now() },
      inboxChanged: () => this.#changed(),
      statusChanged: (status) => {
        this.statuses.push(status)
        this.#changed()
      },
      pairingStep: (step) => {
        this.steps.push(step)
        this.#changed()
      },
      activity: (notice) => {
        this.activities.push(notice)
        this.#changed()
      },
      log: (_level, code, detail) => this.log.push({ code, detail }),
    }
    const { url = '', media: server, mediaCa } = this.#simulator.endpoints()
    const media = server && mediaCa ? { host: server, ca: readFileSync(mediaCa, 'utf8') } : null
    const endpoints = { whatsapp: { url, rootKey: this.#rootKey, media }, telegram: null }
    return createTunedWhatsAppChannel({ account: 'wa-1', host, telegramApi: null, endpoints }, this.#tuning)
  }

  #changed(): void {
    for (const look of this.#watchers) look()
  }

  /** Resolves with the first value that is neither null nor undefined nor false; looks after each thing told. */
  until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => done(() => reject(new Error(`never came: ${what}; ${this.#summary()}`))),
        PATIENCE_MS,
      )
      const done = (settle: () => void) => {
        clearTimeout(timer)
        this.#watchers.delete(check)
        settle()
      }
      const check = () => {
        const value = look()
        if (value !== null && value !== undefined && value !== false) done(() => resolve(value))
      }
      this.#watchers.add(check)
      check()
    })
  }

  #summary(): string {
    const states = this.statuses.map(({ state, fault }) => `${state}${fault ? ` ${fault.code}` : ''}`)
    return JSON.stringify({ states, steps: this.steps.map(({ step }) => step), rows: this.store.inbox().length })
  }

  state(): AccountStatus | undefined {
    return this.statuses.at(-1)
  }

  reached(state: AccountStatus['state']): Promise<AccountStatus> {
    return this.until(`state ${state}`, () => (this.state()?.state === state ? this.state() : null))
  }

  async pair(account = 'wa-1'): Promise<string> {
    await this.channel.pair({ method: 'qr', phone: null })
    const qr = await this.until('a QR code', () => this.steps.find((step) => step.step === 'qr'))
    await this.#simulator.pair({ account, qr: qr.text })
    const { address } = await this.until('the end of pairing', () => this.steps.find((step) => step.step === 'done'))
    await this.reached('live')
    return address
  }

  rows(): InboxRow[] {
    return this.store.inbox()
  }

  events(): ChannelEvent[] {
    return this.rows().flatMap((row) => this.channel.translate(row))
  }

  messages(): MessageEvent[] {
    return this.events().filter((event) => event.type === 'message')
  }

  states(clientId: string): StateEvent[] {
    return this.events().filter((event) => event.type === 'state' && event.clientId === clientId) as StateEvent[]
  }

  message(text: string): Promise<MessageEvent> {
    return this.until(`the text ${text}`, () => this.messages().find(({ message }) => message.text === text))
  }

  stateOf(clientId: string, state: StateEvent['state']): Promise<StateEvent> {
    return this.until(`${state} of a message`, () => this.states(clientId).find((event) => event.state === state))
  }

  /** As the engine does it: the intent first, then the send. */
  send(address: string, text: string, clientId = this.channel.newClientId()): Promise<SendOutcome> {
    return this.sendContent(address, plainText(text), null, clientId)
  }

  sendContent(
    address: string,
    content: MessageContent,
    file: OutgoingFile | null = null,
    clientId = this.channel.newClientId(),
  ): Promise<SendOutcome> {
    this.store.intend(clientId, { address, content })
    return this.channel.send({ clientId, address, content, file })
  }

  /** The process ends and starts again: only the database file stays. */
  async restart(): Promise<void> {
    await this.channel.stop()
    this.store.close()
    this.store = this.#openStore()
    this.channel = this.#openChannel()
  }

  async close(): Promise<void> {
    await this.channel.stop()
    this.store.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
