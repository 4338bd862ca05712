/** For tests: a whole vault in a temporary folder, its real gateway and keeper in this process, under a clock that the test moves. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGateway, type Gateway } from '../gateway/index.ts'
import { dataFolder } from './data-folder.ts'
import { initialise, type Initialised } from './features/init/service.ts'
import { start, type RunningKeeper, type StartOptions } from './index.ts'
import { createLog } from './report.ts'

let template: Promise<{ data: string; made: Initialised }> | null = null

async function makeTemplate(): Promise<{ data: string; made: Initialised }> {
  const data = mkdtempSync(join(tmpdir(), 'sealdesk-template-'))
  process.once('exit', () => rmSync(data, { recursive: true, force: true }))
  const clock = { now: () => startTime }
  const made = await initialise({ data, company: 'Acme', gateway: '127.0.0.1:0', passphraseFile: null, clock })
  return { data, made }
}

const startTime = 1_800_000_000_000

export class TestVault {
  readonly data: string
  readonly clock = { time: startTime, now: () => this.clock.time, close: () => undefined }
  /** Lines of the keeper's log. */
  readonly log: string[] = []
  made!: Initialised
  gateway: Gateway | null = null
  running: RunningKeeper | null = null

  private constructor() {
    this.data = mkdtempSync(join(tmpdir(), 'sealdesk-keeper-'))
  }

  /** A copy of one vault that is made once per process: a company's keys and first rows, not yet started. */
  static async init(): Promise<TestVault> {
    template ??= makeTemplate()
    const { data, made } = await template
    const vault = new TestVault()
    vault.made = made
    cpSync(data, vault.data, { recursive: true })
    return vault
  }

  static async start(options: Partial<StartOptions> = {}): Promise<TestVault> {
    const vault = await TestVault.init()
    await vault.startGateway()
    await vault.startKeeper(options)
    return vault
  }

  get folder(): ReturnType<typeof dataFolder> {
    return dataFolder(this.data)
  }

  get keeper(): RunningKeeper['keeper'] {
    if (!this.running) throw new Error('the keeper does not run')
    return this.running.keeper
  }

  async startGateway(): Promise<void> {
    this.gateway = await startGateway({
      data: this.data,
      host: '127.0.0.1',
      port: 0,
      clock: this.clock,
      log: () => undefined,
    })
  }

  async startKeeper(options: Partial<StartOptions> = {}): Promise<void> {
    this.running = await start({
      data: this.data,
      console: { host: '127.0.0.1', port: 0 },
      passphraseFile: null,
      consoleFiles: null,
      clock: this.clock,
      log: createLog((line) => this.log.push(line)),
      ...options,
    })
    // Connected, greeted and nothing left to say.
    while (this.gateway && !this.log.some((line) => line.includes('gateway_connected'))) await turn()
  }

  async stopKeeper(): Promise<void> {
    await this.running?.stop()
    this.running = null
    this.log.length = 0
  }

  async stop(): Promise<void> {
    await this.stopKeeper()
    await this.gateway?.stop()
    rmSync(this.data, { recursive: true, force: true })
  }

  /** Sends to the gateway's or the console's origin with the vault's authority pinned. */
  async post(
    origin: string,
    path: string,
    body: Uint8Array | object,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown; headers: Record<string, string | string[] | undefined> }> {
    const binary = body instanceof Uint8Array
    const bytes = binary ? body : Buffer.from(JSON.stringify(body))
    const type = binary ? 'application/octet-stream' : 'application/json'
    return new Promise((resolve, reject) => {
      const call = request(
        `${origin}${path}`,
        {
          method: 'POST',
          ca: readFileSync(this.folder.consoleTls.ca),
          agent: false,
          headers: { 'content-type': type, 'content-length': bytes.length, ...headers },
        },
        (reply) => {
          const chunks: Buffer[] = []
          reply.on('data', (chunk: Buffer) => chunks.push(chunk))
          reply.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            resolve({
              status: reply.statusCode ?? 0,
              body: text === '' ? null : JSON.parse(text),
              headers: reply.headers,
            })
          })
        },
      )
      call.on('error', reject)
      call.end(bytes)
    })
  }

  /** Resolves when the keeper has applied everything that the gateway holds. */
  async applied(position: number): Promise<void> {
    while ((await this.keeper.intake.mark()) < position) await turn()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}
