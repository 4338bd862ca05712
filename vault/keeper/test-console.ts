/** For tests: people who are signed in to a test vault's console and call its API as the page does. */
import type { IncomingHttpHeaders } from 'node:http'
import { consoleContract } from '../../shared/contracts/console.ts'
import { CodedError, type Output } from '../../shared/contracts/contract.ts'
import type { z } from 'zod'
import type { Role } from '../../shared/domain/people.ts'
import { totpCode, totpStepMs } from './features/people/totp.ts'
import type { NewLogin } from './features/people/service.ts'
import type { TestVault } from './test-vault.ts'

/** The list with no filter. */
export const anyConversation: Query = {
  account: null,
  employee: null,
  team: null,
  channel: null,
  from: null,
  until: null,
  group: null,
  waiting: false,
  text: '',
  order: 'newest',
  after: null,
  limit: 100,
}

export interface Session {
  cookie: string
  csrf: string
}
type Methods = typeof consoleContract

export class TestConsole {
  readonly vault: TestVault
  readonly session: Session

  private constructor(vault: TestVault, session: Session) {
    this.vault = vault
    this.session = session
  }

  /** The code that the person's authenticator shows now. */
  static codeOf(vault: TestVault, login: NewLogin): string {
    return totpCode(fromBase32(login.totp), Math.floor(vault.clock.time / totpStepMs))
  }

  static async signIn(vault: TestVault, login: NewLogin): Promise<TestConsole> {
    vault.clock.time += totpStepMs
    const { name, password } = login
    const input = { name, password, totp: TestConsole.codeOf(vault, login) }
    const { status, headers, body } = await post(vault, 'session.signIn', input)
    if (status !== 200) throw new Error(`sign-in was answered ${status}: ${JSON.stringify(body)}`)
    const cookie = String(headers['set-cookie']).split(';')[0]!
    return new TestConsole(vault, { cookie, csrf: (body as { csrf: string }).csrf })
  }

  static async as(
    vault: TestVault,
    role: Exclude<Role, 'salesperson'>,
    team: string | null = null,
  ): Promise<TestConsole> {
    const { login } = await vault.keeper.people.add('local', { name: `${role} ${Math.random()}`, role, team })
    return TestConsole.signIn(vault, login!)
  }

  /** Conversations, with no filter but the given ones. */
  list(query: Partial<Query>): Promise<Output<Methods, 'conversations.list'>> {
    return this.call('conversations.list', { ...anyConversation, ...query })
  }

  /** Throws CodedError as the page's client does. */
  async call<M extends keyof Methods>(method: M, input: z.input<Methods[M]['input']>): Promise<Output<Methods, M>> {
    const { cookie, csrf } = this.session
    const { status, body } = await post(this.vault, method, input as object, { cookie, 'x-sealdesk-csrf': csrf })
    const { error } = body as { error?: { code: string; message: string } }
    if (status !== 200) throw new CodedError(error?.code ?? String(status), error?.message ?? 'no words')
    return consoleContract[method].output.parse(body) as Output<Methods, M>
  }
}

type Query = z.input<Methods['conversations.list']['input']>

function post(
  vault: TestVault,
  method: string,
  input: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown; headers: IncomingHttpHeaders }> {
  return vault.post(vault.running!.consoleUrl!, `/api/${method}`, input, headers)
}

function fromBase32(text: string): Buffer {
  const bits = [...text]
    .map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0'))
    .join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}
