/** The console's API as its page uses it: sign-in with password and one-time code, then calls with cookie and token. */
import { request } from 'node:https'
import { totpCode, totpStepMs } from '../../vault/keeper/features/people/totp.ts'
import type { Login } from './vault.ts'

interface Answer {
  status: number
  cookie: string | null
  body: Record<string, unknown>
}

export class ConsoleClient {
  readonly #url: string
  readonly #headers: Record<string, string>

  private constructor(url: string, headers: Record<string, string>) {
    this.#url = url
    this.#headers = headers
  }

  /** Rejects when the keeper refuses the login; a code counts once, so at most one sign-in of a person in 30 s. `now`: the keeper's time, epoch ms. */
  static async signIn(url: string, login: Login, now = Date.now()): Promise<ConsoleClient> {
    const totp = totpCode(fromBase32(login.totp), Math.floor(now / totpStepMs))
    const input = { name: login.name, password: login.password, totp }
    const { status, cookie, body } = await post(`${url}/api/session.signIn`, input, {})
    if (status !== 200 || cookie === null) throw new Error(`sign-in was answered ${status}: ${JSON.stringify(body)}`)
    return new ConsoleClient(url, { cookie, 'x-sealdesk-csrf': String(body['csrf']) })
  }

  async call(method: string, input: object): Promise<Record<string, unknown>> {
    const { status, body } = await post(`${this.#url}/api/${method}`, input, this.#headers)
    if (status !== 200) throw new Error(`${method} was answered ${status}: ${JSON.stringify(body)}`)
    return body
  }

  /** Codes of the alerts that stand in the overview. */
  async alerts(): Promise<string[]> {
    const { alerts } = (await this.call('overview.get', {})) as { alerts: { code: string }[] }
    return alerts.map(({ code }) => code)
  }
}

function fromBase32(text: string): Buffer {
  const digits = [...text].map((digit) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit))
  const bits = digits.map((digit) => digit.toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => parseInt(eight, 2)))
}

function post(url: string, input: object, headers: Record<string, string>): Promise<Answer> {
  const body = JSON.stringify(input)
  const { origin } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method: 'POST',
        // The vault's own authority; that it is pinned is tested where workstations connect.
        rejectUnauthorized: false,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), origin, ...headers },
      },
      (reply) => {
        const parts: Buffer[] = []
        reply.on('data', (part: Buffer) => parts.push(part))
        reply.on('error', reject)
        reply.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8')
          const cookie = reply.headers['set-cookie']?.[0]?.split(';')[0] ?? null
          resolve({
            status: reply.statusCode ?? 0,
            cookie,
            body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
          })
        })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}
