/** Turns a fault request into what happens now and what waits for its moment. */
import type { FaultRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { CUT_AFTER_ACCEPT } from './account-side.ts'
import { sayUnknown } from './customer-side.ts'
import { BANNED } from './faults.ts'
import type { Account, Companion } from './people.ts'
import { pushHistory } from './phone-side.ts'
import type { World } from './world.ts'

/** `resend` with this value: the messages come inside a part of the history, pushed while the device is live. */
const IN_HISTORY = 1
/** What a device hears that is not linked (any more). */
const REFUSED = 401
const DEFAULT_RESTRICTION_S = 3600
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
    case 'expire-media':
    case 'cut-media':
    case 'view-once':
      account.faults.arm(kind, count, value)
      return
    case 'cut':
      return cut(account, count, value)
    case 'freeze':
      return freeze(account, count, value)
    case 'refuse':
      account.faults.refuse(value ?? REFUSED, count)
      return
    case 'ban':
      return ban(account, request)
    case 'kick':
    case 'revoke':
      for (const companion of account.companions.values()) remove(account, companion)
      return
    case 'restrict':
      account.faults.restrictedUntilS = value === 0 ? 0 : world.seconds() + (value ?? DEFAULT_RESTRICTION_S)
      return
    case 'replace':
      for (const connection of account.connections()) connection.endReplaced()
      return
    case 'unknown-kind':
      for (let left = count; left > 0; left -= 1) await sayUnknown(world, account)
      return
    case 'resend':
      if (value === IN_HISTORY) return world.inOrder(() => pushHistory(world, account, count))
      for (const { queue } of account.companions.values()) queue.resend(count)
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
