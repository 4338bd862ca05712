/** Test support: the unmodified `telegram` package pointed at the simulator. */
import { createHash, createPublicKey } from 'node:crypto'
import { Api, TelegramClient } from 'telegram'
import { _serverKeys } from 'telegram/crypto/RSA.js'
import { Logger, PromisedNetSockets } from 'telegram/extensions/index.js'
import { LogLevel } from 'telegram/extensions/Logger.js'
import { readBigIntFromBuffer } from 'telegram/Helpers.js'
import { ConnectionTCPFull, ConnectionTCPObfuscated } from 'telegram/network/index.js'
import { StringSession } from 'telegram/sessions/index.js'
import { TlWriter } from './tl-codec.ts'

export const API_ID = 4711
export const API_HASH = '0123456789abcdef0123456789abcdef'

/** The fingerprint that the library looks a key up by, computed from the PEM alone. */
function fingerprintOf(n: Buffer, e: Buffer): bigint {
  const bytes = new TlWriter().bytes(n).bytes(e).result()
  return createHash('sha1').update(bytes).digest().readBigInt64LE(12)
}

/** Lets the library trust the simulator's RSA key. */
export function trustKey(pem: string): void {
  const jwk = createPublicKey(pem).export({ format: 'jwk' })
  const [n, e] = [Buffer.from(jwk.n ?? '', 'base64url'), Buffer.from(jwk.e ?? '', 'base64url')]
  _serverKeys.set(fingerprintOf(n, e).toString(), { n: readBigIntFromBuffer(n, false), e: 65537 })
}

/** The library cannot save a port above 32767, and the simulator's is of no use to it: the socket class knows where to go. */
class PortlessSession extends StringSession {
  override setDC(dcId: number, serverAddress: string, _port: number): void {
    super.setDC(dcId, serverAddress, 443)
  }
}

interface LibraryClientOptions {
  endpoints: { address: string; rsa: string }
  /** A saved StringSession; default: a fresh one. */
  session?: string
  obfuscated?: boolean
}

/** The library repeats a refused key exchange on the same socket, which is closed by then: as the channel, a dead one counts as none. */
class LiveConnection extends ConnectionTCPFull {
  override isConnected(): boolean {
    return super.isConnected() && !('closed' in this.socket && this.socket.closed === true)
  }
}

/** A client that is not connected yet. The library stores ports above 32767 wrongly, so the socket class redirects. */
export function libraryClient({
  endpoints,
  session: saved = '',
  obfuscated = false,
}: LibraryClientOptions): TelegramClient {
  trustKey(endpoints.rsa)
  const port = Number(endpoints.address.split(':')[1])
  class SimulatorSocket extends PromisedNetSockets {
    override connect(): Promise<unknown> {
      return super.connect(port, '127.0.0.1')
    }
  }
  const session = new PortlessSession(saved)
  session.setDC(2, '127.0.0.1', 443)
  return new TelegramClient(session, API_ID, API_HASH, {
    baseLogger: new Logger(LogLevel.NONE),
    connection: obfuscated ? ConnectionTCPObfuscated : LiveConnection,
    connectionRetries: 5,
    floodSleepThreshold: 0,
    networkSocket: SimulatorSocket,
    requestRetries: 1,
    retryDelay: 50,
    securityChecks: true,
  } as ConstructorParameters<typeof TelegramClient>[3])
}

/** Logs a connected client in with phone and code. */
export async function logIn(
  client: TelegramClient,
  phone: string,
  codeOf: (phone: string) => string | null,
): Promise<void> {
  const settings = new Api.CodeSettings({})
  const sent = await client.invoke(
    new Api.auth.SendCode({ phoneNumber: phone, apiId: API_ID, apiHash: API_HASH, settings }),
  )
  if (!(sent instanceof Api.auth.SentCode)) throw new Error('no code was sent')
  const phoneCode = codeOf(phone) ?? ''
  await client.invoke(new Api.auth.SignIn({ phoneNumber: phone, phoneCodeHash: sent.phoneCodeHash, phoneCode }))
  await client.updateManager.catchUp()
}
