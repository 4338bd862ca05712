/** The routes of the control API: what each one accepts and what it asks of the simulators. */
import { z } from 'zod'
import { channelSchema } from '../../../shared/contracts/neutral-message.ts'
import { SimulatorError } from '../provider.ts'
import type { MovableClock } from './clock.ts'
import type { SimulatorDirectory } from './directory.ts'

export interface RouteContext {
  directory: SimulatorDirectory
  clock: MovableClock
}

type Route = (input: unknown, context: RouteContext) => unknown

const name = z.string().trim().min(1).max(128)
const phone = z
  .string()
  .regex(/^\d{7,15}$/)
  .optional()
const id = z.string().min(1).max(128)

const newAccount = z.strictObject({ channel: channelSchema, name, phone })
const newCustomer = z.strictObject({ channel: channelSchema, name, language: z.string().min(2).max(16), phone })
const say = z.strictObject({
  customer: id,
  account: id,
  kind: z.string().default('text'),
  text: z.string(),
  addressing: z.enum(['lid', 'number']).optional(),
})
const read = z.strictObject({ customer: id, account: id, providerId: id.optional() })
const fault = z.strictObject({
  kind: z.enum([
    'drop-ack',
    'cut',
    'freeze',
    'delay',
    'duplicate',
    'reorder',
    'bad-mac',
    'nack',
    'flood',
    'ban',
    'kick',
    'replace',
    'revoke',
    'gap',
    'resend',
  ]),
  account: id,
  count: z.int().min(0).max(1_000_000).optional(),
  value: z.int().min(0).max(86_400_000).optional(),
})
const pair = z.strictObject({ account: id, qr: z.string().max(4096).optional() })
const clockMove = z.union([
  z.strictObject({ now: z.int().min(0).max(8_640_000_000_000_000) }),
  z.strictObject({ advanceMs: z.int().min(-8_640_000_000_000_000).max(8_640_000_000_000_000) }),
])

/** Parses an input by its schema. Throws SimulatorError('bad_request') naming the first problem. */
function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SimulatorError('bad_request', `${issue?.path.join('.') || 'input'}: ${issue?.message ?? 'not valid'}`)
}

async function sayRoute(input: unknown, { directory }: RouteContext): Promise<unknown> {
  // Only text exists so far; another kind is refused before the fields that it would bring are looked at.
  const kind = z.looseObject({ kind: z.string().default('text'), group: z.unknown().optional() }).safeParse(input)
  if (kind.success && (kind.data.kind !== 'text' || kind.data.group !== undefined))
    throw new SimulatorError('unsupported', 'only text to an account is built')
  const { customer, account, text, addressing } = parse(say, input)
  const simulator = directory.ofCustomer(customer)
  if (simulator !== directory.ofAccount(account))
    throw new SimulatorError('bad_request', 'customer and account are on different channels')
  const request = { customer, account, kind: 'text' as const, text }
  return { providerId: await simulator.say(addressing ? { ...request, addressing } : request) }
}

async function readRoute(input: unknown, { directory }: RouteContext): Promise<unknown> {
  const { customer, account, providerId } = parse(read, input)
  const request = { customer, account }
  await directory.ofCustomer(customer).read(providerId === undefined ? request : { ...request, providerId })
  return { ok: true }
}

async function faultRoute(input: unknown, { directory }: RouteContext): Promise<unknown> {
  const { kind, account, count, value } = parse(fault, input)
  const numbers = { ...(count === undefined ? {} : { count }), ...(value === undefined ? {} : { value }) }
  await directory.ofAccount(account).fault({ kind, account, ...numbers })
  return { ok: true }
}

async function pairRoute(input: unknown, { directory }: RouteContext): Promise<unknown> {
  const { account, qr } = parse(pair, input)
  await directory.ofAccount(account).pair(qr === undefined ? { account } : { account, qr })
  return { ok: true }
}

function codeRoute(input: unknown, { directory }: RouteContext): unknown {
  const { phone: number } = parse(z.strictObject({ phone: z.string().min(1).max(32) }), input)
  const code = directory.ofChannel('telegram').lastCode?.(number) ?? null
  if (code === null) throw new SimulatorError('not_found', `no code was sent to ${number}`)
  return { code }
}

function clockRoute(input: unknown, { clock }: RouteContext): unknown {
  const move = parse(clockMove, input)
  clock.set('now' in move ? move.now : clock.now() + move.advanceMs)
  return { now: clock.now() }
}

function wireRoute(input: unknown, { directory }: RouteContext): unknown {
  const { account } = parse(z.strictObject({ account: id.optional() }), input)
  if (account !== undefined) return directory.ofAccount(account).wire(account)
  // Without an account: all entries of each simulator; `n` counts per simulator, so the channel stands beside it.
  return directory
    .simulators()
    .flatMap((simulator) => simulator.wire(null).map((entry) => ({ ...entry, channel: simulator.channel })))
}

function notBuilt(): never {
  throw new SimulatorError('unsupported', 'this is not built yet')
}

/** Method and path → route. GET inputs are the query's members, POST inputs the JSON body. */
export const ROUTES = new Map<string, Route>([
  ['POST /customers', (input, { directory }) => directory.addCustomer(parse(newCustomer, input))],
  ['GET /customers', (_input, { directory }) => directory.customers()],
  ['POST /accounts', (input, { directory }) => directory.addAccount(parse(newAccount, input))],
  ['GET /accounts', (_input, { directory }) => directory.accounts()],
  ['POST /say', sayRoute],
  ['POST /read', readRoute],
  [
    'GET /received',
    (input, { directory }) => {
      const { customer } = parse(z.strictObject({ customer: id }), input)
      return directory.ofCustomer(customer).received(customer)
    },
  ],
  ['GET /sent', (_input, { directory }) => directory.simulators().flatMap((simulator) => simulator.sent())],
  ['GET /wire', wireRoute],
  ['POST /fault', faultRoute],
  ['POST /pair', pairRoute],
  ['GET /code', codeRoute],
  ['POST /clock', clockRoute],
  ['GET /clock', (_input, { clock }) => ({ now: clock.now() })],
  ['POST /edit', notBuilt],
  ['POST /delete', notBuilt],
  ['POST /react', notBuilt],
  ['POST /groups', notBuilt],
])
