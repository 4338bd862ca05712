/** One child process that speaks JSON lines: started, waited for, commanded, ended by its own id. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { root } from '../../scripts/root.ts'

export type Line = Record<string, unknown>

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

export class JsonProcess {
  readonly #child: ChildProcess
  readonly lines: Line[] = []
  #errors = ''
  readonly #waiting = new Set<() => void>()
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
        for (const wake of this.#waiting) wake()
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
      this.lines.push(JSON.parse(text) as Line)
    } catch {
      this.#errors += `${text}\n`
    }
    for (const wake of this.#waiting) wake()
  }

  get pid(): number {
    return this.#child.pid!
  }
  get errors(): string {
    return this.#errors
  }

  /** The first line, past or to come (from index `from`), that fits. */
  wait(fits: (line: Line) => boolean, deadlineMs = 30_000, from = 0): Promise<Line> {
    return new Promise((resolve, reject) => {
      let next = from
      const look = (): void => {
        for (; next < this.lines.length; next++) {
          const line = this.lines[next]!
          if (fits(line)) return end(() => resolve(line))
        }
        if (this.#gone) end(() => reject(new Error(`the process has ended: ${this.#errors.trim()}`)))
      }
      const timer = setTimeout(() => {
        const last = this.lines.slice(-5).map((line) => JSON.stringify(line).slice(0, 300))
        end(() => reject(new Error(`no such line in time; last: ${last.join(' ')} ${this.#errors.slice(-1500)}`)))
      }, deadlineMs)
      const end = (then: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        then()
      }
      this.#waiting.add(look)
      look()
    })
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
