/** A headless engine as a person at the keyboard would use it: commands in, events out. */
import type { Line, LineProgram } from './line-log.ts'
import { LocalEngine, type Tuned } from './local-engine.ts'
import { JsonProcess } from './process.ts'

export class EngineClient {
  readonly process: LineProgram
  readonly ready: Line
  #next = 1

  private constructor(process: LineProgram, ready: Line) {
    this.process = process
    this.ready = ready
  }

  static async start(options: {
    profile: string
    enrol?: string
    pinFile?: string
    env: Record<string, string>
    /** Inside this process, with these durations; null: a process of its own, as it is used. */
    tuned?: Tuned | null
    wallClock?: { now(): number }
  }): Promise<EngineClient> {
    const { tuned } = options
    if (tuned) {
      const { process, ready } = await LocalEngine.start({ ...options, tuned })
      return new EngineClient(process, ready)
    }
    const args = ['--profile', options.profile, '--json']
    if (options.enrol !== undefined) args.push('--enrol', options.enrol)
    if (options.pinFile !== undefined) args.push('--pin-file', options.pinFile)
    const { process, ready } = await JsonProcess.start({ command: 'engine', args, env: options.env })
    return new EngineClient(process, ready)
  }

  /** Rejects with `code: message` when the engine refuses. */
  async ask(command: Line, deadlineMs = 30_000): Promise<Line> {
    const id = `c${this.#next++}`
    const from = this.process.lines.length
    this.process.write({ ...command, id })
    const answer = await this.process.wait((line) => line['re'] === id, deadlineMs, from)
    if (answer['ok'] !== true) {
      const error = answer['error'] as { code: string; message: string }
      throw new Error(`${error.code}: ${error.message}`)
    }
    return answer
  }

  event(name: string, fits: (line: Line) => boolean = () => true, deadlineMs = 30_000): Promise<Line> {
    return this.process.wait((line) => line['event'] === name && fits(line), deadlineMs)
  }

  /** Waits until an account is in a state, as `status` tells it. */
  async accountState(account: string, state: string, deadlineMs = 30_000): Promise<void> {
    await this.event('account', (line) => line['account'] === account && line['state'] === state, deadlineMs)
  }
}
