/** What every upload passes before its body is read: whose token it shows, how long it says that it is, and whether there is memory for it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CodedError } from '../../../shared/contracts/contract.ts'
import type { Device } from '../devices/devices.ts'
import { ByteBudget, type HttpLimits } from './limits.ts'

/** Takes the bytes of a body out of the budgets until its reply is over. `address` is null where a token was shown. Throws CodedError('busy'). */
export type MemoryGate = (address: string | null, bytes: number, reply: FastifyReply) => void

export function createMemoryGate(limits: HttpLimits): MemoryGate {
  const known = new ByteBudget(limits.bodies)
  const spool = new ByteBudget(limits.spoolBodies)
  const spoolByAddress = new ByteBudget(limits.spoolBodiesPerAddress)
  return (address, bytes, reply) => {
    if (address === null) {
      reply.raw.once('close', known.take('', bytes))
      return
    }
    reply.raw.once('close', spoolByAddress.take(address, bytes))
    reply.raw.once('close', spool.take('', bytes))
  }
}

/** Throws CodedError('token_refused') for a token that is not alive; null where none is given. */
export function tokenHolder(request: FastifyRequest, find: (token: string) => string | null): string | null {
  const header = request.headers.authorization
  if (header === undefined) return null
  const token = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(header)?.[1]
  const holder = token ? find(token) : null
  if (!holder) throw new CodedError('token_refused', 'the token is not the one of a live link')
  return holder
}

export function requireHolder(device: Device, holder: string): void {
  if (device.workstation !== holder) throw new CodedError('token_refused', 'the token belongs to another workstation')
}

/** Where the length is not announced, the most that the route takes. Throws CodedError 'bad_input' or `code`. */
export function announcedLength(request: FastifyRequest, most: number, code: string): number {
  const length = Number(request.headers['content-length'] ?? most)
  if (!Number.isSafeInteger(length) || length < 0) throw new CodedError('bad_input', 'the length is malformed')
  if (length > most) throw new CodedError(code, `at most ${most} bytes are taken at once`)
  return length
}

export function limitReached(limited: (workstation: string | null) => void, workstation: string | null): CodedError {
  limited(workstation)
  return new CodedError('rate_limited', 'too many requests; try again later')
}
