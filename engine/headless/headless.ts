/** The engine without a window, in plain Node: the same engine behind lines of JSON. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { CodedError } from '../../shared/contracts/contract.ts'
import { parseCommand, type Command, type CommandLine, type CommandName } from '../../shared/contracts/engine-lines.ts'
import type { StatusView, WindowEvent } from '../../shared/contracts/window.ts'
import { readEndpoints, software } from '../config.ts'
import { createEngine, type Engine, type EngineOptions } from '../engine.ts'
import { Profile } from '../profile.ts'
import { giveBackAtRest } from '../rest.ts'
import type { WallClock } from '../time.ts'
import { watchHealth } from '../watch.ts'
import { fileHost } from './file-host.ts'
import { withFile } from './attach-file.ts'
import { tellTouched } from './touched-lines.ts'

export interface HeadlessOptions {
  profile: string
  enrolCode: string | null
  pin: string | null
  input: Readable
  wallClock: WallClock
  factories?: EngineOptions['factories']
  /** Writes one line to stdout. */
  write(line: Record<string, unknown>): void
  log(line: Record<string, unknown>): void
}

export interface Headless {
  stop(): Promise<void>
}

/** Enrols if a code is given, unlocks if there is a PIN, prints `ready` and goes on until stop. Throws as enrol and unlock. */
export async function startHeadless(options: HeadlessOptions): Promise<Headless> {
  const { write } = options
  const profile = new Profile(options.profile)
  const accounts = new Map<string, string>()
  const engine: Engine = createEngine({
    profile,
    host: fileHost(profile),
    wallClock: options.wallClock,
    endpoints: readEndpoints(),
    ...(options.factories ? { factories: options.factories } : {}),
    software,
    capture: 'marked-only',
    waitingCode: null,
    tell: (event) => tellLine(event, accounts, write),
    touched: (touched) => tellTouched(engine.workstation.session, touched, write),
    acknowledged: (ledger, upTo) => write({ event: 'acknowledged', ledger, upTo }),
    error: (code, message) => write({ event: 'error', code, message }),
    log: (level, code, detail) => options.log({ ...detail, level, code }),
  })
  const { workstation } = engine
  if (options.enrolCode !== null) {
    await workstation.enrol(options.enrolCode, options.pin)
  } else {
    if (!workstation.enrolled) throw new CodedError('not_enrolled', 'this profile is not enrolled: --enrol CODE')
    if (profile.find('enrolment.json')?.hostKind !== 'node')
      throw new CodedError('profile_of_electron', 'this profile belongs to the desktop program')
    workstation.start(null)
  }
  write({
    ready: true,
    event: 'ready',
    enrolled: workstation.enrolled,
    locked: workstation.lock !== 'open',
    workstation: workstation.id,
  })
  if (options.enrolCode === null && options.pin !== null) void unlockWhenPossible(engine, options.pin, write)
  const stopWatch = watchHealth((code, value) => options.log({ level: 'warn', code, value }))
  const stopRest = giveBackAtRest(
    () => workstation.session?.cache.shrink(),
    (report) => options.log({ ...report }),
  )
  const lines = createInterface({ input: options.input, crlfDelay: Infinity })
  lines.on('line', (line) => void answerLine(engine, line, write))
  return {
    stop: async () => {
      stopWatch()
      stopRest()
      lines.close()
      await engine.stop()
    },
  }
}

