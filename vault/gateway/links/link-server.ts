/** One WebSocket of a workstation from its first frame to its end: handshake, calls, life signs. */
import type { WebSocket } from 'ws'
import { answer, CodedError, requestSchema, type Handlers } from '../../../shared/contracts/contract.ts'
import { deviceContract } from '../../../shared/contracts/device.ts'
import { Buckets, type Rate } from '../http/limits.ts'
import { judgeHello, makeChallenge, type HandshakeNeeds } from './handshake.ts'
import { send, type Link } from './links.ts'

export interface LinkTiming {
  /** A hello has to come within this time. */
  helloMs: number
  /** Between two pings; a link that has not answered the last one is dead. */
  pingMs: number
  /** Requests of one link. */
  requests: Rate
}
export const linkTiming: LinkTiming = { helloMs: 10_000, pingMs: 20_000, requests: { burst: 2_000, perSecond: 200 } }
/** Requests of one link that have not been answered yet. */
const maxOpenRequests = 32

export interface LinkNeeds extends HandshakeNeeds {
  handlers: Handlers<typeof deviceContract, Link>
  /** The workstation has gone; not called for a link that was replaced. */
  ended(link: Link): void
  report(error: unknown): void
  timing: LinkTiming
}

/** Takes over an upgraded socket. Never throws; what is malformed ends this link with code 1008. */
export function serveLink(socket: WebSocket, address: string, needs: LinkNeeds): void {
  const { timing } = needs
  const requests = new Buckets(timing.requests, () => performance.now())
  const { challenge } = makeChallenge()
  let stage: 'hello' | 'judging' | 'live' | 'over' = 'hello'
  let link: Link | null = null
  let open = 0
  let answered = true

  const helloTimer = setTimeout(() => refuse('hello_late'), timing.helloMs)
  const pingTimer = setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, timing.pingMs)
  const refuse = (code: string, document: unknown = null): void => {
    if (stage === 'over') return
    stage = 'over'
    void send(socket, { refused: { code, document } }).then(() => socket.close(1008, code))
  }

  const greet = async (message: unknown): Promise<void> => {
    const verdict = await judgeHello(needs, challenge, message, socket, { address, alive: () => stage === 'judging' })
    if (verdict === null) return
    if ('refused' in verdict) return refuse(verdict.refused.code, verdict.refused.document)
    link = verdict.link
    stage = 'live'
    clearTimeout(helloTimer)
    await send(socket, verdict.welcome)
  }
  /** False from the moment on that the link is replaced or revoked, however long its socket takes to close. */
  const isLive = (one: Link): boolean => stage === 'live' && needs.links.find(one.workstation) === one
  const serve = async (message: unknown, live: Link): Promise<void> => {
    if (!isLive(live)) return
    if (!requests.take('')) return refuse('rate_limited')
    const request = requestSchema.safeParse(message)
    if (!request.success) return refuse('malformed')
    if (open >= maxOpenRequests) {
      const error = { code: 'busy', message: 'too many requests are open' }
      await send(socket, { re: request.data.id, ok: false, error })
      return
    }
    open++
    const reply = await answer(deviceContract, needs.handlers, live, message, needs.report)
    open--
    if (reply && isLive(live)) await send(socket, reply)
  }

  socket.on('message', (data, isBinary) => {
    const message = isBinary ? undefined : readJson(data)
    if (message === undefined) return refuse('malformed')
    if (stage === 'hello') {
      stage = 'judging'
      greet(message).catch((error: unknown) => {
        // Without a durable next secret there is no welcome; the workstation tries again later.
        if (!(error instanceof CodedError)) needs.report(error)
        refuse(error instanceof CodedError ? error.code : 'internal')
      })
    } else if (stage === 'live' && link) serve(message, link).catch(needs.report)
    else refuse('malformed')
  })
  socket.on('pong', () => {
    answered = true
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    stage = 'over'
    clearTimeout(helloTimer)
    clearInterval(pingTimer)
    if (link && needs.links.forget(link)) needs.ended(link)
  })
  void send(socket, { challenge })
}

function readJson(data: WebSocket.RawData): unknown {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
