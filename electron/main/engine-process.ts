/** The engine's utility process: started, watched, started again after a crash, never in the way of what it says to the window. */
import { utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron'
import {
  engineMessageSchema,
  type EngineMessage,
  type HostMessage,
  type WaitingCode,
} from '../../shared/contracts/host.ts'
import { afterExit, afterMessage, drainMs, newHandOver, type HandOver } from './engine-hand-over.ts'

type Start = Extract<HostMessage, { host: 'start' }>

export interface EngineProcessOptions {
  /** Absolute path of the engine's bundle. */
  entry: string
  env: Record<string, string | undefined>
  enrolmentCode: WaitingCode | null
  /** Called for every start: the secrets may have been stored meanwhile. */
  describe(): Omit<Start, 'host' | 'cacheKey' | 'enrol'>
  /** Everything the engine says, after it has been checked. */
  onMessage(message: EngineMessage): void
  /** A new engine listens: it wants a port. */
  onReady(): void
  /** For the log: codes only, nothing that a customer wrote. */
  report(code: string): void
}

export class EngineProcess {
  readonly #options: EngineProcessOptions
  #state: HandOver
  #child: UtilityProcess | null = null
  #ready = false
  #enrolled = true
  #stopping = false
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(options: EngineProcessOptions) {
    this.#options = options
    this.#state = newHandOver(options.enrolmentCode)
  }

  get ready(): boolean {
    return this.#ready
  }

  start(): void {
    if (this.#stopping) return
    const child = utilityProcess.fork(this.#options.entry, [], {
      serviceName: 'sealdesk-engine',
      env: definedOnly(this.#options.env),
      stdio: 'inherit',
    })
    this.#child = child
    child.on('message', (message: unknown) => this.#receive(child, message))
    child.once('exit', (code) => this.#exited(child, code))
    const { cacheKey, enrolmentCode } = this.#state
    this.#post({ host: 'start', ...this.#options.describe(), cacheKey, enrol: enrolmentCode })
  }

  /** Gives the window's end of a new channel to the engine. */
  connect(port: MessagePortMain): void {
    this.#post({ host: 'window' }, [port])
  }

  /**
   * A code that came while the program runs: a profile that is not enrolled starts its engine again with it. Of an enrolled one nothing
   * changes: anybody can make a link.
   */
  offerCode(enrolmentCode: WaitingCode): void {
    if (this.#enrolled) return
    this.#state = { ...this.#state, enrolmentCode }
    this.#child?.kill()
  }

  /** `screen`: the engine goes on capturing. `key`: it drains, forgets the key and ends; a keyless one follows. */
  lock(kind: 'screen' | 'key'): void {
    this.#post({ host: 'lock', kind })
  }

  /** The window is to show this conversation. */
  show(conversation: string): void {
    this.#post({ host: 'show', conversation })
  }

  /** Asks the engine to end; kills it after `withinMs`. Resolves when it is gone. */
  async stop(withinMs = 8_000): Promise<void> {
    this.#stopping = true
    if (this.#timer) clearTimeout(this.#timer)
    const child = this.#child
    if (!child) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    this.#post({ host: 'shutdown' })
    const timer = setTimeout(() => child.kill(), withinMs)
    await gone
    clearTimeout(timer)
  }

  #post(message: HostMessage, ports: MessagePortMain[] = []): void {
    this.#child?.postMessage(message, ports)
  }

  #receive(child: UtilityProcess, raw: unknown): void {
    if (child !== this.#child) return
    const message = engineMessageSchema.safeParse(raw)
    if (!message.success) return this.#options.report('engine_message_malformed')
    const closing = this.#state.closing
    this.#state = afterMessage(this.#state, message.data)
    if (this.#state.closing && !closing) this.#timer = setTimeout(() => child.kill(), drainMs)
    if (message.data.engine === 'keep') this.#enrolled = true
    this.#options.onMessage(message.data)
    if (message.data.engine === 'ready') {
      this.#enrolled = message.data.enrolled
      this.#ready = true
      this.#options.onReady()
    }
  }

  #exited(child: UtilityProcess, code: number): void {
    if (child !== this.#child) return
    this.#child = null
    this.#ready = false
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#stopping) return
    if (!this.#state.closing) this.#options.report(`engine_exited_${code}`)
    const next = afterExit(this.#state)
    this.#state = next.state
    this.#timer = setTimeout(() => this.start(), next.delayMs)
  }
}

function definedOnly(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
