/** The media servers (CDN): HTTPS on loopback with an authority of their own; uploads whole or resumed, downloads with ranges. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueAuthority, issueServer } from '../../../vault/keeper/features/init/x509.ts'
import { sha256 } from './media-crypto.ts'
import type { Blob, MediaStore } from './media-store.ts'
import type { Account } from './people.ts'

const MAX_UPLOAD_BYTES = 2 * 1024 ** 3
const UPLOAD_KINDS = new Set([
  'image',
  'video',
  'document',
  'audio',
  'ptt',
  'sticker',
  'thumbnail-link',
  'md-app-state',
])
/** Parts of uploads that were interrupted; each is kept for its resumption. */
const MAX_PARTIAL = 64

/** `expire-media` with this value: the phone cannot upload it again. */
const GONE_FOR_GOOD = 1

export interface MediaAccounts {
  /** Who this token was given to. */
  byToken(auth: string): Account | undefined
  byId(id: string): Account | undefined
}

interface Upload {
  account: Account
  /** `<kind>/<hash>` */
  name: string
  hash: Buffer
  query: URLSearchParams
}

export class MediaServer {
  readonly #store: MediaStore
  readonly #accounts: MediaAccounts
  readonly #authorityPem: string
  readonly #server: Server
  readonly #partial = new Map<string, Buffer>()
  readonly #finished = new Map<string, string>()
  #folder: string | null = null
  #port = 0

