/** Groups and accounts in the window: who is in them, and what a person changes about them at the provider. */
import { CodedError, type Handlers, type Input } from '../../shared/contracts/contract.ts'
import { isGroupAddress } from '../../shared/contracts/neutral-message.ts'
import type { GroupView, windowContract } from '../../shared/contracts/window.ts'
import { findGroup, listMembers } from '../cache/groups.ts'
import { findIdentity, findIdentityById, findOwnAddress, type ConversationRow } from '../cache/people.ts'
import type { GroupChange } from '../channels/channel.ts'
import type { Session } from '../session.ts'
import { getConversation, lookedAtFirst, requireChannel, type DeskHost } from './desk-host.ts'
import { toAddress } from './new-address.ts'
import { nameOf } from './people-views.ts'
import { memberAddress } from './say.ts'

type Methods = 'group.get' | 'group.change' | 'account.devices' | 'account.removeDevice' | 'account.unlink'

export function createGroupDesk(host: DeskHost): Pick<Handlers<typeof windowContract>, Methods> {
  return {
    'group.get': ({ conversation }) => {
      const row = getConversation(host, conversation)
      lookedAtFirst(host.session(), row)
      return toGroupView(host.session(), row)
    },
    'group.change': async (input) => {
      const row = getConversation(host, input.conversation)
      const change = toChange(host.session(), row, input)
      const { link } = await requireChannel(host, row.account).changeGroup(change)
      return { link }
    },
    'account.devices': async ({ account }) => ({ devices: await requireChannel(host, account).listDevices() }),
    'account.removeDevice': async ({ account, device }) => {
      await requireChannel(host, account).removeDevice(device)
      return {}
    },
    'account.unlink': async ({ account }) => {
      await requireChannel(host, account).unlink()
      return {}
    },
  }
}

/** Throws CodedError('not_a_group'). */
function groupAddress({ cache }: Session, row: ConversationRow): string {
  const { address } = findIdentityById(cache, row.identity)!
  if (!isGroupAddress(address)) throw new CodedError('not_a_group', 'this conversation is no group')
  return address
}

function toGroupView(session: Session, row: ConversationRow): GroupView {
  const { cache } = session
  groupAddress(session, row)
  const group = findGroup(cache, row.id)
  const own = findOwnAddress(cache, row.account)
  const self = own === null ? undefined : findIdentity(cache, row.account, own)
  return {
    conversation: row.opaque,
    subject: group?.subject ?? findIdentityById(cache, row.identity)?.name ?? '',
    description: group?.description ?? null,
    announce: group?.announce === 1,
    inviteLink: group?.inviteLink ?? null,
    members: listMembers(cache, row.id).map((member) => ({
      ref: member.opaque,
      person: { key: member.opaque, name: nameOf(member) },
      role: member.role,
      self: member.identity === self?.id,
    })),
  }
}

function toChange(
  session: Session,
  row: ConversationRow,
  input: Input<typeof windowContract, 'group.change'>,
): GroupChange {
  const address = groupAddress(session, row)
  const { change } = input
  switch (change) {
    case 'leave':
    case 'invite-link':
      return { change, address }
    case 'subject':
      if (!input.subject?.trim()) throw new CodedError('text_empty', 'a group has a name')
      return { change, address, subject: input.subject.toWellFormed() }
    default: {
      if (input.members.length === 0) throw new CodedError('member_unknown', 'nobody is named')
      const members = input.members.map((ref) =>
        change === 'add' ? newcomer(session, row, ref) : memberAddress(session, row, ref),
      )
      return { change, address, members }
    }
  }
}

function newcomer(session: Session, row: ConversationRow, ref: string): string {
  const account = session.accounts.list().find((one) => one.id === row.account)
  const known = findIdentity(session.cache, row.account, ref)
  if (known || !account) return known?.address ?? ref
  return toAddress(account.channel, ref)
}
