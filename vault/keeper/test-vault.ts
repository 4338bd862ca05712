/** For tests: a whole vault in a temporary folder, its real gateway and keeper in this process, under a clock that the test moves. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startGateway, type Gateway } from '../gateway/index.ts'
import { dataFolder } from './data-folder.ts'
import type { Titled } from './features/messages/conversations.ts'
import { initialise, type Initialised } from './features/init/service.ts'
import { start, type RunningKeeper, type StartOptions } from './index.ts'
import { createLog } from './report.ts'

/** One vault's files as init left them, by their relative paths: made once per process, copied for every test. */
let template: Promise<{ files: Map<string, Buffer>; made: Initialised }> | null = null

async function makeTemplate(): Promise<{ files: Map<string, Buffer>; made: Initialised }> {
  const data = mkdtempSync(join(tmpdir(), 'sealdesk-template-'))
  try {
    const clock = { now: () => startTime }
    const made = await initialise({ data, company: 'Acme', gateway: '127.0.0.1:0', passphraseFile: null, clock })
    const paths = readdirSync(data, { recursive: true, encoding: 'utf8' })
    const files = paths.filter((path) => statSync(join(data, path)).isFile())
    return { files: new Map(files.map((path) => [path, readFileSync(join(data, path))])), made }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
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
    const { files, made } = await template
    const vault = new TestVault()
    vault.made = made
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(vault.data, path)), { recursive: true, mode: 0o700 })
      writeFileSync(join(vault.data, path), bytes, { mode: 0o600 })
    }
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
  ): Promise<{ status: number; body: unknown; headers: IncomingHttpHeaders }> {
    const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
    const type = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json'
    const length = String(bytes.length)
    const reply = await this.#ask(
      'POST',
      `${origin}${path}`,
      { 'content-type': type, 'content-length': length, ...headers },
      bytes,
    )
    return { status: reply.status, body: reply.text === '' ? null : JSON.parse(reply.text), headers: reply.headers }
  }

  get(origin: string, path: string): Promise<{ status: number; text: string; headers: IncomingHttpHeaders }> {
    const { hostname, port } = new URL(origin)
    // The path as it is: a URL would tidy it up first.
    return this.#ask('GET', { hostname, port, path }, {}, null)
  }

  #ask(
    method: string,
    where: string | { hostname: string; port: string; path: string },
    headers: Record<string, string>,
    body: Uint8Array | null,
  ): Promise<{ status: number; text: string; headers: IncomingHttpHeaders }> {
    const target = typeof where === 'string' ? new URL(where) : where
    const path = 'pathname' in target ? target.pathname + target.search : target.path
    const { hostname, port } = target
    const options = {
      method,
      hostname,
      port,
      path,
      ca: readFileSync(this.folder.consoleTls.ca),
      agent: false,
      headers,
    } as const
    return new Promise((resolve, reject) => {
      const call = request(options, (reply) => {
        const chunks: Buffer[] = []
        reply.on('data', (chunk: Buffer) => chunks.push(chunk))
        reply.on('end', () =>
          resolve({
            status: reply.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            headers: reply.headers,
          }),
        )
      })
      call.on('error', reject)
      call.end(body)
    })
  }

  /** The account's newest conversations with their titles. */
  async conversations(account: string): Promise<Titled[]> {
    const page = await this.keeper.messages.pageConversations('local', {
      accounts: [account],
      group: null,
      from: null,
      until: null,
      waiting: false,
      order: 'newest',
      text: '',
      after: null,
      limit: 200,
    })
    return page.conversations
  }

  /** Resolves when the keeper has applied everything that the gateway holds. */
  async applied(position: number): Promise<void> {
    while ((await this.keeper.intake.mark()) < position) await turn()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}
