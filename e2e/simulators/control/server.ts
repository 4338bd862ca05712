/** The control API's HTTP server: loopback only, JSON in and canonical JSON out, coded errors, the clock as a stream. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { canonicalJson } from '../../../shared/formats/canonical-json.ts'
import { SimulatorError } from '../provider.ts'
import type { RouteContext } from './input.ts'
import { ROUTES } from './routes.ts'

/** Room for a message text of 10 MB, escaped. */
const MAX_BODY_BYTES = 16 * 1024 * 1024
/** The clock stream says the time this often even when nobody moved it, so that a listener notices a dead line. */
const CLOCK_HEARTBEAT_MS = 15_000

type ErrorCode = SimulatorError['code'] | 'too_large' | 'wrong_method' | 'forbidden' | 'internal'

const STATUS: Record<ErrorCode, number> = {
  bad_request: 400,
  forbidden: 403,
  not_found: 404,
  wrong_method: 405,
  too_large: 413,
  internal: 500,
  unsupported: 501,
}

class RequestError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

interface ControlServer {
  url: string
  stop(): Promise<void>
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new RequestError('too_large', 'a body has at most 16 MB')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}')
  } catch {
    throw new RequestError('bad_request', 'the body is not JSON')
  }
}

/** A web page that lets its own name point to loopback must not reach this server. */
function checkHost(request: IncomingMessage): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (host !== '127.0.0.1' && host !== 'localhost') throw new RequestError('forbidden', 'loopback names only')
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return
  const bytes = Buffer.from(canonicalJson(body))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}

function sendError(response: ServerResponse, error: unknown): void {
  const known = error instanceof SimulatorError || error instanceof RequestError
  const code = known ? error.code : 'internal'
  if (!known) console.error('control API:', error)
  if (code === 'too_large') response.setHeader('connection', 'close')
  send(response, STATUS[code], { error: { code, message: known ? error.message : 'the simulator has a bug' } })
}

function streamClock(response: ServerResponse, { clock }: RouteContext): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const say = (): void => void response.write(`data: ${JSON.stringify({ now: clock.now() })}\n\n`)
  const forget = clock.onMove(say)
  const heartbeat = setInterval(say, CLOCK_HEARTBEAT_MS)
  response.on('close', () => {
    clearInterval(heartbeat)
    forget()
  })
  say()
}

async function answer(request: IncomingMessage, response: ServerResponse, context: RouteContext): Promise<void> {
  checkHost(request)
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const method = request.method ?? 'GET'
  const route = ROUTES.get(`${method} ${url.pathname}`)
  if (!route) {
    const elsewhere = ['GET', 'POST'].some((other) => ROUTES.has(`${other} ${url.pathname}`))
    if (elsewhere) throw new RequestError('wrong_method', `${method} is not a method of ${url.pathname}`)
    throw new RequestError('not_found', `there is no ${url.pathname}`)
  }
  const wantsStream = (request.headers.accept ?? '').includes('text/event-stream')
  if (method === 'GET' && url.pathname === '/clock' && wantsStream) return streamClock(response, context)
  const input = method === 'GET' ? Object.fromEntries(url.searchParams) : await readBody(request)
  send(response, 200, await route(input, context))
}

/** Listens on 127.0.0.1 at the port (0: any). */
export async function startControlServer(context: RouteContext, port: number): Promise<ControlServer> {
  const server = createServer((request, response) => {
    answer(request, response, context).catch((error: unknown) => sendError(response, error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
