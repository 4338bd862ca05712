/** The headless engine inside this process, so that a test can shorten the channels' durations; everything else is as ever. */
import { PassThrough } from 'node:stream'
import { readFileSync } from 'node:fs'
import { createTelegramChannelWith } from '../../engine/channels/telegram/telegram-channel.ts'
import { createTunedWhatsAppChannel } from '../../engine/channels/whatsapp/whatsapp-channel.ts'
import { startHeadless, type Headless, type HeadlessOptions } from '../../engine/headless/headless.ts'
import { LineLog, type Line, type LineProgram } from './line-log.ts'

export interface Tuned {
  whatsapp: Parameters<typeof createTunedWhatsAppChannel>[1]
  telegram: Parameters<typeof createTelegramChannelWith>[1]
}

/** Reconnects at once and waits briefly for what will not come; a loaded machine still answers within these. */
export const hasty: Tuned = {
  whatsapp: {
    ackTimeoutMs: 1500,
    keepAliveMs: 400,
    silentAfterMs: 1200,
    lostAfterMs: 4000,
    watchEveryMs: 100,
    backoffBaseMs: 20,
    backoffCapMs: 200,
    closeTimeoutMs: 200,
  },
  telegram: {
    heartbeatMs: 400,
    answerMs: 2500,
    sendMs: 1500,
    gapMs: 200,
    backoffMs: (attempt) => Math.min(500, 20 * attempt),
  },
}

export class LocalEngine implements LineProgram {
  readonly #log = new LineLog(() => this.#errors)
  readonly #input = new PassThrough()
  #errors = ''
  #headless: Headless | null = null
  readonly pid = process.pid
  readonly exited: Promise<number | null>
  #exit: (code: number | null) => void = () => {}

  private constructor() {
    this.exited = new Promise((resolve) => (this.#exit = resolve))
  }

  /** `env`: how the simulators are reached; it becomes this process's environment, where the engine looks. */
  static async start(options: {
    profile: string
    enrol?: string
    pinFile?: string
    env: Record<string, string>
    tuned: Tuned
    wallClock?: HeadlessOptions['wallClock']
  }): Promise<{ process: LocalEngine; ready: Line }> {
    Object.assign(process.env, options.env)
    const engine = new LocalEngine()
    const { whatsapp, telegram } = options.tuned
    engine.#headless = await startHeadless({
      profile: options.profile,
      enrolCode: options.enrol ?? null,
      pin: options.pinFile === undefined ? null : readFileSync(options.pinFile, 'utf8').trim(),
      input: engine.#input,
      wallClock: options.wallClock ?? { now: () => Date.now() },
      factories: {
        whatsapp: (channel) => createTunedWhatsAppChannel(channel, whatsapp),
        telegram: (channel) => createTelegramChannelWith(channel, telegram),
      },
      // As printed: what a test keeps of a line must not change afterwards.
      write: (line) => engine.#log.add(JSON.parse(JSON.stringify(line)) as Line),
      log: (line) => {
        const text = JSON.stringify(line)
        engine.#errors = `${engine.#errors}${text}\n`.slice(-20_000)
        if (process.env['SEALDESK_SHOW']) process.stderr.write(`${text}\n`)
      },
    })
    return { process: engine, ready: await engine.wait((line) => line['ready'] === true) }
  }

  get lines(): Line[] {
    return this.#log.lines
  }
  get errors(): string {
    return this.#errors
  }
  wait(fits: (line: Line) => boolean, deadlineMs?: number, from?: number): Promise<Line> {
    return this.#log.wait(fits, deadlineMs, from)
  }
  write(line: Line): void {
    this.writeText(JSON.stringify(line))
  }
  /** A line as it is. */
  writeText(line: string): void {
    this.#input.write(`${line}\n`)
  }

  async stop(): Promise<void> {
    const headless = this.#headless
    this.#headless = null
    await headless?.stop()
    this.#log.end()
    this.#exit(0)
  }

  /** It cannot be killed alone: the same as stop. */
  kill(): Promise<void> {
    return this.stop()
  }
}
