/** Methods around logging in and out: codes, QR tokens, temporary keys, the list of an account's devices. */
import { decryptMessageV1 } from '../crypto.ts'
import type { Authorization } from '../auth-keys.ts'
import { isAtHome, revoke, tellMove } from '../login-desk.ts'
import type { SimulatorAccount } from '../model.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import { TlError, TlReader, type TlObject } from '../tl-codec.ts'
import { checkPassword, passwordQuestion } from '../srp.ts'
import { bytesOf, intOf, longOf, objectOf, RpcError, textOf } from '../tl-fields.ts'
import { userObject } from '../tl-objects.ts'
import { viewOf } from './peers.ts'

/** A session younger than this may not end others. */
const FRESH_MS = 24 * 3_600_000

function authorized(context: RpcContext, account: SimulatorAccount): TlObject {
  context.device.known.add(account.user)
  return { _: 'auth.authorization', user: userObject(viewOf(account, context), account.user) }
}

function requireApiId(query: TlObject): void {
  if (intOf(query, 'api_id') <= 0) throw new RpcError(400, 'API_ID_INVALID')
}

function sentCode(phone: string, context: RpcContext): TlObject {
  const { hash, length } = context.desk.sendCode(phone)
  return { _: 'auth.sentCode', type: { _: 'auth.sentCodeTypeApp', length }, phone_code_hash: hash, timeout: 60 }
}

function sendCode(query: TlObject, context: RpcContext): TlObject {
  requireApiId(query)
  const phone = textOf(query, 'phone_number')
  const account = context.world.accountByPhone(phone.replace(/\D/g, ''))
  if (account && !isAtHome(context.session.key, account)) tellMove('PHONE', account, context.server.keys.count)
  return sentCode(phone, context)
}

function resendCode(query: TlObject, context: RpcContext): TlObject {
  context.desk.cancelCode(textOf(query, 'phone_code_hash'))
  return sentCode(textOf(query, 'phone_number'), context)
}

function signIn(query: TlObject, context: RpcContext): TlObject {
  const [phone, hash, code] = ['phone_number', 'phone_code_hash', 'phone_code'].map((field) => textOf(query, field))
  const account = context.desk.checkCode(phone ?? '', hash ?? '', code ?? '')
  if (!account) return { _: 'auth.authorizationSignUpRequired' }
  if (account.banned) throw new RpcError(400, 'PHONE_NUMBER_BANNED')
  context.desk.enter(context.device, account)
  return authorized(context, account)
}

function answerPassword(query: TlObject, context: RpcContext): TlObject {
  const account = context.device.passwordFor ?? context.device.account
  const answer = objectOf(query, 'password')
  if (!account?.password || answer._ !== 'inputCheckPasswordSRP') throw new RpcError(400, 'PASSWORD_HASH_INVALID')
  const proof = { srpId: longOf(answer, 'srp_id'), a: bytesOf(answer, 'A'), proof: bytesOf(answer, 'M1') }
  const outcome = checkPassword(account.password, proof)
  if (outcome === 'unknown-exchange') throw new RpcError(400, 'SRP_ID_INVALID')
  if (outcome === 'wrong') throw new RpcError(400, 'PASSWORD_HASH_INVALID')
  if (!context.device.account) context.desk.logIn(context.device, account)
  return authorized(context, account)
}

function exportLoginToken(query: TlObject, context: RpcContext): TlObject {
  requireApiId(query)
  return loginToken(context)
}

function loginToken(context: RpcContext): TlObject {
  const { account } = context.device
  if (account) return { _: 'auth.loginTokenSuccess', authorization: authorized(context, account) }
  const made = context.desk.exportToken(context.device)
  if ('expiresAt' in made)
    return { _: 'auth.loginToken', expires: Math.floor(made.expiresAt / 1000), token: made.token }
  const { acceptedBy, token } = made
  if (!isAtHome(context.session.key, acceptedBy)) {
    acceptedBy.moveTold ??= context.server.keys.count
    return { _: 'auth.loginTokenMigrateTo', dc_id: acceptedBy.homeDc ?? 0, token }
  }
  return success(token, context)
}

function success(token: Buffer, context: RpcContext): TlObject {
  const account = context.desk.redeemToken(token)
  context.desk.enter(context.device, account)
  return { _: 'auth.loginTokenSuccess', authorization: authorized(context, account) }
}

/** After auth.loginTokenMigrateTo, on a line to the other data centre. */
function importLoginToken(query: TlObject, context: RpcContext): TlObject {
  return success(bytesOf(query, 'token'), context)
}

function exportAuthorization(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const dc = intOf(query, 'dc_id')
  if (dc < 1 || dc > 5 || dc === context.session.key.dc) throw new RpcError(400, 'DC_ID_INVALID')
  const bytes = context.desk.exportAuthorization(context.device)
  return { _: 'auth.exportedAuthorization', id: BigInt(account.user.id), bytes }
}

function importAuthorization(query: TlObject, context: RpcContext): TlObject {
  const { account } = context.desk.importAuthorization(context.session.key, bytesOf(query, 'bytes'))
  if (!account || BigInt(account.user.id) !== longOf(query, 'id')) throw new RpcError(400, 'USER_ID_INVALID')
  return authorized(context, account)
}

