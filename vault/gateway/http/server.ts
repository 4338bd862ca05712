/** The gateway's face to the network: TLS, the HTTPS routes and the upgrade to a link, all bounded. */
import { existsSync, readFileSync } from 'node:fs'
import type { Server as TlsServer } from 'node:https'
import { join } from 'node:path'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { CodedError } from '../../../shared/contracts/contract.ts'
import {
  enrolRequestSchema,
  routes,
  type BatchReply,
  type EnrolReply,
  type EnrolRequest,
} from '../../../shared/contracts/device.ts'
import { batchLimits } from '../../../shared/formats/batch.ts'
import type { Trust } from '../../../shared/formats/trust.ts'
import type { Device } from '../devices/devices.ts'
import { addressKey, Buckets, ByteBudget, type Rate } from './limits.ts'
import { sendRefusal } from './refusals.ts'

export interface HttpLimits {
  enrolPerAddress: Rate
  linkPerAddress: Rate
  spoolPerAddress: Rate
  spoolBytesPerAddress: Rate
  spoolPerLedger: Rate
  spoolBytesPerLedger: Rate
  /** Bodies in memory together, in bytes: with a token, without one, and without one from the same address. */
  bodies: number
  spoolBodies: number
  spoolBodiesPerAddress: number
}
const mib = 1024 * 1024
export const httpLimits: HttpLimits = {
  enrolPerAddress: { burst: 60, perSecond: 1 },
  linkPerAddress: { burst: 300, perSecond: 20 },
  spoolPerAddress: { burst: 600, perSecond: 40 },
  spoolBytesPerAddress: { burst: 512 * mib, perSecond: 8 * mib },
  spoolPerLedger: { burst: 300, perSecond: 20 },
  spoolBytesPerLedger: { burst: 256 * mib, perSecond: 4 * mib },
  bodies: 256 * mib,
  spoolBodies: 192 * mib,
  spoolBodiesPerAddress: 96 * mib,
}

const frameBytes = 256 * 1024
const enrolBytes = 64 * 1024
const requestMs = 300_000
const maxConnections = 8192

type Gate = { admit?: (device: Device) => void; authentic?: (device: Device) => void }
export interface HttpNeeds {
  tls: { key: string; cert: string }
  limits: HttpLimits
  trust(): Trust | null
  enrol(request: EnrolRequest, address: string): Promise<EnrolReply>
  accept(bytes: Uint8Array, gate: Gate): Promise<BatchReply>
  /** The workstation whose live link this token belongs to. */
  findTokenHolder(token: string): string | null
  serveLink(socket: WebSocket, address: string): void
  /** A limit was reached; the workstation where it is known. */
  limited(workstation: string | null): void
  report(error: unknown): void
}

/** Reads the TLS key and certificate chain. Throws CodedError('tls_missing') when the vault has not been made yet. */
export function readTls(folder: string): { key: string; cert: string } {
  const certificate = ['server.crt', 'server.pem'].map((name) => join(folder, name)).find((file) => existsSync(file))
  const key = join(folder, 'server.key')
  if (!certificate || !existsSync(key))
    throw new CodedError('tls_missing', 'there is no TLS certificate; this vault has not been initialised')
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') }
}

type App = FastifyInstance<TlsServer>

export async function createHttpServer(needs: HttpNeeds): Promise<App> {
  const { report } = needs
  const app: App = fastify({
    https: { ...needs.tls, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 },
    logger: false,
    bodyLimit: enrolBytes,
    requestTimeout: requestMs,
    connectionTimeout: requestMs,
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    return503OnClosing: true,
    clientErrorHandler: (_error, socket) => socket.destroy(),
  })
  app.server.headersTimeout = 15_000
  app.server.maxConnections = maxConnections
  app.server.on('tlsClientError', (_error, socket) => socket.destroy())
  app.setErrorHandler((error, request, reply) => sendRefusal(error, request, reply, report))
  app.setNotFoundHandler((request, reply) =>
    sendRefusal(new CodedError('not_found', 'there is nothing here'), request, reply, report),
  )
  app.removeContentTypeParser('text/plain')
  await app.register(websocket, {
    options: { maxPayload: frameBytes },
    errorHandler: (error, socket) => {
      // What the other side sent wrong (ws names it WS_ERR_…) is no bug of ours.
      if (!('code' in error && String(error.code).startsWith('WS_ERR_'))) report(error)
      socket.terminate()
    },
  })
  app.get(routes.trust, () => {
    const trust = needs.trust()
    if (!trust) throw new CodedError('keeper_away', 'the vault has not said yet whom to trust')
    return trust
  })
  addEnrol(app, needs)
  addBatches(app, needs)
  addLink(app, needs)
  return app
}