/** A start needs the vault; with a PIN file it waits for it. A wrong PIN is said once and not tried again. */
async function unlockWhenPossible(engine: Engine, pin: string, write: HeadlessOptions['write']): Promise<void> {
  for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, 5000)) {
    try {
      await engine.workstation.unlock(pin)
      return
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal'
      if (code !== 'vault_away' && code !== 'keeper_away') {
        write({ event: 'error', code, message: error instanceof Error ? error.message : '' })
        return
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
}

async function answerLine(engine: Engine, line: string, write: HeadlessOptions['write']): Promise<void> {
  if (line.trim() === '') return
  const command = parseCommand(line)
  if ('code' in command)
    return write({ re: command.id ?? null, ok: false, error: { code: command.code, message: command.message } })
  try {
    const result = await run(engine, command)
    write({ re: command.id ?? null, ok: true, ...result })
  } catch (error) {
    const coded = error instanceof Error && 'code' in error && typeof error.code === 'string'
    const code = coded ? String(error.code) : 'internal'
    write({
      re: command.id ?? null,
      ok: false,
      error: { code, message: error instanceof Error && coded ? error.message : 'something went wrong' },
    })
  }
}

type Runners = { [N in CommandName]: (engine: Engine, input: Command<N>) => Promise<object> | object }

const runners: Runners = {
  unlock: (engine, input) => engine.handlers.unlock(input),
  lock: (engine, kind) => engine.handlers.lock({ kind }),
  pair: (engine, input) =>
    engine.handlers['pairing.start']({ account: input.account, method: input.method, phone: input.phone ?? null }),
  code: (engine, input) => engine.handlers['pairing.code'](input),
  password: (engine, input) => engine.handlers['pairing.password'](input),
  conversations: (engine, input) =>
    engine.handlers['conversations.list']({
      account: input.account ?? null,
      unread: false,
      mine: false,
      limit: input.limit,
    }),
  page: (engine, input) =>
    input.before
      ? engine.handlers['conversation.page']({
          conversation: input.conversation,
          before: input.before,
          limit: input.limit,
        })
      : engine.handlers['conversation.open']({ conversation: input.conversation, limit: Math.min(input.limit, 200) }),
  search: (engine, input) => engine.handlers.search(input),
  send: async (engine, { conversation, ...said }) =>
    engine.handlers.send({ conversation, ...(await withFile(engine, said)) }),
  edit: (engine, input) => engine.handlers['message.edit'](input),
  delete: (engine, input) => engine.handlers['message.delete'](input),
  react: (engine, input) => engine.handlers['message.react'](input),
  vote: (engine, input) => engine.handlers['message.vote'](input),
  forward: (engine, input) => engine.handlers['message.forward'](input),
  fetch: (engine, input) => engine.handlers['media.fetch'](input),
  group: (engine, { conversation, change, members, subject }) =>
    change
      ? engine.handlers['group.change']({ conversation, change, members, subject: subject ?? null })
      : engine.handlers['group.get']({ conversation }),
  devices: async (engine, { account, remove }) => {
    if (remove) await engine.handlers['account.removeDevice']({ account, device: remove })
    return engine.handlers['account.devices']({ account })
  },
  unlink: (engine, input) => engine.handlers['account.unlink'](input),
  resend: (engine, input) => engine.handlers.resend(input),
  presence: (engine, input) => engine.handlers['conversation.presence'](input),
  claim: (engine, input) => engine.handlers['conversation.claim'](input),
  colleagues: (engine, input) => engine.handlers['colleagues.get'](input),
  read: (engine, input) => engine.handlers['conversation.read'](input),
  to: async (engine, { account, address, ...said }) =>
    engine.handlers['send.new']({ account, address, ...(await withFile(engine, said)) }),
  status: (engine) => engine.handlers['status.get']({}),
}

function run(engine: Engine, command: CommandLine): Promise<object> | object {
  const runner = runners[command.name] as (engine: Engine, input: unknown) => Promise<object> | object
  return runner(engine, command.input)
}

function tellLine(event: WindowEvent, known: Map<string, string>, write: HeadlessOptions['write']): void {
  if (event.event === 'pairing') {
    if (event.step.step === 'qr')
      return write({ event: 'qr', account: event.account, text: event.step.text, expiresAt: event.step.expiresAt })
    return write({ event: 'account', account: event.account, pairing: event.step })
  }
  if (event.event === 'colleagues')
    return write({ event: 'colleagues', conversation: event.conversation, people: event.people })
  if (event.event !== 'status') return
  const { lock } = event.status
  const accounts = lock === 'open' || lock === 'screen' ? accountLines(event.status) : stoppedLines(known)
  for (const account of accounts) {
    const line = JSON.stringify(account)
    if (known.get(account.account) === line) continue
    known.set(account.account, line)
    write({ event: 'account', ...account })
  }
}

interface AccountLine {
  account: string
  channel: string
  name: string
  state: string
  fault: unknown
  holder: string | null
}

/** A key lock forgets what the accounts are called; that they are stopped must still be told. */
function stoppedLines(known: Map<string, string>): AccountLine[] {
  return [...known.values()].map((line) => ({
    ...(JSON.parse(line) as AccountLine),
    state: 'stopped',
    fault: null,
    holder: null,
  }))
}

function accountLines(status: StatusView): AccountLine[] {
  return status.accounts.map(({ id, channel, name, state, fault, holder }) => ({
    account: id,
    channel,
    name,
    state,
    fault,
    holder,
  }))
}