function logOut(_query: TlObject, context: RpcContext): TlObject {
  context.device.account = null
  return { _: 'auth.loggedOut' }
}

/** Ties a temporary key (perfect forward secrecy) to the authorization of its permanent key, after checking the proof. */
function bindTempAuthKey(query: TlObject, context: RpcContext): boolean {
  const permanent = context.server.keys.find(longOf(query, 'perm_auth_key_id'), context.server.now())
  const key = context.session.key
  const message = bytesOf(query, 'encrypted_message')
  const plain = permanent && message.length > 24 ? decryptMessageV1(permanent.key, message.subarray(8)) : null
  const inner = plain && plain.length > 32 ? readBinding(plain) : null
  const proven =
    inner?._ === 'bind_auth_key_inner' &&
    longOf(inner, 'nonce') === longOf(query, 'nonce') &&
    longOf(inner, 'temp_auth_key_id') === key.id &&
    longOf(inner, 'perm_auth_key_id') === permanent?.id &&
    longOf(inner, 'temp_session_id') === context.session.id
  if (!permanent || !proven || key.expiresAt === null) throw new RpcError(400, 'ENCRYPTED_MESSAGE_INVALID')
  Object.assign(key, { authorization: permanent.authorization, permanent, imported: permanent.imported })
  return true
}

function readBinding(plain: Buffer): TlObject | null {
  try {
    return new TlReader(plain.subarray(32)).object()
  } catch (error) {
    if (error instanceof TlError) return null
    throw error
  }
}

function passwordState(_query: TlObject, context: RpcContext): TlObject {
  const password = (context.device.account ?? context.device.passwordFor)?.password
  return {
    ...(password ? passwordQuestion(password) : {}),
    _: 'account.password',
    new_algo: { _: 'passwordKdfAlgoUnknown' },
    new_secure_algo: { _: 'securePasswordKdfAlgoUnknown' },
    secure_random: Buffer.alloc(0),
  }
}

function authorizationObject(device: Authorization, current: Authorization): TlObject {
  const own = device === current
  return {
    _: 'authorization',
    current: own,
    hash: own ? 0n : device.hash,
    device_model: device.device?.deviceModel ?? 'Unknown',
    platform: 'Desktop',
    system_version: device.device?.systemVersion ?? '',
    api_id: device.device?.apiId ?? 0,
    app_name: 'Telegram client',
    app_version: device.device?.appVersion ?? '',
    date_created: Math.floor(device.createdAt / 1000),
    date_active: Math.floor(device.activeAt / 1000),
    ip: '127.0.0.1',
    country: 'Brazil',
    region: '',
  }
}

function getAuthorizations(_query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const devices = context.server.keys.authorizationsOf(account)
  const authorizations = devices.map((device) => authorizationObject(device, context.device))
  return { _: 'account.authorizations', authorization_ttl_days: 180, authorizations }
}

function requireOldEnough(context: RpcContext): void {
  if (context.server.now() - context.device.createdAt < FRESH_MS)
    throw new RpcError(406, 'FRESH_RESET_AUTHORISATION_FORBIDDEN')
}

function resetAuthorization(query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
  const hash = longOf(query, 'hash')
  const device = context.server.keys.authorizationsOf(account).find((one) => one.hash === hash)
  if (!device || device === context.device) throw new RpcError(400, 'HASH_INVALID')
  requireOldEnough(context)
  revoke(device)
  return true
}

function resetOthers(_query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
  requireOldEnough(context)
  for (const device of context.server.keys.authorizationsOf(account)) if (device !== context.device) revoke(device)
  return true
}

function acceptLoginToken(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const device = context.desk.acceptToken(bytesOf(query, 'token'), account)
  context.pusher.notify(device, { _: 'updateLoginToken' })
  return authorizationObject(device, context.device)
}

export const loginMethods: MethodTable = {
  open: {
    'auth.sendCode': sendCode,
    'auth.resendCode': resendCode,
    'auth.cancelCode': (query, context) => {
      context.desk.cancelCode(textOf(query, 'phone_code_hash'))
      return true
    },
    'auth.signIn': signIn,
    'auth.signUp': () => {
      throw new RpcError(400, 'PHONE_NUMBER_INVALID')
    },
    'auth.checkPassword': answerPassword,
    'auth.exportLoginToken': exportLoginToken,
    'auth.importLoginToken': importLoginToken,
    'auth.importAuthorization': importAuthorization,
    'auth.bindTempAuthKey': bindTempAuthKey,
    'account.getPassword': passwordState,
  },
  account: {
    'auth.logOut': (query, _account, context) => logOut(query, context),
    'auth.exportAuthorization': exportAuthorization,
    'auth.acceptLoginToken': acceptLoginToken,
    'auth.resetAuthorizations': resetOthers,
    'account.getAuthorizations': getAuthorizations,
    'account.resetAuthorization': resetAuthorization,
    'account.updateStatus': () => true,
    'account.registerDevice': () => true,
  },
}