function addEnrol(app: App, needs: HttpNeeds): void {
  const perAddress = new Buckets(needs.limits.enrolPerAddress, () => performance.now())
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (!perAddress.take(addressKey(request.ip))) throw limitReached(needs, null)
  }
  app.post(routes.enrol, { onRequest }, async (request) => {
    const parsed = enrolRequestSchema.safeParse(request.body)
    if (!parsed.success) throw new CodedError('bad_input', 'the enrolment request has another shape')
    return needs.enrol(parsed.data, request.ip)
  })
}

/**
 * With a token: full rate. Without: the address pays before the body is read, by its announced length; the ledger pays when the
 * signature has held, so that nobody else can use up its share.
 */
function addBatches(app: App, needs: HttpNeeds): void {
  const { limits } = needs
  const now = (): number => performance.now()
  const perAddress = new Buckets(limits.spoolPerAddress, now)
  const bytesPerAddress = new Buckets(limits.spoolBytesPerAddress, now)
  const perLedger = new Buckets(limits.spoolPerLedger, now)
  const bytesPerLedger = new Buckets(limits.spoolBytesPerLedger, now)
  const holdMemory = createMemoryGate(limits)
  const holders = new WeakMap<FastifyRequest, string>()

  const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const length = announcedLength(request)
    const holder = tokenHolder(request, needs)
    if (holder) holders.set(request, holder)
    else {
      const key = addressKey(request.ip)
      if (!perAddress.take(key) || !bytesPerAddress.take(key, length)) throw limitReached(needs, null)
    }
    holdMemory(holder ? null : addressKey(request.ip), length, reply)
  }
  void app.register(async (scope) => {
    const bodyLimit = batchLimits.bytes
    scope.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer', bodyLimit },
      async (_: unknown, body: Buffer) => body,
    )
    scope.post(routes.batches, { onRequest, bodyLimit }, async (request) => {
      if (!(request.body instanceof Buffer)) throw new CodedError('bad_input', 'a batch is application/octet-stream')
      const bytes = request.body
      const holder = holders.get(request)
      if (holder) return needs.accept(bytes, { admit: (device) => requireHolder(device, holder) })
      return needs.accept(bytes, {
        authentic: ({ ledger, workstation }) => {
          if (!perLedger.take(ledger) || !bytesPerLedger.take(ledger, bytes.length))
            throw limitReached(needs, workstation)
        },
      })
    })
  })
}

/** Takes the bytes of a body out of the budgets until its reply is over. `address` is null where a token was shown. Throws CodedError('busy'). */
function createMemoryGate(limits: HttpLimits): (address: string | null, bytes: number, reply: FastifyReply) => void {
  const known = new ByteBudget(limits.bodies)
  const spool = new ByteBudget(limits.spoolBodies)
  const spoolByAddress = new ByteBudget(limits.spoolBodiesPerAddress)
  return (address, bytes, reply) => {
    if (address === null) {
      reply.raw.once('close', known.take('', bytes))
      return
    }
    reply.raw.once('close', spoolByAddress.take(address, bytes))
    reply.raw.once('close', spool.take('', bytes))
  }
}

/** Throws CodedError('token_refused') for a token that is not alive; null where none is given. */
function tokenHolder(request: FastifyRequest, needs: HttpNeeds): string | null {
  const header = request.headers.authorization
  if (header === undefined) return null
  const token = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(header)?.[1]
  const holder = token ? needs.findTokenHolder(token) : null
  if (!holder) throw new CodedError('token_refused', 'the token is not the one of a live link')
  return holder
}

function requireHolder(device: Device, holder: string): void {
  if (device.workstation !== holder) throw new CodedError('token_refused', 'the token belongs to another workstation')
}

/** Where the length is not announced, the most that the route takes. */
function announcedLength(request: FastifyRequest): number {
  const length = Number(request.headers['content-length'] ?? batchLimits.bytes)
  if (!Number.isSafeInteger(length) || length < 0) throw new CodedError('bad_input', 'the length is malformed')
  if (length > batchLimits.bytes) throw new CodedError('batch_too_large', 'a batch has at most 24 MiB')
  return length
}

function addLink(app: App, needs: HttpNeeds): void {
  const perAddress = new Buckets(needs.limits.linkPerAddress, () => performance.now())
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (!perAddress.take(addressKey(request.ip))) throw limitReached(needs, null)
  }
  app.route({
    method: 'GET',
    url: routes.link,
    onRequest,
    handler: () => {
      throw new CodedError('not_found', 'this is a WebSocket')
    },
    wsHandler: (socket, request) => needs.serveLink(socket, request.ip),
  })
}

function limitReached(needs: HttpNeeds, workstation: string | null): CodedError {
  needs.limited(workstation)
  return new CodedError('rate_limited', 'too many requests; try again later')
}
