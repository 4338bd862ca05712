/** Methods about users and contacts. */
import type { SimulatorAccount, TelegramUser } from '../model.ts'
import type { MethodTable, RpcContext } from '../rpc.ts'
import type { TlObject } from '../tl-codec.ts'
import { longOf, objectOf, objectsOf, RpcError, textOf } from '../tl-fields.ts'
import { peerObject, peersFor } from '../tl-objects.ts'
import { findUser, requireUser, viewOf } from './peers.ts'

function getUsers(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject[] {
  return objectsOf(query, 'id').map((input) => {
    const user = findUser(input, account, context)
    const [known] = user ? peersFor(viewOf(account, context), context.device, [user]).users : []
    return known ?? { _: 'userEmpty', id: input['user_id'] ?? 0n }
  })
}

function getFullUser(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const user = requireUser(objectOf(query, 'id'), account, context)
  const full: TlObject = {
    _: 'userFull',
    id: BigInt(user.id),
    settings: { _: 'peerSettings' },
    notify_settings: { _: 'peerNotifySettings' },
    common_chats_count: 0,
  }
  return {
    _: 'users.userFull',
    full_user: full,
    users: peersFor(viewOf(account, context), context.device, [user]).users,
  }
}

function getContacts(_query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const contacts = [...account.mailbox.contacts]
  return {
    _: 'contacts.contacts',
    contacts: contacts.map((user) => ({ _: 'contact', user_id: BigInt(user.id), mutual: true })),
    saved_count: contacts.length,
    users: peersFor(viewOf(account, context), context.device, contacts).users,
  }
}

function getStatuses(_query: TlObject, account: SimulatorAccount): TlObject[] {
  return [...account.mailbox.contacts].map((user) => ({
    _: 'contactStatus',
    user_id: BigInt(user.id),
    status: { _: 'userStatusRecently' },
  }))
}

function resolved(
  user: TelegramUser | null,
  problem: string,
  account: SimulatorAccount,
  context: RpcContext,
): TlObject {
  if (!user) throw new RpcError(400, problem)
  const users = peersFor(viewOf(account, context), context.device, [user]).users
  return { _: 'contacts.resolvedPeer', peer: peerObject(user), users }
}

function resolveUsername(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const username = textOf(query, 'username').replace(/^@/, '')
  if (!/^\w{4,32}$/.test(username)) throw new RpcError(400, 'USERNAME_INVALID')
  return resolved(context.world.userByUsername(username), 'USERNAME_NOT_OCCUPIED', account, context)
}

function resolvePhone(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const phone = textOf(query, 'phone').replace(/[\s()+-]/g, '')
  return resolved(context.world.userByPhone(phone), 'PHONE_NOT_OCCUPIED', account, context)
}

function importContacts(query: TlObject, account: SimulatorAccount, context: RpcContext): TlObject {
  const imported: TlObject[] = []
  const users: TelegramUser[] = []
  for (const contact of objectsOf(query, 'contacts')) {
    const user = context.world.userByPhone(textOf(contact, 'phone').replace(/[\s()+-]/g, ''))
    if (!user) continue
    account.mailbox.contacts.add(user)
    users.push(user)
    imported.push({ _: 'importedContact', user_id: BigInt(user.id), client_id: longOf(contact, 'client_id') })
  }
  return {
    _: 'contacts.importedContacts',
    imported,
    users: peersFor(viewOf(account, context), context.device, users).users,
  }
}

export const contactMethods: MethodTable = {
  open: {},
  account: {
    'users.getUsers': getUsers,
    'users.getFullUser': getFullUser,
    'contacts.getContacts': getContacts,
    'contacts.getStatuses': getStatuses,
    'contacts.resolveUsername': resolveUsername,
    'contacts.resolvePhone': resolvePhone,
    'contacts.importContacts': importContacts,
  },
}