  constructor(store: MediaStore, accounts: MediaAccounts) {
    this.#store = store
    this.#accounts = accounts
    const now = Date.now()
    const authority = issueAuthority(now)
    const server = issueServer(authority, ['127.0.0.1', 'localhost'], now)
    this.#authorityPem = authority.certificatePem
    this.#server = createServer({ cert: server.certificatePem, key: server.privateKeyPem }, (request, response) => {
      this.#answer(request, response).catch(() => request.destroy())
    })
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** PEM file of the authority; '' while the server does not run. */
  get caFile(): string {
    return this.#folder === null ? '' : join(this.#folder, 'media-ca.pem')
  }

  /** The same port again after a stop where it is still free. */
  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), 'sealdesk-media-'))
    writeFileSync(this.caFile, this.#authorityPem)
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP address')
    this.#port = address.port
    this.#store.host = `127.0.0.1:${address.port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = null
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://127.0.0.1')
    if (request.method === 'GET' || request.method === 'HEAD') return this.#download(url, request, response)
    if (request.method !== 'POST') return reply(response, 405, { error: 'method not allowed' })
    const upload = this.#readUpload(url)
    if (typeof upload === 'number') {
      request.resume()
      return reply(response, upload, { error: 'refused' })
    }
    if (upload.query.get('resume') === '1') return this.#resume(upload, request, response)
    await this.#upload(upload, request, response)
  }

  /** A status code when the address or the right to upload is wrong. */
  #readUpload(url: URL): Upload | number {
    const [, mms, kind = '', token = ''] = url.pathname.split('/')
    if (mms !== 'mms' || !UPLOAD_KINDS.has(kind)) return 404
    const account = this.#accounts.byToken(url.searchParams.get('auth') ?? '')
    if (!account) return 401
    const hash = Buffer.from(decodeURIComponent(token).replaceAll('-', '+').replaceAll('_', '/'), 'base64')
    if (hash.length !== 32) return 400
    return { account, name: `${kind}/${hash.toString('hex')}`, hash, query: url.searchParams }
  }

  /** Tells how far an interrupted upload came: `complete` with its place, or the number of bytes that are here. */
  #resume(upload: Upload, request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    const directPath = this.#finished.get(upload.name)
    if (directPath !== undefined) reply(response, 200, { resume: 'complete', ...this.#place(directPath) })
    else reply(response, 200, { resume: this.#partial.get(upload.name)?.length ?? 0 })
  }

  async #upload(upload: Upload, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const earlier = this.#earlierPart(upload)
    if (!earlier) return reply(response, 416, { error: 'not that far yet' })
    const length = Number(request.headers['content-length'] ?? NaN)
    const isCut = upload.account.faults.take('cut-media') !== null
    const { socket } = request
    const parts: Buffer[] = [earlier]
    let size = 0
    for await (const part of request as AsyncIterable<Buffer>) {
      parts.push(part)
      size += part.length
      if (earlier.length + size > MAX_UPLOAD_BYTES) return reply(response, 413, { error: 'too large' })
      if (isCut && size >= (Number.isNaN(length) ? 1 : length / 2)) break
    }
    const bytes = Buffer.concat(parts)
    if (isCut) {
      this.#keepPart(upload, Number.isNaN(length) ? bytes : bytes.subarray(0, earlier.length + Math.floor(length / 2)))
      socket.destroy()
      return
    }
    if (!sha256(bytes).equals(upload.hash)) {
      this.#partial.delete(upload.name)
      return reply(response, 400, { error: 'the name is not the hash of the file' })
    }
    this.#partial.delete(upload.name)
    const blob = this.#store.put(bytes, [upload.account.id])
    this.#finished.set(upload.name, blob.directPath)
    reply(response, 200, this.#place(blob.directPath))
  }

  /** What an upload goes on from; undefined when it starts behind what is here. */
  #earlierPart({ name, query }: Upload): Buffer | undefined {
    const offset = Number(query.get('file_offset') ?? 0)
    const part = this.#partial.get(name) ?? Buffer.alloc(0)
    return Number.isSafeInteger(offset) && offset >= 0 && offset <= part.length ? part.subarray(0, offset) : undefined
  }

  #keepPart({ name }: Upload, bytes: Buffer): void {
    this.#partial.set(name, bytes)
    const [oldest] = this.#partial.keys()
    if (this.#partial.size > MAX_PARTIAL && oldest !== undefined) this.#partial.delete(oldest)
  }

  #place(directPath: string): { url: string; direct_path: string } {
    return { url: `https://${this.#store.host ?? ''}${directPath}`, direct_path: directPath }
  }

  #expire(blob: Blob, owners: Account[]): void {
    const fault = owners.map(({ faults }) => faults.take('expire-media')).find((taken) => taken !== null)
    if (!fault) return
    blob.gone = true
    blob.lost = fault.value === GONE_FOR_GOOD
  }

  #download(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const blob = this.#store.find(url.pathname)
    if (!blob) return reply(response, 404, { error: 'not found' })
    const owners = [...blob.accounts].flatMap((id) => this.#accounts.byId(id) ?? [])
    this.#expire(blob, owners)
    if (blob.gone) return reply(response, 410, { error: 'gone' })
    const range = readRange(request.headers.range, blob.bytes.length)
    if (range === null) {
      response.setHeader('content-range', `bytes */${blob.bytes.length}`)
      return reply(response, 416, { error: 'no such range' })
    }
    const body = blob.bytes.subarray(range.from, range.to)
    const isPart = request.headers.range !== undefined
    response.writeHead(isPart ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'content-length': body.length,
      'accept-ranges': 'bytes',
      ...(isPart ? { 'content-range': `bytes ${range.from}-${range.to - 1}/${blob.bytes.length}` } : {}),
    })
    const isCut = request.method === 'GET' && owners.some(({ faults }) => faults.take('cut-media') !== null)
    if (isCut) response.write(body.subarray(0, body.length / 2), () => setTimeout(() => response.destroy(), 20))
    else response.end(request.method === 'HEAD' ? undefined : body)
  }
}

/** One range of bytes, `to` excluded; null when it lies outside. Other forms of the header count as no range. */
function readRange(header: string | undefined, size: number): { from: number; to: number } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return { from: 0, to: size }
  if (match[1] === '') return { from: Math.max(size - Number(match[2]), 0), to: size }
  const from = Number(match[1])
  const to = match[2] === '' ? size : Math.min(Number(match[2]) + 1, size)
  return from < size && from < to ? { from, to } : null
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
