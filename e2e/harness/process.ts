/** One child process that speaks JSON lines: started, waited for, commanded, ended by its own id. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { root } from '../../scripts/root.ts'
import { LineLog, type Line, type LineProgram } from './line-log.ts'

export type { Line } from './line-log.ts'

export interface ProcessOptions {
  /** Name of scripts/commands/<name>.ts. */
  command: string
  args: string[]
  env?: Record<string, string>
  /** Default 60 s. */
  deadlineMs?: number
}

/** Nobody else would end them when this process ends in the middle of a test. */
const living = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

export class JsonProcess implements LineProgram {
  readonly #child: ChildProcess
  readonly #log = new LineLog(() => this.#errors)
  #errors = ''
  readonly exited: Promise<number | null>
  #gone = false

  private constructor(options: ProcessOptions) {
    const script = join(root, 'scripts', 'commands', `${options.command}.ts`)
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...options.args], {
      cwd: root,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // A command may be on its way while the process dies; its waiting caller learns it from `exit`.
    this.#child.stdin!.on('error', () => {})
    createInterface({ input: this.#child.stdout! }).on('line', (text) => this.#line(text))
    this.#child.stderr!.on('data', (part: Buffer) => {
      this.#errors = (this.#errors + part.toString()).slice(-20_000)
      if (process.env['SEALDESK_SHOW']) process.stderr.write(part)
    })
    living.add(this.#child)
    this.exited = new Promise((resolve) =>
      this.#child.once('exit', (code) => {
        this.#gone = true
        living.delete(this.#child)
        this.#log.end()
        resolve(code)
      }),
    )
  }

  /** Resolves with the first line. Rejects with what it said on stderr when it ends before. */
  static async start(options: ProcessOptions): Promise<{ process: JsonProcess; ready: Line }> {
    const started = new JsonProcess(options)
    const ready = await started.wait(
      (line) => line['ready'] === true || line['error'] !== undefined,
      options.deadlineMs ?? 60_000,
    )
    return { process: started, ready }
  }

  /** Runs to its end; its lines. Rejects with its stderr when the exit code is not 0. */
  static async run(options: ProcessOptions): Promise<Line[]> {
    const started = new JsonProcess(options)
    const code = await started.exited
    if (code !== 0)
      throw new Error(`${options.command} ${options.args[0] ?? ''} ended with ${code}: ${started.#errors.trim()}`)
    return started.lines
  }

  #line(text: string): void {
    try {
      this.#log.add(JSON.parse(text) as Line)
    } catch {
      this.#errors += `${text}\n`
    }
  }

  get pid(): number {
    return this.#child.pid!
  }
  get errors(): string {
    return this.#errors
  }

  get lines(): Line[] {
    return this.#log.lines
  }
  wait(fits: (line: Line) => boolean, deadlineMs?: number, from?: number): Promise<Line> {
    return this.#log.wait(fits, deadlineMs, from)
  }

  write(line: Line): void {
    this.#child.stdin!.write(`${JSON.stringify(line)}\n`)
  }

  /** SIGTERM, then waits for the end. */
  async stop(): Promise<void> {
    if (!this.#gone) this.#child.kill('SIGTERM')
    await this.exited
  }

  async kill(): Promise<void> {
    if (!this.#gone) this.#child.kill('SIGKILL')
    await this.exited
  }
}
