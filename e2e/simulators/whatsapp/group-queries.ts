/** Answers `w:g2`: what linked devices ask about groups and do to them. */
import { bytesOf, child, childrenOf, element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Group } from './chats.ts'
import type { Login } from './connection.ts'
import { changeGroup, createGroup } from './group-changes.ts'
import type { GroupChange } from './group-changes.ts'
import { groupNode, groupNumber, QueryError } from './group-nodes.ts'
import { LID_SERVER, parseJid } from './jid.ts'
import type { Account, Resident } from './people.ts'
import type { World } from './world.ts'

const MAX_LISTED = 1100

/** The children of the result; undefined when the question is not known. Throws QueryError. */
export function answerGroupQuery(
  world: World,
  { account }: Login,
  { attrs }: BinaryNode,
  query: BinaryNode,
): BinaryNode[] | undefined {
  const group = world.findGroup(attrs.to ?? '')
  if (!group && attrs.to !== '@g.us') throw new QueryError(404, 'item-not-found')
  if (attrs.type === 'get') return group ? readGroup(account, group, query) : readAll(world, account, query)
  return group ? writeGroup(world, account, group, query) : writeAny(world, account, query)
}

function readGroup(account: Account, group: Group, query: BinaryNode): BinaryNode[] | undefined {
  if (!group.members.has(account)) throw new QueryError(403, 'forbidden')
  switch (query.tag) {
    case 'query':
      return [groupNode(group)]
    case 'invite':
      if (!group.isAdmin(account)) throw new QueryError(403, 'forbidden')
      return [element('invite', { code: group.inviteCode })]
    case 'membership_approval_requests':
      return [element(query.tag, {}, [])]
    default:
      return undefined
  }
}

function readAll(world: World, account: Account, query: BinaryNode): BinaryNode[] | undefined {
  if (query.tag === 'invite') return [groupNode(byCode(world, query), false)]
  if (query.tag !== 'participating') return undefined
  const withMembers = child(query, 'participants') !== undefined
  const mine = [...world.groups.values()].filter(({ members }) => members.has(account))
  return [
    element(
      'groups',
      {},
      mine.map((group) => groupNode(group, withMembers)),
    ),
  ]
}

function byCode(world: World, { attrs }: BinaryNode): Group {
  const found = [...world.groups.values()].find(({ inviteCode }) => inviteCode === attrs.code)
  if (!found) throw new QueryError(406, 'not-acceptable')
  return found
}

function writeAny(world: World, account: Account, query: BinaryNode): BinaryNode[] | undefined {
  switch (query.tag) {
    case 'create': {
      const { subject = '', key = '' } = query.attrs
      const { found } = listed(world, query)
      const people = [...new Set<Resident>([account, ...found])]
      return [groupNode(createGroup(world, { id: null, subject, people, key }))]
    }
    case 'leave':
      return [
        element(
          'leave',
          {},
          childrenOf(query).map((item) => leave(world, account, item)),
        ),
      ]
    case 'invite': {
      const group = byCode(world, query)
      changeGroup(world, group, account, { kind: 'join' })
      return [element('group', { jid: group.jid })]
    }
    default:
      return undefined
  }
}

function leave(world: World, account: Account, { attrs }: BinaryNode): BinaryNode {
  const id = attrs.id ?? ''
  const group = world.findGroup(id.includes('@') ? id : `${id}@g.us`)
  if (!group?.members.has(account)) return element('group', { id, error: '404' })
  changeGroup(world, group, account, { kind: 'leave' })
  return element('group', { id: groupNumber(group) })
}

/** The people in a list, and the addresses that lead to nobody. */
function listed(world: World, list: BinaryNode): { found: Resident[]; unknown: string[] } {
  const nodes = childrenOf(list)
  if (nodes.length > MAX_LISTED) throw new QueryError(406, 'not-acceptable')
  const found: Resident[] = []
  const unknown: string[] = []
  for (const { attrs } of nodes) {
    const person = world.find(parseJid(attrs.jid))
    if (person) found.push(person)
    else unknown.push(attrs.jid ?? '')
  }
  return { found, unknown }
}

function writeGroup(world: World, account: Account, group: Group, query: BinaryNode): BinaryNode[] | undefined {
  const { tag } = query
  if (tag === 'add' || tag === 'remove' || tag === 'promote' || tag === 'demote') {
    return [changeMembers(world, account, group, tag, query)]
  }
  if (tag === 'member_add_mode' || tag === 'membership_approval_mode') return []
  const change = settingOf(query)
  if (!change) return undefined
  changeGroup(world, group, account, change)
  return change.kind === 'invite' ? [element('invite', { code: group.inviteCode })] : []
}

function changeMembers(
  world: World,
  account: Account,
  group: Group,
  kind: 'add' | 'remove' | 'promote' | 'demote',
  query: BinaryNode,
): BinaryNode {
  const { found, unknown } = listed(world, query)
  const refused = changeGroup(world, group, account, { kind, members: found })
  const results = found.map((person) => {
    const code = refused.get(person)
    return element('participant', { jid: person.jid(LID_SERVER), ...(code ? { error: String(code) } : {}) })
  })
  const strangers = unknown.map((jid) => element('participant', { jid, error: '404' }))
  return element(kind, {}, [...results, ...strangers])
}

function settingOf(query: BinaryNode): GroupChange | undefined {
  switch (query.tag) {
    case 'subject':
      return { kind: 'subject', text: bytesOf(query)?.toString('utf8') ?? '' }
    case 'description':
      return { kind: 'description', text: bytesOf(child(query, 'body'))?.toString('utf8') ?? '' }
    case 'announcement':
    case 'not_announcement':
      return { kind: 'announce', on: query.tag === 'announcement' }
    case 'locked':
    case 'unlocked':
      return { kind: 'locked', on: query.tag === 'locked' }
    case 'ephemeral':
    case 'not_ephemeral':
      return { kind: 'timer', seconds: Number(query.attrs.expiration ?? 0) || 0 }
    case 'invite':
      return { kind: 'invite' }
    default:
      return undefined
  }
}
