/** The console over HTTPS: its API, its static files, and the guards around both. */
import { timingSafeEqual } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import fastifyStatic from '@fastify/static'
import fastify, { type FastifyInstance, type FastifyReply, type RouteGenericInterface } from 'fastify'
import { consoleContract } from '../../../shared/contracts/console.ts'
import { answer, CodedError, type Handlers, type Output } from '../../../shared/contracts/contract.ts'
import type { TlsFiles } from '../data-folder.ts'
import type { Keeper } from '../keeper.ts'
import type { ConsoleContext, ConsoleHandlers } from './access.ts'
import { createRateLimit } from '../rate-limit.ts'

export interface ConsoleServer {
  /** `https://host:port`. */
  url: string
  close(): Promise<void>
}

export interface ConsoleOptions {
  host: string
  port: number
  tls: TlsFiles
  /** Remembers the port over restarts. */
  portFile: string
  /** Folder of the built console, null: the API only. */
  files: string | null
}

const cookieName = 'sealdesk_session'
const bodyBytes = 64 * 1024
const maxConnections = 500
const securityHeaders = {
  // antd writes its styles into the page.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src blob:; frame-src blob:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}
/** Everything else that a caller can act on is a 400. */
const statuses: Record<string, number> = {
  sign_in_refused: 401,
  signed_out: 401,
  csrf_refused: 403,
  not_allowed: 403,
  unknown_method: 404,
  sign_in_blocked: 429,
  rate_limited: 429,
  internal: 500,
  busy: 503,
  gateway_away: 503,
  storage_full: 507,
}
/** These need no session. */
const open = new Set(['session.signIn', 'session.get'])

/** Throws CodedError('address_taken') and the system's errors for an address that cannot be served. */
export async function serveConsole(
  keeper: Keeper,
  handlers: ConsoleHandlers,
  options: ConsoleOptions,
): Promise<ConsoleServer> {
  const app: App = fastify({
    https: {
      key: readFileSync(options.tls.key),
      cert: readFileSync(options.tls.certificate),
      minVersion: 'TLSv1.2',
      handshakeTimeout: 10_000,
      maxHeaderSize: 16 * 1024,
    },
    logger: false,
    bodyLimit: bodyBytes,
    connectionTimeout: 60_000,
    requestTimeout: 20_000,
    forceCloseConnections: true,
    clientErrorHandler: (_error, socket) => socket.destroy(),
  })
  app.server.maxConnections = maxConnections
  app.server.on('tlsClientError', (_error, socket) => socket.destroy())
  const limit = createRateLimit({ perSecond: 25, burst: 100 })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    if (!limit(request.ip)) throw new CodedError('rate_limited', 'too many requests')
  })
  app.setErrorHandler((error, _request, reply) => refuse(keeper, reply, error))
  app.setNotFoundHandler((_request, reply) => fail(reply, 404, 'not_found', 'there is nothing here'))
  addApi(app, keeper, handlers)
  if (options.files !== null) await app.register(fastifyStatic, { root: options.files, dotfiles: 'deny' })
  try {
    const port = await listen(app, options)
    const host = options.host.includes(':') ? `[${options.host}]` : options.host
    return { url: `https://${host}:${port}`, close: () => app.close() }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** With port 0 the port of the last start, so that a keeper that was started again is found where it was. */
async function listen(app: App, { host, port, portFile }: ConsoleOptions): Promise<number> {
  const candidates = port === 0 ? [...new Set([rememberedPort(portFile), 0])] : [port]
  for (const candidate of candidates) {
    try {
      await app.listen({ host, port: candidate })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') continue
      throw error
    }
    const address = app.server.address()
    const real = typeof address === 'object' && address ? address.port : candidate
    writeFileSync(portFile, String(real), { mode: 0o600 })
    return real
  }
  throw new CodedError('address_taken', `${host}:${port} is taken`)
}

function rememberedPort(file: string): number {
  try {
    const port = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 0
  } catch {
    return 0
  }
}

type App = FastifyInstance<TlsServer>
type Reply = FastifyReply<RouteGenericInterface, TlsServer>

interface Call {
  token: string | null
  reply: Reply
  context: ConsoleContext | null
}

function addApi(app: App, keeper: Keeper, handlers: ConsoleHandlers): void {
  const all = { ...withSession(handlers), ...sessionHandlers(keeper) } satisfies Handlers<typeof consoleContract, Call>
  app.post<{ Params: { method: string } }>('/api/:method', async (request, reply) => {
    const { method } = request.params
    reply.header('cache-control', 'no-store')
    const call = await admit(keeper, request, reply, method)
    const answered = await answer(consoleContract, all, call, { id: 1, method, input: request.body }, keeper.log.bug)
    if (!answered) return fail(reply, 400, 'bad_input', 'the request has another shape')
    if (answered.ok) return reply.send(answered.output)
    return fail(reply, statuses[answered.error.code] ?? 400, answered.error.code, answered.error.message)
  })
}

/** Session and CSRF header, before any method is looked at. Throws CodedError 'signed_out' or 'csrf_refused'. */
async function admit(
  keeper: Keeper,
  request: { headers: IncomingHttpHeaders },
  reply: Reply,
  method: string,
): Promise<Call> {
  const token = readCookie(request.headers.cookie)
  const call: Call = { token, reply, context: null }
  if (open.has(method)) return call
  const session = token === null ? null : await keeper.sessions.find(token)
  if (!session) throw new CodedError('signed_out', 'the session is over')
  const given = request.headers['x-sealdesk-csrf']
  if (typeof given !== 'string' || !equal(given, session.csrf))
    throw new CodedError('csrf_refused', 'the request does not come from the console')
  const employee = await keeper.people.get(session.employee)
  return { ...call, context: { actor: employee.actor, session: session.csrf } }
}

function withSession(handlers: ConsoleHandlers): Handlers<Omit<typeof consoleContract, `session.${string}`>, Call> {
  const wrapped = Object.entries(handlers).map(([method, handler]) => [
    method,
    (input: never, { context }: Call) => {
      if (!context) throw new CodedError('signed_out', 'the session is over')
      return handler(input, context)
    },
  ])
  return Object.fromEntries(wrapped) as ReturnType<typeof withSession>
}

type SessionMethods = 'session.signIn' | 'session.get' | 'session.signOut'

function sessionHandlers(keeper: Keeper): Pick<Handlers<typeof consoleContract, Call>, SessionMethods> {
  const describe = async (session: {
    employee: string
    csrf: string
  }): Promise<Output<typeof consoleContract, 'session.signIn'>> => {
    const { id, name, role, team } = await keeper.people.get(session.employee)
    return { employee: { id, name, role, team }, company: keeper.keyring.company, csrf: session.csrf }
  }
  return {
    'session.signIn': async (input, { reply }) => {
      const session = await keeper.sessions.signIn(input)
      reply.header('set-cookie', cookie(session.token))
      return describe(session)
    },
    'session.get': async (_input, { token }) => {
      const session = token === null ? null : await keeper.sessions.find(token)
      return { session: session && (await describe(session)) }
    },
    'session.signOut': async (_input, { token, reply }) => {
      if (token !== null) await keeper.sessions.signOut(token)
      reply.header('set-cookie', `${cookie('')}; Max-Age=0`)
      return {}
    },
  }
}

function cookie(token: string): string {
  return `${cookieName}=${token}; Path=/; HttpOnly; Secure; SameSite=Strict`
}

function readCookie(header: string | undefined): string | null {
  for (const part of (header ?? '').split(';')) {
    const match = /^\s*sealdesk_session=([A-Za-z0-9_-]{43})\s*$/.exec(part)
    if (match) return match[1]!
  }
  return null
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function refuse(keeper: Keeper, reply: Reply, error: unknown): Reply {
  if (error instanceof CodedError) return fail(reply, statuses[error.code] ?? 400, error.code, error.message)
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 400 && status < 500) return fail(reply, status, 'bad_request', 'the request cannot be read')
  keeper.log.bug(error)
  return fail(reply, 500, 'internal', 'something went wrong')
}

function fail(reply: Reply, status: number, code: string, message: string): Reply {
  return reply.code(status).send({ error: { code, message } })
}
