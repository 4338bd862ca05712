/** WhatsApp's media server: takes and gives encrypted files over HTTPS on loopback; it never sees a key. */
import { createServer, type Server } from 'node:https'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MediaKind } from '../../../shared/contracts/neutral-message.ts'
import { issueAuthority, issueServer } from '../../../vault/keeper/features/init/x509.ts'
import { MEDIA_PATHS, openFile, sealFile, sha256 } from './media-crypto.ts'
import type { SeededSource } from './seeded.ts'

const MAX_BODY_BYTES = 128 * 1024 * 1024
const PATH = /^\/(?:mms|o1\/v)\/(image|video|audio|document)\/([A-Za-z0-9_=-]{16,128})$/

/** What a message says of its file. */
export interface StoredFile {
  url: string
  directPath: string
  mediaKey: Buffer
  fileSha256: Buffer
  fileEncSha256: Buffer
  fileLength: number
}

export class MediaServer {
  readonly #source: SeededSource
  /** Encrypted files by their path. */
  readonly #files = new Map<string, Buffer>()
  /** Paths of what has expired and can be brought back, and of what is gone for good. */
  readonly #expired = new Map<string, 'for now' | 'for good'>()
  /** Paths of what phones have uploaded, in their order. */
  readonly #fromPhones: string[] = []
  readonly #partial = new Map<string, Buffer>()
  #server: Server | null = null
  #port = 0
  #folder: string | null = null
  /** How many transfers are still to be cut after half of them. */
  cutNext = 0

  constructor(source: SeededSource) {
    this.#source = source
  }

  async start(): Promise<void> {
    const authority = issueAuthority(Date.now())
    const server = issueServer(authority, ['127.0.0.1', 'localhost'], Date.now())
    this.#server = createServer({ cert: server.certificatePem, key: server.privateKeyPem }, (request, response) => {
      this.#handle(request, response).catch(() => response.destroy())
    })
    // The port stays over a restart, since messages name it.
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
    this.#folder ??= mkdtempSync(join(tmpdir(), 'sealdesk-whatsapp-'))
    writeFileSync(this.caFile, authority.certificatePem)
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (!server) return
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = null
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** PEM of the authority that clients must trust. */
  get caFile(): string {
    return join(this.#folder ?? tmpdir(), 'media-ca.pem')
  }

  /** A phone uploads a file. */
  put(kind: MediaKind, plain: Uint8Array): StoredFile {
    const mediaKey = this.#source.next('media-key', 32)
    const sealed = sealFile(plain, mediaKey, kind)
    const fileEncSha256 = sha256(sealed)
    const directPath = `/o1/v/${MEDIA_PATHS[kind]}/${fileEncSha256.toString('base64url')}`
    this.#files.set(directPath, sealed)
    this.#fromPhones.push(directPath)
    return {
      url: `https://${this.host}${directPath}`,
      directPath,
      mediaKey,
      fileSha256: sha256(plain),
      fileEncSha256,
      fileLength: plain.length,
    }
  }

  /** A phone downloads a file; null when there is none, or it does not fit its key. */
  open(kind: MediaKind, directPath: string, mediaKey: Uint8Array): Buffer | null {
    const sealed = this.#files.get(directPath.split('?')[0] ?? '')
    return sealed ? openFile(sealed, mediaKey, kind) : null
  }

  /** The newest files that phones have uploaded are gone, for good or until a phone is asked for them. */
  expireLast(count: number, forGood: boolean): void {
    for (const path of this.#fromPhones.slice(-count)) this.#expired.set(path, forGood ? 'for good' : 'for now')
  }

  /** A phone has uploaded it again; null: it has it no more. */
  renew(directPath: string): string | null {
    if (this.#expired.get(directPath) === 'for good' || !this.#files.has(directPath)) return null
    this.#expired.delete(directPath)
    return directPath
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://media')
    const match = PATH.exec(decodeURIComponent(url.pathname))
    if (!match?.[1] || !match[2]) return end(response, 404)
    if (request.method === 'GET') return this.#give(request, response, url.pathname)
    if (request.method !== 'POST') return end(response, 405)
    if (!url.searchParams.get('auth')) return end(response, 401)
    await this.#take(request, response, { type: match[1], token: match[2], query: url.searchParams })
  }

  #give(request: IncomingMessage, response: ServerResponse, path: string): void {
    const sealed = this.#files.get(path)
    if (!sealed) return end(response, 404)
    if (this.#expired.has(path)) return end(response, 410)
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const from = range ? Number(range[1]) : 0
    const to = range?.[2] ? Math.min(Number(range[2]), sealed.length - 1) : sealed.length - 1
    if (from > to) return end(response, 416)
    const body = sealed.subarray(from, to + 1)
    response.writeHead(range ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'content-length': body.length,
      ...(range ? { 'content-range': `bytes ${from}-${to}/${sealed.length}` } : {}),
    })
    if (this.cutNext > 0) {
      this.cutNext -= 1
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy())
      return
    }
    response.end(body)
  }

  /** The token is the hash of what is uploaded; `resume=1` asks how much is here, `file_offset` goes on from there. */
  async #take(
    request: IncomingMessage,
    response: ServerResponse,
    { type, token, query }: { type: string; token: string; query: URLSearchParams },
  ): Promise<void> {
    const name = token.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
    const path = `/o1/v/${type}/${name}`
    const answer = { url: `https://${this.host}${path}`, direct_path: path }
    if (query.get('resume') === '1') {
      if (this.#files.has(path)) return end(response, 200, { ...answer, resume: 'complete' })
      return end(response, 200, { resume: String(this.#partial.get(name)?.length ?? 0) })
    }
    const offset = Number(query.get('file_offset') ?? '0')
    const earlier = offset > 0 ? this.#partial.get(name) : Buffer.alloc(0)
    if (!earlier || earlier.length !== offset) return end(response, 416)
    const body = await this.#read(request, name, earlier)
    if (!body) return end(response, 413)
    if (sha256(body).toString('base64url') !== name) return end(response, 400)
    this.#partial.delete(name)
    this.#files.set(path, body)
    end(response, 200, answer)
  }

  async #read(request: IncomingMessage, name: string, earlier: Buffer): Promise<Buffer | null> {
    const chunks: Buffer[] = [earlier]
    let size = earlier.length
    const announced = Number(request.headers['content-length'] ?? '0')
    const isCut = this.cutNext > 0
    if (isCut) this.cutNext -= 1
    for await (const chunk of request) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size > MAX_BODY_BYTES) return null
      if (isCut && size >= announced / 2) {
        this.#partial.set(name, Buffer.concat(chunks))
        request.destroy()
        throw new Error('fault: cut')
      }
    }
    return Buffer.concat(chunks)
  }
}

function end(response: ServerResponse, status: number, body?: Record<string, string>): void {
  const text = JSON.stringify(body ?? {})
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
