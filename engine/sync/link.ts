/** The authenticated WebSocket to the gateway: reconnects by itself, rotates the device secret, carries calls and pushes. */
import type { Agent } from 'node:https'
import type { KeyObject } from 'node:crypto'
import WebSocket from 'ws'
import { CodedError, createCaller, type Caller, type Client } from '../../shared/contracts/contract.ts'
import {
  challengeSchema,
  deviceContract,
  pushSchema,
  refusedSchema,
  routes,
  welcomeSchema,
  type Push,
} from '../../shared/contracts/device.ts'
import type { CaptureStatus } from '../../shared/contracts/host.ts'
import type { SignedDocument } from '../../shared/contracts/signed-document.ts'
import { frame } from '../../shared/formats/bytes.ts'
import { signFor } from '../../shared/formats/keys.ts'
import type { Profile } from '../profile.ts'

export interface LinkOptions {
  profile: Profile
  agent: Agent
  signingKey: KeyObject
  software: string
  capture?: CaptureStatus
  connected(welcome: { now: number; upTo: number }): void
  disconnected(): void
  push(push: Push): void
  /** The vault will not have this workstation; `revoked` comes with its signed document. The link does not try again by itself soon. */
  refused(code: string, document: SignedDocument | null): void
}

const timers = {
  set: (run: () => void, ms: number) => setTimeout(run, ms),
  clear: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
}
const silentMs = 45_000

export class Link {
  readonly #options: LinkOptions
  #socket: WebSocket | null = null
  #caller: Caller<typeof deviceContract> | null = null
  #token: string | null = null
  #timer: NodeJS.Timeout | null = null
  #watch: NodeJS.Timeout | null = null
  #backoffMs = 200
  #stopped = true

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** Bearer token of the live connection, or null. */
  get token(): string | null {
    return this.#token
  }
  get isConnected(): boolean {
    return this.#caller !== null
  }

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#connect()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#socket?.terminate()
    this.#gone()
  }

  /** Rejects with vault_away while there is no connection, else as deviceContract says. */
  readonly call: Client<typeof deviceContract> = (method, input) => {
    if (!this.#caller) return Promise.reject(new CodedError('vault_away', 'the vault is not connected'))
    return this.#caller.call(method, input)
  }

  #connect(): void {
    this.#timer = null
    const enrolled = this.#options.profile.find('enrolment.json')
    if (!enrolled || this.#stopped) return
    const url = `${enrolled.gateway.replace(/^https/, 'wss')}${routes.link}`
    const socket = new WebSocket(url, {
      agent: this.#options.agent,
      handshakeTimeout: 15_000,
      maxPayload: 32 * 1024 * 1024,
    })
    this.#socket = socket
    let welcomed = false
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (binary || this.#socket !== socket) return
      this.#alive()
      let message: unknown
      try {
        message = JSON.parse(data.toString('utf8'))
      } catch {
        return socket.close(1008)
      }
      try {
        if (welcomed) this.#receive(message)
        else welcomed = this.#greet(socket, enrolled.enrolment.workstation, message)
      } catch {
        // The next secret could not be stored (full disk), or a file of the profile is damaged: the old secret still counts.
        this.#options.refused('profile_not_writable', null)
        socket.terminate()
      }
    })
    socket.on('open', () => this.#alive())
    socket.on('ping', () => this.#alive())
    socket.on('error', () => {}) // close follows
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#gone()
      this.#again()
    })
  }

  /** A connection from which nothing has come for long is no connection: the gateway pings every 20 s. */
  #alive(): void {
    if (this.#watch) clearTimeout(this.#watch)
    this.#watch = setTimeout(() => this.#socket?.terminate(), silentMs)
  }

  #greet(socket: WebSocket, workstation: string, message: unknown): boolean {
    const challenge = challengeSchema.safeParse(message)
    if (challenge.success) {
      const deviceSecret = this.#options.profile.find('secret.json')!.deviceSecret
      const signed = frame([challenge.data.challenge, workstation, deviceSecret].map((text) => Buffer.from(text)))
      const signature = signFor('sealdesk/link/1', signed, this.#options.signingKey).toString('base64url')
      const { software, capture } = this.#options
      socket.send(JSON.stringify({ hello: { workstation, deviceSecret, software, capture, signature } }))
      return false
    }
    const refused = refusedSchema.safeParse(message)
    if (refused.success) {
      this.#backoffMs = 15_000
      this.#options.refused(refused.data.refused.code, refused.data.refused.document)
      return false
    }
    const welcome = welcomeSchema.safeParse(message)
    if (!welcome.success) {
      socket.close(1008)
      return false
    }
    const { token, nextDeviceSecret, now, upTo } = welcome.data.welcome
    this.#options.profile.write('secret.json', { deviceSecret: nextDeviceSecret })
    this.#token = token
    this.#backoffMs = 200
    this.#caller = createCaller(deviceContract, (request) => socket.send(JSON.stringify(request)), timers)
    this.#options.connected({ now, upTo })
    return true
  }

  #receive(message: unknown): void {
    if (this.#caller?.receive(message)) return
    const push = pushSchema.safeParse(message)
    if (push.success) this.#options.push(push.data)
  }

  #gone(): void {
    if (this.#watch) clearTimeout(this.#watch)
    this.#socket = null
    this.#token = null
    const caller = this.#caller
    this.#caller = null
    if (!caller) return
    caller.close({ code: 'vault_away', message: 'the connection to the vault ended' })
    this.#options.disconnected()
  }

  #again(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.#connect(), this.#backoffMs * (0.75 + Math.random() / 2))
    this.#backoffMs = Math.min(this.#backoffMs * 2, 15_000)
  }
}
