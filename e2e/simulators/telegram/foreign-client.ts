/** Test support: mtcute, another people's client of an older layer, pointed at the simulator. */
import { createCipheriv, createDecipheriv, createHash, createHmac, pbkdf2, randomFillSync } from 'node:crypto'
import { connect as connectTcp, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { IntermediatePacketCodec, MemoryStorage, type ITelegramConnection, type TelegramTransport } from '@mtcute/core'
import { TelegramClient } from '@mtcute/core/client.js'
import { addPublicKey, BaseCryptoProvider, type ICryptoProvider } from '@mtcute/core/utils.js'
import { decryptIge, encryptIge } from './crypto.ts'

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

class NodeCrypto extends BaseCryptoProvider implements ICryptoProvider {
  randomFill(bytes: Uint8Array): void {
    randomFillSync(bytes)
  }
  sha1(data: Uint8Array): Uint8Array {
    return createHash('sha1').update(data).digest()
  }
  sha256(data: Uint8Array): Uint8Array {
    return createHash('sha256').update(data).digest()
  }
  hmacSha256(data: Uint8Array, key: Uint8Array): Uint8Array {
    return createHmac('sha256', key).update(data).digest()
  }
  pbkdf2(password: Uint8Array, salt: Uint8Array, rounds: number, length = 64, digest = 'sha512'): Promise<Uint8Array> {
    return promisify(pbkdf2)(password, salt, rounds, length, digest)
  }
  createAesCtr(key: Uint8Array, iv: Uint8Array, encrypt: boolean): { process(data: Uint8Array): Uint8Array } {
    const cipher = (encrypt ? createCipheriv : createDecipheriv)('aes-256-ctr', key, iv)
    return { process: (data) => cipher.update(data) }
  }
  createAesIge(key: Uint8Array, iv: Uint8Array): ReturnType<ICryptoProvider['createAesIge']> {
    return {
      encrypt: (data) => encryptIge(asBuffer(data), asBuffer(key), asBuffer(iv)),
      decrypt: (data) => decryptIge(asBuffer(data), asBuffer(key), asBuffer(iv)),
    }
  }
  gzip(data: Uint8Array, maxSize: number): Uint8Array | null {
    const packed = gzipSync(data)
    return packed.length > maxSize ? null : packed
  }
  gunzip(data: Uint8Array): Uint8Array {
    return gunzipSync(data)
  }
}

/** A socket as mtcute wants it: read and write with promises. */
function connectionOf(socket: Socket): ITelegramConnection {
  let waiting: Buffer = Buffer.alloc(0)
  let wake = (): void => undefined
  let ended = false
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk])
    wake()
  })
  const end = (): void => {
    ended = true
    wake()
  }
  socket.on('close', end).on('error', end)
  return {
    localAddress: null,
    remoteAddress: null,
    async read(into) {
      while (waiting.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve))
      // The client's loop ends with an error; after a read of nothing it would ask again for ever.
      if (waiting.length === 0) throw new Error('the line is closed')
      const length = waiting.copy(into)
      waiting = waiting.subarray(length)
      return length
    },
    write: (bytes) =>
      new Promise((resolve, reject) =>
        socket.write(Buffer.from(bytes), (error) => (error ? reject(error) : resolve())),
      ),
    close: () => void socket.destroy(),
  }
}

function transportTo(port: number): TelegramTransport {
  return {
    async connect() {
      const socket = connectTcp(port, '127.0.0.1')
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      return connectionOf(socket)
    },
    packetCodec: () => new IntermediatePacketCodec(),
  }
}

/** A client that keeps everything in memory; the caller destroys it. */
export function foreignClient(endpoints: { address: string; rsa: string }): TelegramClient {
  const crypto = new NodeCrypto()
  addPublicKey(crypto, endpoints.rsa)
  const port = Number(endpoints.address.split(':')[1])
  const dc = { ipAddress: '127.0.0.1', port, id: 2 }
  return new TelegramClient({
    apiId: 4711,
    apiHash: '0123456789abcdef0123456789abcdef',
    storage: new MemoryStorage(),
    crypto,
    transport: transportTo(port),
    defaultDcs: { main: dc, media: { ...dc, mediaOnly: true } },
    reconnectionStrategy: () => 50,
    updates: { catchUp: true },
    logLevel: 0,
    platform: {
      beforeExit: () => () => undefined,
      log: () => undefined,
      getDefaultLogLevel: () => 0,
      getDeviceModel: () => 'Foreign client',
    },
  })
}
