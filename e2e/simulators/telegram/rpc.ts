/** From a request's bytes to a result: unwraps invokeWithLayer and its kin, checks the login, calls the method, encodes. */
import type { Authorization } from './auth-keys.ts'
import type { Exchange } from './exchange.ts'
import type { FaultBook } from './faults.ts'
import type { FileStore } from './files.ts'
import type { GroupDesk } from './group-desk.ts'
import { loginMethods } from './methods/login.ts'
import { contactMethods } from './methods/contacts.ts'
import { changeMethods } from './methods/changes.ts'
import { dialogMethods } from './methods/dialogs.ts'
import { groupMethods } from './methods/groups.ts'
import { mediaMethods } from './methods/media.ts'
import { sendingMethods } from './methods/sending.ts'
import { serviceMethods } from './methods/service.ts'
import { updateMethods } from './methods/updates.ts'
import { isAtHome, tellMove, type LoginDesk } from './login-desk.ts'
import type { Poll, SimulatorAccount } from './model.ts'
import type { MtprotoServer } from './mtproto-server.ts'
import type { UpdatePusher } from './pusher.ts'
import type { RpcOutcome, Session } from './session.ts'
import { encodeTl, TlError, TlReader, TlWriter, type TlObject, type TlValue } from './tl-codec.ts'
import { bytesOf, intOf, longOf, longsOf, RpcError, textOf } from './tl-fields.ts'
import { NEWEST_LAYER, simulatorSchema, type TlConstructor } from './tl-schema.ts'
import type { WireLog } from './wire-log.ts'
import type { TelegramWorld } from './world.ts'

/** What every method may use. */
interface RpcWorld {
  world: TelegramWorld
  server: MtprotoServer
  desk: LoginDesk
  faults: FaultBook
  wire: WireLog
  pusher: UpdatePusher
  files: FileStore
  exchange: Exchange
  groups: GroupDesk
  newPoll: (poll: Pick<Poll, 'question' | 'options' | 'multiple' | 'publicVoters'>) => Poll
  port: () => number
}

export interface RpcContext extends RpcWorld {
  device: Authorization
  session: Session
  /** A method may let its result be lost, or the line break before it leaves. */
  delivery: RpcOutcome['delivery']
  /** Name of the type that the called form of the method answers with: it changed over the layers. */
  result: string
}

export type Method = (query: TlObject, context: RpcContext) => TlValue
/** A method that needs a login gets the account. */
type AccountMethod = (query: TlObject, account: SimulatorAccount, context: RpcContext) => TlValue

export interface MethodTable {
  open: Record<string, Method>
  account: Record<string, AccountMethod>
}

const TABLES = [
  loginMethods,
  contactMethods,
  dialogMethods,
  sendingMethods,
  changeMethods,
  mediaMethods,
  groupMethods,
  serviceMethods,
  updateMethods,
]
const OPEN = new Map(TABLES.flatMap((table) => Object.entries(table.open)))
const ACCOUNT = new Map(TABLES.flatMap((table) => Object.entries(table.account)))
/** What an armed refusal of reads strikes. */
const READS = /^(messages|channels|updates|users|contacts|upload)\.(get(?!State)|search|resolve)/
/** Deeper wrapping than any client uses. */
const MAX_WRAPPERS = 12

interface Unwrapped {
  definition: TlConstructor
  query: TlObject
}

function readFunction(bytes: Buffer): Unwrapped {
  const id = bytes.length >= 4 ? bytes.readUInt32LE() : 0
  const definition = simulatorSchema().find(id)
  if (!definition?.isFunction) throw new RpcError(400, 'METHOD_INVALID')
  return { definition, query: new TlReader(bytes).object() }
}

function waitFor(session: Session, ids: bigint[]): void {
  if (ids.some((id) => session.failedRequests.has(id))) throw new RpcError(400, 'MSG_WAIT_FAILED')
}

/** Calls that belong to a key, not to a session that wants updates. */
const KEYED = new Set(['auth.bindTempAuthKey', 'auth.importAuthorization'])

