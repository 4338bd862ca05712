import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { blobPieceBytes, blobTicketSchema } from '../../shared/contracts/device.ts'
import { generateRawKeyPair, privateKeyObject } from '../../shared/formats/keys.ts'
import { MediaStore, signTicket } from '../media/store.ts'
import { BlobUploader } from './blob-uploader.ts'
import { createVaultAgent } from './tls.ts'

const signingKey = privateKeyObject('ed25519', generateRawKeyPair('ed25519').privateKey)
let tls: string
let certificate: string
let folder: string
let store: MediaStore
let vault: Vault
let uploader: BlobUploader

/** Keeps what comes like a gateway does: appended where it is durable, complete when the ticket's hash fits. */
class Vault {
  readonly server: Server
  readonly files = new Map<string, Buffer>()
  readonly asked: string[] = []
  /** Answers the next requests instead. */
  readonly refuse: (() => [status: number, body: object])[] = []

  constructor() {
    const files = { key: readFileSync(join(tls, 'key.pem')), cert: readFileSync(join(tls, 'cert.pem')) }
    this.server = createServer(files, (request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'https://localhost')
        const [status, body] = this.#answer(url, String(request.headers['x-sealdesk-blob']), Buffer.concat(parts))
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
    })
  }

  #answer(url: URL, header: string, piece: Buffer): [number, object] {
    const offset = Number(url.searchParams.get('offset'))
    this.asked.push(`${url.pathname} ${offset} ${piece.length}`)
    const refused = this.refuse.shift()
    if (refused) return refused()
    const ticket = blobTicketSchema.parse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8')))
    const held = this.files.get(ticket.blob) ?? Buffer.alloc(0)
    if (offset !== held.length)
      return [409, { error: { code: 'blob_offset', message: 'elsewhere' }, bytes: held.length }]
    const whole = Buffer.concat([held, piece])
    this.files.set(ticket.blob, whole)
    const complete = whole.length === ticket.bytes
    if (complete && createHash('sha256').update(whole).digest('hex') !== ticket.sha256)
      return [422, { error: { code: 'blob_damaged', message: 'another hash' } }]
    return [200, { bytes: whole.length, complete }]
  }
}

beforeAll(() => {
  tls = mkdtempSync(join(tmpdir(), 'sealdesk-tls-'))
  execFileSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost'
      .split(' ')
      .concat([
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        join(tls, 'key.pem'),
        '-out',
        join(tls, 'cert.pem'),
      ]),
    { stdio: 'ignore' },
  )
  certificate = readFileSync(join(tls, 'cert.pem'), 'utf8')
})
afterAll(() => rmSync(tls, { recursive: true, force: true }))

let up: (blob: string) => void
let troubles: (string | null)[]
let troubled: () => void
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-blobs-'))
  store = new MediaStore(join(folder, 'media'))
  vault = new Vault()
  vault.server.listen(0, '127.0.0.1')
  await once(vault.server, 'listening')
  up = () => {}
  troubled = () => {}
  troubles = []
  uploader = new BlobUploader({
    store,
    agent: createVaultAgent(certificate),
    gateway: `https://127.0.0.1:${(vault.server.address() as AddressInfo).port}`,
    token: () => null,
    acknowledged: (blob) => up(blob),
    trouble: (code) => {
      troubles.push(code)
      troubled()
    },
  })
})
afterEach(() => {
  uploader.stop()
  vault.server.close()
  vault.server.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

async function keep(name: string, bytes: number): Promise<void> {
  const part = await store.begin(name, randomBytes(32))
  await part.write(randomBytes(bytes))
  const file = await part.finish()
  store.keep(name, signTicket('ledger', file, signingKey))
}

const acknowledged = (count: number): Promise<string[]> =>
  new Promise((resolve) => {
    const all: string[] = []
    up = (blob) => {
      all.push(blob)
      if (all.length === count) resolve(all)
    }
  })

test('a file goes up in pieces by its ticket, and its ticket goes when the vault has it', async () => {
  await keep('large', blobPieceBytes + 1000)
  const done = acknowledged(1)
  uploader.changed()
  await done
  expect(vault.asked.map((line) => line.split(' ')[1])).toEqual(['0', String(blobPieceBytes)])
  expect(vault.files.get('large')).toEqual(readFileSync(join(folder, 'media', 'large.blob')))
  expect(store.listOut(10)).toEqual([])
})

test('an upload goes on where the vault stands', async () => {
  await keep('cut', blobPieceBytes + 1000)
  vault.files.set('cut', readFileSync(join(folder, 'media', 'cut.blob')).subarray(0, 100_000))
  const done = acknowledged(1)
  uploader.changed()
  await done
  expect(vault.asked.map((line) => line.split(' ')[1])).toEqual(['0', '100000'])
})

test('a refused file does not hold up the others, and a busy vault is tried again', async () => {
  await keep('a', 1000)
  await keep('b', 1000)
  vault.refuse.push(() => [503, { error: { code: 'busy', message: 'later' } }])
  vault.refuse.push(() => [422, { error: { code: 'blob_damaged', message: 'no' } }])
  const done = acknowledged(2)
  uploader.changed()
  expect((await done).toSorted()).toEqual(['a', 'b'])
  expect(troubles.slice(0, 2)).toEqual(['busy', 'blob_damaged'])
})

test('a ticket without its file is put away', async () => {
  await keep('a', 1000)
  rmSync(join(folder, 'media', 'a.blob'))
  const quiet = new Promise<void>((resolve) => (troubled = resolve))
  uploader.changed()
  await quiet
  expect([store.listOut(10), vault.asked, troubles]).toEqual([[], [], [null]])
})
