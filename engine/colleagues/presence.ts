/** What colleagues do now in the conversations that are shared with them, and telling them what is done here. Nothing of it is kept. */
import type { Client } from '../../shared/contracts/contract.ts'
import { colleagueSchema, presenceMs, type Colleague, type deviceContract } from '../../shared/contracts/device.ts'
import { openSealed, seal, type OpeningKey } from '../../shared/formats/seal.ts'
import type { Cache } from '../cache/database.ts'
import { findConversationWith, findIdentityById, type ConversationRow } from '../cache/people.ts'

export interface PresenceOptions {
  cache: Cache
  call: Client<typeof deviceContract>
  sealKey(): Uint8Array
  openingKey(): OpeningKey
  /** Somebody came, does something else, or has gone. */
  changed(conversation: number): void
}

export interface Doing {
  employee: string
  name: string
  doing: 'viewing' | 'typing'
}

export class Presences {
  readonly #options: PresenceOptions
  /** By conversation and workstation; each goes by itself when it is not said again. */
  readonly #there = new Map<number, Map<string, { doing: Doing; timer: NodeJS.Timeout }>>()

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** Throws FormatError, or ZodError, for what is not from the keeper. */
  told(sealed: string): void {
    const { cache, openingKey } = this.#options
    const body = openSealed(Buffer.from(sealed, 'base64url'), openingKey(), 'colleague')
    const colleague = colleagueSchema.parse(JSON.parse(body.toString('utf8')))
    const conversation = findConversationWith(cache, colleague.account, colleague.peer)
    if (conversation) this.#put(conversation.id, colleague)
  }

  #put(conversation: number, { workstation, employee, name, doing }: Colleague): void {
    const here = this.#there.get(conversation) ?? new Map()
    this.#there.set(conversation, here)
    const before = here.get(workstation)
    if (before) clearTimeout(before.timer)
    if (doing === 'none') here.delete(workstation)
    else {
      const gone = (): void => {
        here.delete(workstation)
        this.#options.changed(conversation)
      }
      here.set(workstation, { doing: { employee, name, doing }, timer: setTimeout(gone, presenceMs) })
    }
    if (before?.doing.doing !== (doing === 'none' ? undefined : doing)) this.#options.changed(conversation)
  }

  /** Who is in this conversation now; each person once, typing before viewing. */
  of(conversation: number): Doing[] {
    const byEmployee = new Map<string, Doing>()
    for (const { doing } of this.#there.get(conversation)?.values() ?? []) {
      if (byEmployee.get(doing.employee)?.doing !== 'typing') byEmployee.set(doing.employee, doing)
    }
    return [...byEmployee.values()]
  }

  /** Conversations in which somebody is. */
  list(): number[] {
    return [...this.#there].filter(([, here]) => here.size > 0).map(([conversation]) => conversation)
  }

  /** Throws CodedError as desk.presence, vault_away. */
  async tell(row: Pick<ConversationRow, 'account' | 'identity'>, doing: 'viewing' | 'typing' | 'none'): Promise<void> {
    const { cache, call, sealKey } = this.#options
    const peer = findIdentityById(cache, row.identity)!.address
    const body = Buffer.from(JSON.stringify({ account: row.account, peer, doing }), 'utf8')
    await call('desk.presence', { sealed: seal(body, sealKey(), 'presence').toString('base64url') })
  }

  stop(): void {
    for (const here of this.#there.values()) for (const { timer } of here.values()) clearTimeout(timer)
    this.#there.clear()
  }
}
