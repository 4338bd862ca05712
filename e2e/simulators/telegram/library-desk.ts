/** Test support: a simulator with one account and two customers, and the unmodified `telegram` package logged in to it. */
import { Api, type TelegramClient } from 'telegram'
import { BinaryReader } from 'telegram/extensions/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { expect, vi } from 'vitest'
import type { Details, Entity, MediaKind, MessageKind } from '../../../shared/contracts/neutral-message.ts'
import type { ChangeRequest, FaultRequest, SayRequest } from '../provider.ts'
import { libraryClient, logIn } from './library-client.ts'
import { plainSay } from './say-request.ts'
import { TelegramSimulator } from './simulator.ts'

export const ACCOUNT_PHONE = '493012345678'
export const WAIT = { timeout: 8000, interval: 20 }

interface Saying {
  kind?: MessageKind
  text?: string
  entities?: Entity[]
  reply?: string
  details?: Details
  bytes?: Uint8Array
  group?: string
  fromPhone?: boolean
}

export class LibraryDesk {
  readonly simulator: TelegramSimulator
  readonly #clients: TelegramClient[] = []
  offsetMs = 0
  /** So far the clock moves on with each look at it. */
  stepMs = 0

  private constructor() {
    this.simulator = new TelegramSimulator({
      clock: { now: () => Date.now() + (this.offsetMs += this.stepMs) },
      seed: 7,
    })
  }

  static async open(): Promise<LibraryDesk> {
    const desk = new LibraryDesk()
    await desk.simulator.start(0)
    desk.simulator.addAccount({ id: 'tg-1', name: 'Telegram Main', phone: ACCOUNT_PHONE })
    desk.simulator.addCustomer({ id: 'ana', name: 'Ana Souza', phone: '5511912345678', language: 'pt' })
    desk.simulator.addCustomer({ id: 'li', name: '李伟', phone: '8613912345678', language: 'zh' })
    return desk
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()))
    await this.simulator.stop()
  }

  async connect(session = ''): Promise<TelegramClient> {
    const client = libraryClient({ endpoints: this.simulator.endpoints(), session })
    this.#clients.push(client)
    await client.connect()
    return client
  }

  async loggedIn(phone = ACCOUNT_PHONE): Promise<TelegramClient> {
    const client = await this.connect()
    await logIn(client, phone, (number) => this.simulator.lastCode(number))
    return client
  }

  say(customer: string, saying: Saying): Promise<string> {
    const { kind = 'text', text = '', entities = [], reply = null, details = null, bytes, group, fromPhone } = saying
    const request: SayRequest = {
      ...plainSay(customer, 'tg-1', text),
      kind,
      entities,
      reply,
      details,
      media: bytes ? { kind: kind as MediaKind, bytes } : null,
      group: group ?? null,
      ...(fromPhone === undefined ? {} : { fromPhone }),
    }
    return this.simulator.say(request)
  }

  change(customer: string, target: string, change: ChangeRequest['change'], group?: string): Promise<string> {
    return this.simulator.change({ customer, account: 'tg-1', group: group ?? null, change, target })
  }

  fault(kind: FaultRequest['kind'], value?: number): Promise<void> {
    return this.simulator.fault({ kind, account: 'tg-1', ...(value === undefined ? {} : { value }) })
  }

  async peer(client: TelegramClient, name: string): Promise<Api.InputPeerUser> {
    const phone = this.simulator.customers().find((one) => one.id === name)?.phone ?? ''
    const found = await client.invoke(new Api.contacts.ResolvePhone({ phone }))
    const user = found.users[0] as Api.User
    return new Api.InputPeerUser({ userId: user.id, accessHash: user.accessHash ?? returnBigInt('0') })
  }
}

/** Everything that reaches a client's handlers, in its order. */
export function updatesOf(client: TelegramClient): {
  all: Api.TypeUpdate[]
  /** Waits for the first update of this class that came and fits. */
  next<T>(name: string, fits?: (update: T) => boolean): Promise<T>
} {
  const all: Api.TypeUpdate[] = []
  client.addEventHandler((update: Api.TypeUpdate) => void all.push(update))
  const next = async <T>(name: string, fits: (update: T) => boolean = () => true): Promise<T> =>
    vi.waitFor(() => {
      const found = all.find((update) => update.className === name && fits(update as T))
      if (!found) return expect.unreachable(`no ${name} yet`)
      return found as T
    }, WAIT)
  return { all, next }
}

export async function errorOf(call: Promise<unknown>): Promise<{ code: number; errorMessage: string }> {
  const error = await call.then(
    () => expect.unreachable('the call was accepted'),
    (reason: unknown) => reason as { code: number; errorMessage: string },
  )
  return { code: error.code, errorMessage: error.errorMessage }
}

/** The TL object of a row as the library reads it. */
export function rawOf<T>(row: { raw: string } | undefined): T {
  return new BinaryReader(Buffer.from(row?.raw ?? '', 'base64')).tgReadObject() as T
}

export function id(number: bigint | number | string): ReturnType<typeof returnBigInt> {
  return returnBigInt(String(number))
}
