/** The routes of the control API: what each one accepts and what it asks of the simulators. */
import { z } from 'zod'
import { channelSchema } from '../../../shared/contracts/neutral-message.ts'
import { SimulatorError } from '../provider.ts'
import { actingRoutes } from './acting.ts'
import { groupingRoutes } from './grouping.ts'
import { id, name, parse, type Route, type RouteContext } from './input.ts'
import { sayingRoutes } from './saying.ts'

const phone = z
  .string()
  .regex(/^\d{7,15}$/)
  .optional()

const newAccount = z.strictObject({ channel: channelSchema, name, phone })
const newCustomer = z.strictObject({ channel: channelSchema, name, language: z.string().min(2).max(16), phone })
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
    'expire-media',
    'cut-media',
    'view-once',
    'unknown-kind',
    'too-long',
    'migrate',
    'restrict',
    'refuse',
  ]),
  account: id,
  count: z.int().min(0).max(1_000_000).optional(),
  value: z.int().min(0).max(86_400_000).optional(),
})
const pair = z.strictObject({ account: id, qr: z.string().max(4096).optional(), code: z.string().max(16).optional() })
const password = z.strictObject({
  account: id,
  /** null: no two-step password. */
  password: z.string().min(1).max(256).nullable(),
  hint: z.string().max(128).nullable().default(null),
})
const clockMove = z.union([
  z.strictObject({ now: z.int().min(0).max(8_640_000_000_000_000) }),
  z.strictObject({ advanceMs: z.int().min(-8_640_000_000_000_000).max(8_640_000_000_000_000) }),
])

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
  const { account, qr, code } = parse(pair, input)
  if ((qr === undefined) === (code === undefined)) throw new SimulatorError('bad_request', 'qr or code, one of them')
  await directory.ofAccount(account).pair({ account, ...(qr === undefined ? { code: code ?? '' } : { qr }) })
  return { ok: true }
}

function passwordRoute(input: unknown, { directory }: RouteContext): unknown {
  const { account, password: value, hint } = parse(password, input)
  const simulator = directory.ofAccount(account)
  if (!simulator.setPassword) throw new SimulatorError('unsupported', `${simulator.channel} has no such password`)
  simulator.setPassword(account, value, hint)
  return { ok: true }
}

function devicesRoute(input: unknown, { directory }: RouteContext): unknown {
  const { account } = parse(z.strictObject({ account: id }), input)
  return directory.ofAccount(account).devices(account)
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

/** Method and path → route. GET inputs are the query's members, POST inputs the JSON body. */
export const ROUTES = new Map<string, Route>([
  ['POST /customers', (input, { directory }) => directory.addCustomer(parse(newCustomer, input))],
  ['GET /customers', (_input, { directory }) => directory.customers()],
  ['POST /accounts', (input, { directory }) => directory.addAccount(parse(newAccount, input))],
  ['GET /accounts', (_input, { directory }) => directory.accounts()],
  ...sayingRoutes,
  ...groupingRoutes,
  ...actingRoutes,
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
  ['POST /password', passwordRoute],
  ['GET /devices', devicesRoute],
  ['GET /code', codeRoute],
  ['POST /clock', clockRoute],
  ['GET /clock', (_input, { clock }) => ({ now: clock.now() })],
])
