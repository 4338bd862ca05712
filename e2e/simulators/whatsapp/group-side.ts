/** What happens to groups: linked devices ask and change, people change, and every account in the group is told. */
import type { GroupChange, ServiceEventDetails } from './group-notices.ts'
import { noticeOf, participantNode } from './group-notices.ts'
import type { GroupRequest } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { bytesOf, child, childrenOf, element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Login } from './connection.ts'
import type { Group } from './group.ts'
import { LID_SERVER, parseJid, PN_SERVER } from './jid.ts'
import type { Account, Customer, World } from './world.ts'

const MAX_SUBJECT = 100
const MAX_MEMBERS = 1024

type Person = Account | Customer

export function groupNode(group: Group): BinaryNode {
  const { creator } = group
  const attrs = {
    id: group.address.slice(0, group.address.indexOf('@')),
    subject: group.subject,
    s_t: String(group.subjectAt),
    s_o: creator.jid(LID_SERVER),
    creation: String(group.createdAt),
    creator: creator.jid(LID_SERVER),
    creator_pn: creator.jid(PN_SERVER),
    addressing_mode: 'lid',
    size: String(group.members.size),
  }
  const about = group.description
    ? [
        element('description', { id: 'd1', t: String(group.createdAt) }, [
          element('body', {}, Buffer.from(group.description)),
        ]),
      ]
    : []
  const flags = [
    ...(group.announce ? [element('announcement')] : []),
    ...(group.timerS > 0 ? [element('ephemeral', { expiration: String(group.timerS) })] : []),
  ]
  return element('group', attrs, [
    ...about,
    ...flags,
    ...[...group.members].map(([person, role]) => participantNode(person, role)),
  ])
}

/** Answers a question about groups; undefined when it is not known, a string is an error code. */
export function readGroups(
  world: World,
  login: Login,
  to: string,
  query: BinaryNode,
): BinaryNode[] | string | undefined {
  const { account } = login
  if (query.tag === 'participating') {
    const own = [...world.groups.values()].filter((group) => group.members.has(account))
    return [element('groups', {}, own.map(groupNode))]
  }
  if (query.tag === 'invite' && query.attrs.code) {
    const invited = [...world.groups.values()].find(({ inviteCode }) => inviteCode === query.attrs.code)
    return invited ? [groupNode(invited)] : '404'
  }
  const group = world.findGroup(to)
  if (!group) return '404'
  if (!group.members.has(account)) return '403'
  if (query.tag === 'query') return [groupNode(group)]
  if (query.tag !== 'invite') return undefined
  return group.isAdmin(account) ? [element('invite', { code: group.inviteCode })] : '401'
}

/** A linked device changes a group. The answer as for `readGroups`. */
export function changeByDevice(
  world: World,
  { account }: Login,
  to: string,
  query: BinaryNode,
): BinaryNode[] | string | undefined {
  if (query.tag === 'create') return createByDevice(world, account, query)
  if (query.tag === 'leave') {
    for (const { attrs } of childrenOf(query)) {
      const left = world.findGroup(attrs.id)
      if (left) applyChange(world, left, account, { kind: 'leave' })
    }
    return [element('leave', {}, childrenOf(query))]
  }
  if (query.tag === 'invite' && query.attrs.code) {
    const invited = [...world.groups.values()].find(({ inviteCode }) => inviteCode === query.attrs.code)
    if (!invited) return '404'
    applyChange(world, invited, account, { kind: 'join' })
    return [element('group', { jid: invited.address })]
  }
  const group = world.findGroup(to)
  if (!group) return '404'
  if (!group.members.has(account)) return '403'
  const change = readChange(world, query)
  if (!change) return undefined
  if (change.kind !== 'subject' && !group.isAdmin(account)) return '401'
  applyChange(world, group, account, change)
  const people = 'members' in change ? change.members.map((person) => participantNode(person, undefined)) : []
  return [element(query.tag, {}, people)]
}

function membersIn(world: World, node: BinaryNode): Person[] {
  return childrenOf(node).flatMap(({ attrs }) => world.find(parseJid(attrs.jid)) ?? [])
}

