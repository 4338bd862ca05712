/** Turns a fault request into what happens now and what waits for its moment. */
import type { FaultRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { CUT_AFTER_ACCEPT } from './account-side.ts'
import { BANNED } from './faults.ts'
import { pushUnknownKind } from './say.ts'
import type { Account, Companion, World } from './world.ts'

/** From here a value of `cut` is a stream error's code. */
const FIRST_STREAM_ERROR = 400

/** Throws SimulatorError: unsupported kinds and senseless numbers. */
export async function applyFault(world: World, account: Account, request: FaultRequest): Promise<void> {
  const { kind, value } = request
  const count = request.count ?? 1
  if (!Number.isInteger(count) || count < 0) throw new SimulatorError('bad_request', 'count is a number from 0')
  if (value !== undefined && !(Number.isInteger(value) && value >= 0)) {
    throw new SimulatorError('bad_request', 'value is a number from 0')
  }
  switch (kind) {
    case 'drop-ack':
    case 'delay':
    case 'duplicate':
    case 'reorder':
    case 'bad-mac':
    case 'nack':
    case 'flood':
    case 'view-once':
      account.faults.arm(kind, count, value)
      return
    case 'cut':
      return cut(account, count, value)
    case 'freeze':
      return freeze(account, count, value)
    case 'ban':
      return ban(account, request)
    case 'kick':
    case 'revoke':
      for (const companion of account.companions.values()) remove(account, companion)
      return
    case 'replace':
      for (const connection of account.connections()) connection.endReplaced()
      return
    case 'resend':
      for (const { queue } of account.companions.values()) queue.resend(count)
      return
    case 'expire-media':
      world.media.expireLast(count, value === 1)
      return
    case 'cut-media':
      world.media.cutNext += count
      return
    case 'unknown-kind':
      for (let n = 0; n < count; n++) await pushUnknownKind(world, account)
      return
    default:
      throw new SimulatorError('unsupported', `WhatsApp has no fault ${kind}`)
  }
}

/** Now, and again after the next logins; value 1: between accepting and acknowledging; from 400: by a stream error. */
function cut(account: Account, count: number, value: number | undefined): void {
  const connections = account.connections()
  if (value === CUT_AFTER_ACCEPT) {
    account.faults.arm('cut', count, CUT_AFTER_ACCEPT)
    return
  }
  if (value !== undefined && value >= FIRST_STREAM_ERROR) {
    for (const connection of connections) connection.endWithCode(value)
    return
  }
  for (const connection of connections) connection.cut('fault: cut')
  account.faults.arm('cut', connections.length > 0 ? count - 1 : count, undefined)
}

function freeze(account: Account, count: number, durationMs: number | undefined): void {
  const connections = account.connections()
  for (const connection of connections) connection.freeze(durationMs)
  account.faults.arm('freeze', connections.length > 0 ? count - 1 : count, durationMs)
}

/** 403 for good; with a value that code for `count` logins; value 0 lifts the ban. */
function ban(account: Account, { value, count }: FaultRequest): void {
  if (value === 0) {
    account.faults.refuse(null, 0)
    return
  }
  account.faults.refuse(value ?? BANNED, value === undefined ? Infinity : (count ?? 1))
  for (const connection of account.connections()) connection.endWithCode(value ?? BANNED)
}

function remove(account: Account, companion: Companion): void {
  account.companions.delete(companion.device)
  companion.queue.detach()
  companion.connection?.endRemoved()
}
