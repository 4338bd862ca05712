/** A group as it is now: replaces what was known of it, and tells the ledger only what is new. */
import type { SeenGroup } from '../../shared/contracts/events.ts'
import type { Writer } from '../cache/database.ts'
import { groupDiffers, replaceGroup } from '../cache/groups.ts'
import { recordIdentity } from '../cache/people.ts'
import { bounded, header, place, type ApplyContext } from './context.ts'

const mostMembers = 10_000

function boundedGroup(group: SeenGroup): SeenGroup {
  return {
    address: group.address,
    subject: group.subject.slice(0, 512).toWellFormed(),
    description: group.description === null ? null : group.description.slice(0, 4096).toWellFormed(),
    members: group.members.slice(0, mostMembers).map((one) => ({ ...bounded(one), role: one.role })),
    announce: group.announce,
    inviteLink: group.inviteLink === null ? null : group.inviteLink.slice(0, 512).toWellFormed(),
  }
}

export function applyGroup(writer: Writer, context: ApplyContext, given: SeenGroup): void {
  const group = boundedGroup(given)
  const at = place(writer, context, { address: group.address, aliases: [], name: group.subject || null })
  if (!groupDiffers(writer, at.conversation.id, group)) return
  const members = group.members.map((one) => {
    const { role, ...seen } = one
    return { identity: recordIdentity(writer, context.account, seen).id, role }
  })
  context.people?.clear()
  replaceGroup(writer, at.conversation.id, group, members)
  context.append({ ...header(context, at, null), kind: 'group.seen/1', payload: { group } })
  context.touched.conversations.add(at.conversation.id)
}