function readChange(world: World, query: BinaryNode): GroupChange | null {
  switch (query.tag) {
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      return { kind: query.tag, members: membersIn(world, query) }
    case 'subject':
      return { kind: 'subject', text: (bytesOf(query) ?? Buffer.alloc(0)).toString('utf8').slice(0, MAX_SUBJECT) }
    case 'description':
      return { kind: 'description', text: bytesOf(child(query, 'body'))?.toString('utf8') ?? '' }
    case 'announcement':
    case 'not_announcement':
      return { kind: 'announce', on: query.tag === 'announcement' }
    case 'ephemeral':
    case 'not_ephemeral':
      return { kind: 'timer', seconds: Number(query.attrs.expiration ?? '0') }
    default:
      return null
  }
}

function createByDevice(world: World, account: Account, query: BinaryNode): BinaryNode[] {
  const id = `group-${world.groups.size + 1}`
  const members = [account, ...membersIn(world, query)]
  const group = world.addGroup({ id, subject: (query.attrs.subject ?? '').slice(0, MAX_SUBJECT), members })
  tell(world, group, account, element('create', { type: 'new' }, [groupNode(group)]))
  return [groupNode(group)]
}

/** A group that the control API makes: its accounts are told as of one that somebody else has made. */
export function announceGroup(world: World, group: Group): void {
  tell(world, group, group.creator, element('create', { type: 'new' }, [groupNode(group)]), {
    event: 'created',
    members: [...group.members.keys()].map((person) => person.address),
    text: group.subject,
    seconds: null,
  })
}

/** Throws SimulatorError: what this person may not do. */
export function changeByPerson(world: World, { group: id, by, change }: GroupRequest): void {
  const group = world.group(id)
  const person = world.person(by)
  const people = 'members' in change ? { ...change, members: change.members.map((one) => world.person(one)) } : change
  const isFree = people.kind === 'join' || people.kind === 'leave' || people.kind === 'subject'
  if (!isFree && !group.isAdmin(person)) throw new SimulatorError('bad_request', `${by} is no admin of the group`)
  if (people.kind !== 'join' && !group.members.has(person))
    throw new SimulatorError('bad_request', `${by} is not in the group`)
  applyChange(world, group, person, people)
}

function applyChange(world: World, group: Group, by: Person, change: GroupChange): void {
  // Who is removed is still told.
  const told = new Set(group.accounts())
  switch (change.kind) {
    case 'add':
      for (const person of change.members) if (group.members.size < MAX_MEMBERS) group.members.set(person, 'member')
      break
    case 'join':
      group.members.set(by, 'member')
      break
    case 'remove':
      for (const person of change.members) group.members.delete(person)
      break
    case 'leave':
      group.members.delete(by)
      break
    case 'promote':
    case 'demote':
      for (const person of change.members)
        if (group.members.has(person)) group.members.set(person, change.kind === 'promote' ? 'admin' : 'member')
      break
    case 'subject':
      group.subject = change.text
      group.subjectAt = world.seconds()
      break
    case 'description':
      group.description = change.text === '' ? null : change.text
      break
    case 'announce':
      group.announce = change.on
      break
    case 'timer':
      group.timerS = change.seconds
  }
  for (const account of group.accounts()) told.add(account)
  const { node, details } = noticeOf(world, group, by, change)
  tell(world, group, by, node, details, [...told])
}

/** One notification for each linked device of the accounts; a customer's doing is also what the customer has sent. */
function tell(
  world: World,
  group: Group,
  by: Person,
  node: BinaryNode,
  details: ServiceEventDetails | null = null,
  accounts = group.accounts(),
): void {
  const id = world.messageId('other')
  const time = world.seconds()
  const attrs = {
    from: group.address,
    type: 'w:gp2',
    id,
    t: String(time),
    participant: by.jid(LID_SERVER),
    participant_pn: by.jid(PN_SERVER),
    notify: by.name,
    addressing_mode: 'lid',
  }
  for (const account of accounts) {
    for (const { queue } of account.companions.values())
      queue.add('notification', element('notification', attrs, [node]))
    if (by.kind !== 'customer' || !details) continue
    world.sent.push({
      customer: by.id,
      account: account.id,
      providerId: id,
      group: group.id,
      raw: '',
      message: {
        channel: 'whatsapp',
        kind: 'service',
        chat: group.address,
        author: by.address,
        providerId: id,
        time: time * 1000,
        text: '',
        entities: [],
        reply: null,
        target: null,
        media: null,
        details: { service: details },
      },
    })
  }
}
