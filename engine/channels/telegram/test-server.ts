/** Leads the library to a simulator on loopback; packaged builds get test-server.closed.ts in this module's place. */
import { createHash, createPublicKey } from 'node:crypto'
import type { PromisedNetSockets } from 'telegram/extensions/index.js'
import type * as Rsa from 'telegram/crypto/RSA.js'
import type { TelegramEndpoint } from '../channel.ts'

type SocketClass = typeof PromisedNetSockets
type ServerKeys = (typeof Rsa)['_serverKeys']
type ServerKey = ServerKeys extends Map<string, infer K> ? K : never
type ToInteger = (bytes: Buffer) => ServerKey['n']

/** The given socket class, but every connection goes to the endpoint, whatever address the library asks for. */
export function testSocket(base: SocketClass, endpoint: TelegramEndpoint): SocketClass {
  return class extends base {
    override connect(): ReturnType<PromisedNetSockets['connect']> {
      return super.connect(endpoint.port, endpoint.host)
    }
  }
}

/** Makes the library accept the endpoint's key in key exchanges. */
export function trustTestServer(rsa: typeof Rsa, endpoint: TelegramEndpoint, toInteger: ToInteger): void {
  const jwk = createPublicKey(endpoint.rsaPublicKey).export({ format: 'jwk' })
  if (jwk.kty !== 'RSA' || !jwk.n || !jwk.e) throw new Error('the test server key is not an RSA key')
  const n = Buffer.from(jwk.n, 'base64url')
  const e = Buffer.from(jwk.e, 'base64url')
  const digest = createHash('sha1')
    .update(Buffer.concat([tlBytes(n), tlBytes(e)]))
    .digest()
  rsa._serverKeys.set(digest.readBigInt64LE(12).toString(), {
    n: toInteger(n),
    e: Number.parseInt(e.toString('hex'), 16),
  })
}

/** TL's `bytes`: length prefix, content, zeros up to a multiple of four. */
function tlBytes(content: Buffer): Buffer {
  const head =
    content.length < 254
      ? Buffer.from([content.length])
      : Buffer.from([254, content.length & 255, (content.length >> 8) & 255, content.length >> 16])
  const length = head.length + content.length
  return Buffer.concat([head, content, Buffer.alloc((4 - (length % 4)) % 4)])
}
