/** For tests: a keeper on the local socket and workstations on HTTPS and the link, over real sockets. */
import { request as httpsRequest } from 'node:https'
import { once } from 'node:events'
import { join } from 'node:path'
import WebSocket from 'ws'
import type { Handlers } from '../../shared/contracts/contract.ts'
import { gatewayContract, keeperContract } from '../../shared/contracts/keeper-link.ts'
import { frame } from '../../shared/formats/bytes.ts'
import { signFor } from '../../shared/formats/keys.ts'
import { connectLocal, type Peer } from '../local-socket.ts'
import type { TestCompany, TestDevice } from './test-company.ts'

/** Connects as the keeper and puts trust and policy. */
export async function connectKeeper(
  data: string,
  company: TestCompany,
  handlers: Partial<Handlers<typeof keeperContract>> = {},
): Promise<Peer<typeof gatewayContract>> {
  const refuse = (): never => {
    throw new Error('this test keeper does not answer that')
  }
  const peer = await connectLocal(join(data, 'gateway', 'gateway.sock'), {
    contract: keeperContract,
    handlers: {
      enrol: refuse,
      'device.call': refuse,
      'intake.grown': () => ({}),
      'blob.grown': () => ({}),
      ...handlers,
    },
    context: undefined,
    asks: gatewayContract,
    report: (error) => {
      throw error
    },
  })
  await peer.call('trust.put', { trust: company.trust })
  await peer.call('policy.put', { document: company.policy(1) })
  return peer
}

export async function putDevice(keeper: Peer<typeof gatewayContract>, device: TestDevice): Promise<void> {
  await keeper.call('device.put', { document: device.enrolment, deviceSecretHash: device.secretHash })
}

export interface HttpAnswer {
  status: number
  // What comes back is the subject of the tests; they compare it whole.
  body: unknown
  retryAfter: string | undefined
}

export function ask(
  url: string,
  ca: string,
  options: { method?: string; body?: Uint8Array; type?: string; token?: string; ticket?: string } = {},
): Promise<HttpAnswer> {
  const { method = 'GET', body, type = 'application/octet-stream', token, ticket } = options
  const headers: Record<string, string> = body ? { 'content-type': type, 'content-length': String(body.length) } : {}
  if (token) headers['authorization'] = `Bearer ${token}`
  if (ticket !== undefined) headers['x-sealdesk-blob'] = ticket
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { method, ca, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          body: text === '' ? null : JSON.parse(text),
          retryAfter: response.headers['retry-after'],
        })
      })
    })
    request.once('error', reject)
    request.end(body)
  })
}

export function postBatch(url: string, ca: string, body: Uint8Array, token?: string): Promise<HttpAnswer> {
  return ask(`${url}/v1/batches`, ca, { method: 'POST', body, ...(token ? { token } : {}) })
}

type Message = Record<string, unknown>
type Greeting = Pick<TestDevice, 'workstation' | 'signing'>

/** A raw link: messages are queued in order, `next` waits for one. */
export class TestLink {
  readonly socket: WebSocket
  readonly #queue: Message[] = []
  readonly #waiting: ((message: Message) => void)[] = []
  readonly closed: Promise<{ code: number; reason: string }>

  constructor(url: string, ca: string) {
    this.socket = new WebSocket(`${url.replace('https', 'wss')}/v1/link`, { ca })
    this.socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as Message
      const waiting = this.#waiting.shift()
      if (waiting) waiting(message)
      else this.#queue.push(message)
    })
    this.closed = once(this.socket, 'close').then(([code, reason]) => ({
      code: code as number,
      reason: String(reason),
    }))
    this.socket.on('error', () => undefined)
  }

  next(): Promise<Message> {
    const message = this.#queue.shift()
    return message ? Promise.resolve(message) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Answers the challenge and returns what comes back. */
  async greet(device: Greeting, deviceSecret: string, signedBy = device): Promise<Message> {
    const { challenge } = (await this.next()) as { challenge: string }
    const signed = frame([challenge, device.workstation, deviceSecret].map((part) => Buffer.from(part, 'ascii')))
    const signature = signFor('sealdesk/link/1', signed, signedBy.signing.privateKey).toString('base64url')
    this.send({ hello: { workstation: device.workstation, deviceSecret, software: 'test', signature } })
    return this.next()
  }
}

export interface OpenLink extends TestLink {
  token: string
  nextSecret: string
  upTo: number
}

/** Throws with the whole answer when the gateway does not say welcome. */
export async function openLink(url: string, ca: string, device: Greeting, secret: string): Promise<OpenLink> {
  const link = new TestLink(url, ca)
  const answer = await link.greet(device, secret)
  if (!('welcome' in answer)) throw new Error(JSON.stringify(answer))
  const { token, nextDeviceSecret, upTo } = answer['welcome'] as {
    token: string
    nextDeviceSecret: string
    upTo: number
  }
  return Object.assign(link, { token, nextSecret: nextDeviceSecret, upTo })
}
