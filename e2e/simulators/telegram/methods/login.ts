/** Methods around logging in and out: codes, QR tokens, temporary keys, the list of an account's devices. */
import { decryptMessageV1 } from '../crypto.ts'
import type { Authorization } from '../auth-keys.ts'
import { revoke } from '../login-desk.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import { TlError, TlReader, type TlObject } from '../tl-codec.ts'
import { bytesOf, intOf, longOf, RpcError, textOf } from '../tl-fields.ts'
import { userObject } from '../tl-objects.ts'
import type { SimulatorAccount } from '../world.ts'

function authorized(context: RpcContext, account: SimulatorAccount): TlObject {
  context.device.knownUsers.add(account.user.id)
  return { _: 'auth.authorization', user: userObject(context.world, account, account.user) }
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
  return sentCode(textOf(query, 'phone_number'), context)
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
  context.desk.logIn(context.device, account)
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
  if (made) return { _: 'auth.loginToken', expires: Math.floor(made.expiresAt / 1000), token: made.token }
  return loginToken(context)
}

/** Only needed after a move to another data centre, of which this simulator has one; answers like exportLoginToken. */
function importLoginToken(query: TlObject, context: RpcContext): TlObject {
  bytesOf(query, 'token')
  return loginToken(context)
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
  key.authorization = permanent.authorization
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

function passwordState(): TlObject {
  return {
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

function resetAuthorization(query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
  const hash = longOf(query, 'hash')
  const device = context.server.keys.authorizationsOf(account).find((one) => one.hash === hash)
  if (!device || device === context.device) throw new RpcError(400, 'HASH_INVALID')
  revoke(device)
  return true
}

function resetOthers(_query: TlObject, account: SimulatorAccount, context: RpcContext): boolean {
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
    'auth.checkPassword': () => {
      throw new RpcError(400, 'PASSWORD_HASH_INVALID')
    },
    'auth.exportLoginToken': exportLoginToken,
    'auth.importLoginToken': importLoginToken,
    'auth.bindTempAuthKey': bindTempAuthKey,
    'account.getPassword': passwordState,
  },
  account: {
    'auth.logOut': (query, _account, context) => logOut(query, context),
    'auth.acceptLoginToken': acceptLoginToken,
    'auth.resetAuthorizations': resetOthers,
    'account.getAuthorizations': getAuthorizations,
    'account.resetAuthorization': resetAuthorization,
    'account.updateStatus': () => true,
    'account.registerDevice': () => true,
  },
}
