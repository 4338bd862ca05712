/** Batches, tickets and requests to the real gateway, opened by the real keeper; journal events down; lines to a real engine. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cache } from '../../engine/cache/database.ts'
import { putValue } from '../../engine/cache/meta.ts'
import { pullJournal } from '../../engine/sync/journal.ts'
import { blobLabel, type deviceContract } from '../../shared/contracts/device.ts'
import { commandSchemas } from '../../shared/contracts/engine-lines.ts'
import type { Client } from '../../shared/contracts/contract.ts'
import { frame } from '../../shared/formats/bytes.ts'
import { signFor } from '../../shared/formats/keys.ts'
import { startGateway } from '../../vault/gateway/index.ts'
import { httpLimits } from '../../vault/gateway/http/limits.ts'
import { TestVault } from '../../vault/keeper/test-vault.ts'
import { TestWorkstation } from '../../vault/keeper/test-workstation.ts'
import { hasty, LocalEngine } from '../harness/local-engine.ts'
import type { Random } from '../harness/seed.ts'
import type { FuzzInput, FuzzTarget } from './fuzz-run.ts'
import { HostileLedger, type Flaw } from './hostile-ledger.ts'
import { hostileText, mutated, randomBytesOf } from './hostile.ts'
import { changedJson, payloadInput } from './payload-inputs.ts'

const customer = '491709@s.whatsapp.net'
const pin = '482915'
const exportEvery = 100
const plenty = { burst: 1e9, perSecond: 1e9 }

interface EventInput extends FuzzInput {
  kind: 'batch' | 'ticket' | 'request' | 'line'
  flaw: Flaw
  payloads: { kind: string; json: string }[]
  random: Random
}

export class EventsTarget implements FuzzTarget<EventInput> {
  readonly name = 'events'
  #vault!: TestVault
  #writer!: TestWorkstation
  #reader!: TestWorkstation
  #hostile!: HostileLedger
  #engine!: LocalEngine
  #cache!: Cache
  #folder = ''
  #account = ''
  #faults: string[] = []
  #neighbours: string[] = []
  #lines = 0
  #mustStandAside = 0
  readonly #counts: Record<string, number> = {}

  async open(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), 'sealdesk-fuzz-'))
    this.#vault = await TestVault.init()
    await this.#startVault()
    const { keeper } = this.#vault
    const { id: employee } = await keeper.people.add('local', { name: 'Ana Sales', role: 'salesperson', team: null })
    this.#account = await keeper.accounts.add('local', {
      channel: 'whatsapp',
      name: 'One',
      employee,
      telegramApi: null,
    })
    this.#writer = await TestWorkstation.enrol(this.#vault, employee)
    this.#reader = await TestWorkstation.enrol(this.#vault, employee)
    this.#hostile = new HostileLedger(this.#vault, employee, this.#account)
    await this.#hostile.begin()
    this.#cache = new Cache(join(this.#folder, 'cache.db'), randomBytes(32))
    this.#cache.transaction((writer) => {
      putValue(writer, 'openingKey', this.#reader.opening.privateKey)
      writer.run("INSERT INTO accounts (id, channel, name) VALUES (?, 'whatsapp', 'One')", [this.#account])
    })
    await this.#startEngine(employee)
    this.#neighbours = []
    this.#mustStandAside = 0
  }

  async #startVault(): Promise<void> {
    const { data, clock } = this.#vault
    // What limits strangers would only make this wait.
    const limits = {
      ...httpLimits,
      spoolPerAddress: plenty,
      spoolBytesPerAddress: plenty,
      spoolPerLedger: plenty,
      spoolBytesPerLedger: plenty,
      enrolPerAddress: plenty,
    }
    this.#vault.gateway = await startGateway({
      data,
      host: '127.0.0.1',
      port: 0,
      clock,
      log: (code) => this.#gatewayLog(code),
      limits,
    })
    await this.#vault.startKeeper()
  }

  #gatewayLog(code: string): void {
    if (code === 'bug') this.#faults.push('the gateway has met a bug')
  }

  async #startEngine(employee: string): Promise<void> {
    const { code } = await this.#vault.keeper.enrolments.makeCode('local', employee)
    const pinFile = join(this.#folder, 'pin')
    writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 })
    const profile = join(this.#folder, 'profile')
    const { process } = await LocalEngine.start({
      profile,
      enrol: code,
      pinFile,
      env: {},
      tuned: hasty,
      wallClock: this.#vault.clock,
    })
    this.#engine = process
  }

  async close(): Promise<void> {
    await this.#engine.stop()
    this.#cache.close()
    await this.#vault.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  counts(): Record<string, number> {
    return this.#counts
  }

  make(random: Random): EventInput {
    const roll = random.below(100)
    const kind = roll < 65 ? 'batch' : roll < 75 ? 'ticket' : roll < 83 ? 'request' : 'line'
    const payloads = Array.from({ length: 1 + random.below(3) }, () => payloadInput(random))
    const flaw: Flaw = random.pick([
      'none',
      'none',
      'none',
      'none',
      'header',
      'commitment',
      'unsealed',
      'bytes',
      'bytes',
      random.below(10) === 0 ? 'chain' : 'none',
    ])
    const isBatch = kind === 'batch'
    const bytes = isBatch
      ? Buffer.from(JSON.stringify(payloads))
      : kind === 'line'
        ? Buffer.from(lineOf(random))
        : randomBytesOf(random, random.below(200))
    return { label: isBatch ? `batch ${flaw}` : kind, bytes, kind, flaw, payloads, random }
  }

  async send(inputs: EventInput[], neighbour: string, random: Random): Promise<void> {
    const place = random.below(inputs.length + 1)
    for (const [index, input] of inputs.entries()) {
      if (index === place) await this.#say(neighbour)
      await this.#sendOne(input)
    }
    if (place === inputs.length) await this.#say(neighbour)
  }

  async #sendOne(input: EventInput): Promise<void> {
    if (input.kind === 'batch') await this.#sendBatch(input)
    else if (input.kind === 'ticket') await this.#sendTicket(input)
    else if (input.kind === 'request') await this.#sendRequest(input)
    else this.#sendLine(input)
  }

  /** Every answer is an acceptance or a refusal with a code. */
  async #post(
    path: string,
    body: Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown }> {
    const answer = await this.#vault.post(this.#vault.gateway!.url, path, body, headers)
    this.#count(`${path.slice(0, 10)} ${answer.status}`)
    const code = (answer.body as { error?: { code?: unknown } } | null)?.error?.code
    if (answer.status >= 500 && answer.status !== 503) this.#faults.push(`${path} was answered with ${answer.status}`)
    if (answer.status !== 200 && typeof code !== 'string') this.#faults.push(`${path} was refused without a code`)
    return answer
  }

  async #sendBatch({ payloads, flaw, random }: EventInput): Promise<void> {
    const attempt = this.#hostile.attempt(payloads, flaw, random)
    const { status, body } = await this.#post('/v1/batches', attempt.batch)
    if (status !== 200) return
    const { quarantined, gap } = body as { quarantined: boolean; gap?: true }
    if (flaw === 'commitment' || flaw === 'unsealed') this.#mustStandAside++
    if (quarantined || gap) return this.#hostile.begin()
    this.#hostile.taken(attempt)
  }

  async #sendTicket({ bytes, random }: EventInput): Promise<void> {
    const { station } = this.#hostile
    const ticket = {
      ledger: station.enrolment.ledger,
      blob: `b${random.below(1e9)}`,
      bytes: Math.max(16, bytes.length),
      sha256: randomBytesOf(random, 32).toString('hex'),
    }
    const signed = [ticket.ledger, ticket.blob, String(ticket.bytes), ticket.sha256]
    const signature = signFor(
      blobLabel,
      frame(signed.map((part) => Buffer.from(part, 'ascii'))),
      station.signingKey,
    ).toString('base64url')
    const whole: unknown = { ...ticket, signature }
    const json = JSON.stringify(random.below(2) === 0 ? whole : changedJson(whole, random))
    const header = Buffer.from(random.below(6) === 0 ? mutated(Buffer.from(json), random) : json).toString('base64url')
    const offset = random.pick(['0', '0', '1', '-1', '99999999999999999', 'x', ''])
    await this.#post(`/v1/blobs/${ticket.blob}?offset=${offset}`, bytes, { 'x-sealdesk-blob': header.slice(0, 8000) })
  }

  async #sendRequest({ bytes, random }: EventInput): Promise<void> {
    const path = random.pick([
      '/v1/enrol',
      '/v1/batches',
      '/v1/trust',
      '/v1/blobs/',
      '/v1/blobs/%00',
      '/v1/link',
      '/',
      '/..%2f..%2fetc/passwd',
      '/__proto__',
    ])
    const type = random.pick(['application/json', 'application/octet-stream', 'text/plain', 'multipart/form-data', 'x'])
    const body =
      random.below(2) === 0
        ? bytes
        : Buffer.from(JSON.stringify(changedJson({ secret: 'x', signingKey: 'y' }, random)) ?? '')
    await this.#post(path, body, {
      'content-type': type,
      authorization: random.below(5) === 0 ? 'Bearer x' : `Basic ${bytes.toString('hex').slice(0, 40)}`,
    })
  }

  #sendLine({ bytes }: EventInput): void {
    this.#count('lines')
    this.#engine.writeText(bytes.toString('utf8'))
  }

  #count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
  }

  async #say(text: string): Promise<void> {
    const event = this.#writer.record(this.#account, customer, { id: `N${this.#neighbours.length}`, text })
    this.#neighbours.push(event.headerBytes.toString('base64url'))
    const { status } = await this.#post('/v1/batches', this.#writer.batch())
    if (status !== 200) this.#faults.push(`the neighbour's batch was refused with ${status}`)
  }

  /** In the journal, in the cache of a workstation that follows it, and the engine answers behind all lines. */
  async recorded(neighbour: string): Promise<void> {
    const n = this.#neighbours.length - 1
    const id = `N${n}`
    this.#engine.write({ status: {}, id: neighbour })
    while (this.#cached(id) === 0) {
      await pullJournal(this.#journal())
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    if (this.#cached(id) > 1) this.#faults.push(`${neighbour} stands twice in the cache of another workstation`)
    const answer = await this.#engine.wait((line) => line['re'] === neighbour, 20_000, this.#lines)
    this.#lines = this.#engine.lines.length
    if (answer['ok'] !== true) this.#faults.push('the engine no longer tells its status')
    if (n % exportEvery === exportEvery - 1) await this.#checkExport()
  }

  #cached(id: string): number {
    const sql = 'SELECT count(*) AS count FROM recent WHERE account = ? AND providerId = ?'
    return this.#cache.get<{ count: number }>(sql, [this.#account, id])?.count ?? 0
  }

  #journal(): Parameters<typeof pullJournal>[0] {
    const call = (async (_method: string, input: never) => {
      const { keeper } = this.#vault
      return keeper.journals.pull(await this.#reader.row(), input)
    }) as unknown as Client<typeof deviceContract>
    return {
      cache: this.#cache,
      account: this.#account,
      ownLedger: this.#reader.enrolment.ledger,
      call,
      now: () => this.#vault.clock.now(),
      isClosed: () => false,
      committed: () => undefined,
    }
  }

  /** All neighbours stand in the export once and in order, and what had to go to quarantine is there, with its alert. */
  async #checkExport(): Promise<void> {
    const { keeper } = this.#vault
    const texts: string[] = []
    for (let after: string | null = null; ;) {
      const page = await keeper.messages.export('local', this.#account, 'a test', after)
      for (const { message } of page.messages) {
        const text = message === null ? '' : (JSON.parse(message) as { text: string }).text
        if (/^neighbour \d+$/.test(text)) texts.push(text)
      }
      if (page.after === null) break
      ;({ after } = page)
    }
    const numbers = texts.map((text) => Number(text.slice('neighbour '.length)))
    const isRight =
      numbers.length === this.#neighbours.length && numbers.every((n, index) => index === 0 || n > numbers[index - 1]!)
    if (!isRight)
      this.#faults.push(
        `the export holds ${numbers.length} of ${this.#neighbours.length} neighbours, or in another order`,
      )
    const aside = await keeper.intake.quarantined()
    if (aside < this.#mustStandAside)
      this.#faults.push(`${aside} batches in quarantine, expected ${this.#mustStandAside}`)
    const alerts = new Set((await keeper.alerts.newest(200)).map(({ code }) => code))
    if (![...alerts].some((code) => code.startsWith('batch_'))) this.#faults.push('no alert tells of the quarantine')
    this.#counts['in quarantine'] = aside
  }

  standing(): string {
    return `${this.#neighbours.length} neighbours sent`
  }

  faults(): string[] {
    return this.#faults.splice(0)
  }
}

/** A line to the engine: a command that is changed, or no command at all. Those that would end the work are left out. */
function lineOf(random: Random): string {
  const names = Object.keys(commandSchemas).filter((name) => name !== 'lock' && name !== 'unlock')
  const samples = {
    limit: 5,
    conversation: 'c',
    account: 'a',
    message: 'm',
    text: 'x',
    address: '1@lid',
    before: '1',
    emoji: 'x',
    options: ['x'],
  }
  const command = {
    [random.pick(names)]: random.below(4) === 0 ? samples : changedJson(samples, random),
    id: random.below(1e6),
  }
  const line = JSON.stringify(random.below(3) === 0 ? changedJson(command, random) : command) ?? ''
  const odd = random.below(6) === 0 ? mutated(Buffer.from(line), random).toString('utf8') : line
  return random.below(20) === 0 ? hostileText(random) : odd
}