/** Reads wrapper after wrapper, noting what each says about the device, until the method itself. */
function unwrap(bytes: Buffer, device: Authorization, session: Session): Unwrapped {
  let current = readFunction(bytes)
  let wantsUpdates = true
  for (let depth = 0; depth < MAX_WRAPPERS; depth++) {
    const { query } = current
    if (query._ === 'invokeWithLayer') device.layer = intOf(query, 'layer')
    else if (query._ === 'initConnection') noteDevice(query, device)
    else if (query._ === 'invokeWithoutUpdates') wantsUpdates = false
    else if (query._ === 'invokeAfterMsg') waitFor(session, [longOf(query, 'msg_id')])
    else if (query._ === 'invokeAfterMsgs') waitFor(session, longsOf(query, 'msg_ids'))
    else {
      if (wantsUpdates && !session.key.imported && !KEYED.has(current.query._)) session.receivesUpdates = true
      return current
    }
    current = readFunction(bytesOf(query, 'query'))
  }
  throw new RpcError(400, 'INPUT_REQUEST_TOO_LONG')
}

function noteDevice(query: TlObject, device: Authorization): void {
  device.device = {
    apiId: intOf(query, 'api_id'),
    deviceModel: textOf(query, 'device_model'),
    systemVersion: textOf(query, 'system_version'),
    appVersion: textOf(query, 'app_version'),
  }
}

function call(unwrapped: Unwrapped, context: RpcContext): TlValue {
  const { device } = context
  const { name } = unwrapped.definition
  const open = OPEN.get(name)
  if (device.dead && device.refusal) throw new RpcError(device.refusal.code, device.refusal.message)
  if (device.layer === null && name !== 'auth.bindTempAuthKey') throw new RpcError(400, 'CONNECTION_NOT_INITED')
  if (open) return open(unwrapped.query, context)
  if (device.refusal) throw new RpcError(device.refusal.code, device.refusal.message)
  const method = ACCOUNT.get(name)
  if (!device.account) throw new RpcError(401, 'AUTH_KEY_UNREGISTERED')
  if (device.account.banned) throw new RpcError(401, 'USER_DEACTIVATED_BAN')
  if (!method) throw new RpcError(400, 'METHOD_INVALID')
  const { key } = context.session
  if (!key.imported && name !== 'auth.exportAuthorization' && !isAtHome(key, device.account))
    tellMove('USER', device.account, context.server.keys.count)
  const waitSeconds = READS.test(name) ? context.faults.take(device.account.info.id, 'read-flood') : null
  if (waitSeconds !== null) throw new RpcError(420, `FLOOD_WAIT_${waitSeconds}`)
  device.activeAt = context.server.now()
  return method(unwrapped.query, device.account, context)
}

function rpcError(error: unknown, context: RpcContext): Buffer {
  if (error instanceof RpcError)
    return encodeTl({ _: 'rpc_error', error_code: error.code, error_message: error.message })
  if (error instanceof TlError) return encodeTl({ _: 'rpc_error', error_code: 400, error_message: 'INPUT_FETCH_FAIL' })
  context.server.reportBug(error)
  return encodeTl({ _: 'rpc_error', error_code: 500, error_message: 'INTERNAL_SERVER_ERROR' })
}

/** Executes one API request. Never throws: what goes wrong becomes an rpc_error. */
export function executeRpc(rpcWorld: RpcWorld, session: Session, bytes: Buffer): RpcOutcome {
  const device = session.key.authorization
  const context: RpcContext = { ...rpcWorld, device, session, delivery: 'send', result: '' }
  let name = 'unknown'
  try {
    const unwrapped = unwrap(bytes, device, session)
    name = unwrapped.definition.name
    const { result } = unwrapped.definition
    context.result = result.kind === 'object' ? result.name : ''
    const value = call(unwrapped, context)
    logCall(context, name)
    const body = new TlWriter(device.layer ?? NEWEST_LAYER).value(unwrapped.definition.result, value, name).result()
    return { body, failed: false, delivery: context.delivery }
  } catch (error) {
    logCall(context, error instanceof RpcError ? `${name} ${error.message}` : name)
    return { body: rpcError(error, context), failed: true, delivery: context.delivery }
  }
}

function logCall(context: RpcContext, detail: string): void {
  const { device, session } = context
  context.wire.add({
    account: device.account?.info.id ?? null,
    connection: session.connection?.number ?? 0,
    event: 'rpc',
    detail,
  })
}
