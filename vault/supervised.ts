/** One process of the vault under supervision: started, watched for its ready line, started again when it dies. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { z } from 'zod'
import { CodedError } from '../shared/contracts/contract.ts'

export interface ProcessPlan<Ready> {
  name: 'gateway' | 'keeper'
  /** Asked before every start. `started` is called when the process is ready or has ended. */
  command(): { file: string; args: string[]; uid?: number; gid?: number; started?(): void }
  cwd: string
  readySchema: z.ZodType<Ready>
  /** A line that the process wrote on stderr, or that the supervisor has to say. */
  complain(line: string): void
  /** It died after having been ready, and is ready again. */
  restarted(pid: number): void
  /** It will not be started again. */
  gaveUp(error: CodedError): void
}

/** EX_CONFIG of sysexits.h: starting again does not help. */
export const exitConfig = 78
const readyMs = 90_000
const stopMs = 10_000
const backOff = { firstMs: 100, lastMs: 5_000, stableMs: 20_000 }

export class Supervised<Ready> {
  readonly #plan: ProcessPlan<Ready>
  #child: ChildProcess | null = null
  #exited: Promise<void> = Promise.resolve()
  #stopping = false
  #delayMs = backOff.firstMs
  #timer: NodeJS.Timeout | undefined

  constructor(plan: ProcessPlan<Ready>) {
    this.#plan = plan
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Rejects with CodedError 'not_ready' (its last line of stderr) or 'refused_configuration' when it ends without a ready line. */
  async start(): Promise<Ready> {
    const { file, args, uid, gid, started } = this.#plan.command()
    const child = spawn(file, args, {
      cwd: this.#plan.cwd,
      // The other end of stdin is the lifeline: see lifeline.ts.
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid }),
    })
    this.#child = child
    const startedAt = performance.now()
    let ready = false
    const held: string[] = []
    createInterface(child.stderr).on('line', (line) => (ready ? this.#plan.complain(line) : held.push(line)))
    this.#exited = new Promise((resolve) => child.once('close', () => resolve()))
    child.once('error', () => undefined)
    child.stdin.on('error', () => undefined)
    try {
      const line = await this.#firstLine(child)
      const parsed = this.#plan.readySchema.safeParse(parseJson(line))
      if (!parsed.success) throw await this.#failure(child, held)
      ready = true
      for (const one of held.splice(0)) this.#plan.complain(one)
      child.once('close', () => this.#died(startedAt))
      return parsed.data
    } finally {
      started?.()
    }
  }

  /** The first line on stdout, or nothing when the process ends or stays silent. */
  #firstLine(child: ChildProcess): Promise<string> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), readyMs)
      const settle = (line: string): void => {
        clearTimeout(timer)
        resolve(line)
      }
      if (child.stdout) createInterface(child.stdout).once('line', settle)
      child.once('close', () => settle(''))
      child.once('error', () => settle(''))
    })
  }

  async #failure(child: ChildProcess, held: string[]): Promise<CodedError> {
    if (child.pid !== undefined) {
      child.kill('SIGKILL')
      await this.#exited
    }
    const code = child.exitCode === exitConfig ? 'refused_configuration' : 'not_ready'
    return new CodedError(code, held.at(-1)?.slice(0, 512) ?? `the ${this.#plan.name} did not start`)
  }

  #died(startedAt: number): void {
    if (this.#stopping) return
    if (this.#child?.exitCode === exitConfig)
      return this.#plan.gaveUp(new CodedError('refused_configuration', `the ${this.#plan.name} refuses to run`))
    if (performance.now() - startedAt > backOff.stableMs) this.#delayMs = backOff.firstMs
    this.#plan.complain(`vault: the ${this.#plan.name} has ended and starts again in ${this.#delayMs} ms`)
    this.#startLater()
  }

  #startLater(): void {
    this.#timer = setTimeout(() => {
      this.start().then(
        () => this.#plan.restarted(this.pid),
        (error: unknown) => this.#failedAgain(error),
      )
    }, this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, backOff.lastMs)
  }

  #failedAgain(error: unknown): void {
    if (this.#stopping) return
    const coded = error instanceof CodedError ? error : new CodedError('not_ready', 'it could not be started')
    if (coded.code === 'refused_configuration') return this.#plan.gaveUp(coded)
    this.#plan.complain(`vault: the ${this.#plan.name} did not start again: ${coded.message}`)
    this.#startLater()
  }

  /** SIGTERM, and SIGKILL after ten seconds. Resolves when the process is gone. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (!child || child.pid === undefined) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
    await this.#exited
    clearTimeout(timer)
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
