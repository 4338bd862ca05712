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
import { addBlobs, type BlobRoutes } from './blob-routes.ts'
import { addressKey, Buckets, type HttpLimits } from './limits.ts'
import { sendRefusal } from './refusals.ts'
import {
  announcedLength,
  createMemoryGate,
  limitReached,
  requireHolder,
  tokenHolder,
  type MemoryGate,
} from './upload-gate.ts'

const frameBytes = 256 * 1024
const enrolBytes = 64 * 1024
const requestMs = 300_000
const maxConnections = 8192

export type Gate = { admit?: (device: Device) => void; authentic?: (device: Device) => void; takesGap?: boolean }
export interface HttpNeeds {
  tls: { key: string; cert: string }
  limits: HttpLimits
  trust(): Trust | null
  enrol(request: EnrolRequest, address: string): Promise<EnrolReply>
  accept(bytes: Uint8Array, gate: Gate): Promise<BatchReply>
  blobs: BlobRoutes
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

export type App = FastifyInstance<TlsServer>

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
  const holdMemory = createMemoryGate(needs.limits)
  addBatches(app, needs, holdMemory)
  addBlobs(app, needs, holdMemory)
  addLink(app, needs)
  return app
}

function addEnrol(app: App, needs: HttpNeeds): void {
  const perAddress = new Buckets(needs.limits.enrolPerAddress, () => performance.now())
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (!perAddress.take(addressKey(request.ip))) throw limitReached(needs.limited, null)
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
function addBatches(app: App, needs: HttpNeeds, holdMemory: MemoryGate): void {
  const { limits } = needs
  const now = (): number => performance.now()
  const perAddress = new Buckets(limits.spoolPerAddress, now)
  const bytesPerAddress = new Buckets(limits.spoolBytesPerAddress, now)
  const perLedger = new Buckets(limits.spoolPerLedger, now)
  const bytesPerLedger = new Buckets(limits.spoolBytesPerLedger, now)
  const holders = new WeakMap<FastifyRequest, string>()

  const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const length = announcedLength(request, batchLimits.bytes, 'batch_too_large')
    const holder = tokenHolder(request, needs.findTokenHolder)
    if (holder) holders.set(request, holder)
    else {
      const key = addressKey(request.ip)
      if (!perAddress.take(key) || !bytesPerAddress.take(key, length)) throw limitReached(needs.limited, null)
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
        takesGap: true,
        authentic: ({ ledger, workstation }) => {
          if (!perLedger.take(ledger) || !bytesPerLedger.take(ledger, bytes.length))
            throw limitReached(needs.limited, workstation)
        },
      })
    })
  })
}

function addLink(app: App, needs: HttpNeeds): void {
  const perAddress = new Buckets(needs.limits.linkPerAddress, () => performance.now())
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    if (!perAddress.take(addressKey(request.ip))) throw limitReached(needs.limited, null)
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
