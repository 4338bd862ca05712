/** TLS to the vault: its own authority, pinned through the enrolment code; nothing else is accepted. */
import { createHash } from 'node:crypto'
import { Agent, request } from 'node:https'
import { CodedError } from '../../shared/contracts/contract.ts'
import { trustSchema, type Trust } from '../../shared/formats/trust.ts'

export interface HttpReply {
  status: number
  body: Buffer
}

const replyLimit = 4 * 1024 * 1024

/** An agent that trusts exactly this PEM authority; null: the system's authorities (a given certificate). */
export function createVaultAgent(tlsCa: string | null): Agent {
  return new Agent({ keepAlive: true, maxSockets: 4, minVersion: 'TLSv1.2', ...(tlsCa === null ? {} : { ca: tlsCa }) })
}

/** One HTTPS request. Throws CodedError('vault_away') when there is no answer within the deadline. */
export function ask(
  agent: Agent,
  url: string,
  options: { method: 'GET' | 'POST'; headers?: Record<string, string>; body?: Uint8Array; deadlineMs?: number },
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const away = (reason: string) => reject(new CodedError('vault_away', `the vault does not answer: ${reason}`))
    const call = request(url, {
      agent,
      method: options.method,
      headers: options.headers,
      timeout: options.deadlineMs ?? 30_000,
    })
    call.on('timeout', () => call.destroy(new Error('timeout')))
    call.on('error', (error) => away(error.message))
    call.on('response', (reply) => {
      const parts: Buffer[] = []
      let size = 0
      reply.on('data', (part: Buffer) => {
        size += part.length
        if (size > replyLimit) reply.destroy(new Error('the answer is too large'))
        else parts.push(part)
      })
      reply.on('error', (error) => away(error.message))
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(parts) }))
    })
    call.end(options.body)
  })
}

/** A coded error out of an error reply's body. */
export function refusal(reply: HttpReply): CodedError {
  try {
    const { error } = JSON.parse(reply.body.toString('utf8')) as { error?: { code?: unknown; message?: unknown } }
    if (typeof error?.code === 'string')
      return new CodedError(error.code, typeof error.message === 'string' ? error.message : error.code)
  } catch {
    // not ours: a proxy, or a vault of another version
  }
  return new CodedError('vault_refused', `the vault answered ${reply.status}`)
}

function pemFingerprint(pem: string): string {
  const base64 = pem.replace(/-----[^-]+-----/g, '').replace(/\s+/g, '')
  return createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')
}

/**
 * First contact: fetches the trust document over a connection that is not verified yet, and believes it only if its
 * authority is the one that the code names. The caller checks the root fingerprint (openTrust) and then connects anew.
 * Throws CodedError: vault_away, trust_other_ca, trust_malformed.
 */
export async function fetchTrust(gateway: string, caFingerprint: string | null, path: string): Promise<Trust> {
  const agent = new Agent({ minVersion: 'TLSv1.2', rejectUnauthorized: caFingerprint === null })
  try {
    const reply = await ask(agent, `${gateway}${path}`, { method: 'GET' })
    if (reply.status !== 200) throw refusal(reply)
    const trust = trustSchema.safeParse(JSON.parse(reply.body.toString('utf8')))
    if (!trust.success) throw new CodedError('trust_malformed', 'the vault sent no trust document')
    if (caFingerprint !== null && (trust.data.tlsCa === null || pemFingerprint(trust.data.tlsCa) !== caFingerprint)) {
      throw new CodedError('trust_other_ca', 'the vault shows another certificate authority than the enrolment code')
    }
    return trust.data
  } finally {
    agent.destroy()
  }
}
