/** What may happen to a group, by whom, and who is told: the same for people at their phones and for linked devices. */
import type { GroupRequest, SimulatedGroup } from '../provider.ts'
import { SimulatorError } from '../provider.ts'
import { element } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Group, Role } from './chats.ts'
import { newInviteCode } from './chats.ts'
import { descriptionNode, groupNode, notify, participantNode, QueryError } from './group-nodes.ts'
import { LID_SERVER, PN_SERVER } from './jid.ts'
import type { Account, Resident } from './people.ts'
import type { World } from './world.ts'

const MAX_MEMBERS = 1025
const MAX_SUBJECT = 100
const MAX_DESCRIPTION = 2048

export type GroupChange =
  | { kind: 'add' | 'remove' | 'promote' | 'demote'; members: Resident[] }
  | { kind: 'join' | 'leave' }
  | { kind: 'subject' | 'description'; text: string }
  | { kind: 'announce' | 'locked'; on: boolean }
  | { kind: 'timer'; seconds: number }
  | { kind: 'invite' }

/** For changes of members: the code for each who could not be changed. */
export type Refused = Map<Resident, number>

const ALREADY = 409
const NOT_THERE = 404

function forbidden(): QueryError {
  return new QueryError(403, 'forbidden')
}

/** Throws QueryError when this person may not do that. */
function checkRight(group: Group, actor: Resident, change: GroupChange): void {
  if (change.kind === 'join') return
  if (!group.members.has(actor)) throw forbidden()
  const isInfo = change.kind === 'subject' || change.kind === 'description' || change.kind === 'timer'
  if (change.kind === 'leave' || (isInfo && !group.locked)) return
  if (!group.isAdmin(actor)) throw forbidden()
}

/** Makes the change and tells the accounts in the group. Throws QueryError. */
export function changeGroup(world: World, group: Group, actor: Resident, change: GroupChange): Refused {
  checkRight(group, actor, change)
  switch (change.kind) {
    case 'add':
      return add(world, group, actor, change.members, {})
    case 'join':
      return add(world, group, actor, [actor], { reason: 'invite' })
    case 'leave':
      return remove(world, group, actor, [actor])
    case 'remove':
      return remove(world, group, actor, change.members)
    case 'promote':
    case 'demote':
      return rank(world, group, actor, change.kind, change.members)
    default:
      tell(world, group, actor, set(world, group, actor, change))
      return new Map()
  }
}

function tell(world: World, group: Group, actor: Resident, child: BinaryNode, more: Account[] = []): void {
  notify(world, group, actor, [...group.accounts(), ...more], child)
}

function add(world: World, group: Group, actor: Resident, people: Resident[], attrs: Record<string, string>): Refused {
  const added = people.filter((person) => !group.members.has(person))
  if (group.members.size + added.length > MAX_MEMBERS) throw new QueryError(406, 'not-acceptable')
  const before = group.accounts()
  for (const person of added) group.members.set(person, 'member')
  if (added.length > 0) {
    notify(
      world,
      group,
      actor,
      before,
      element(
        'add',
        attrs,
        added.map((person) => participantNode(person)),
      ),
    )
    // Who is new gets the whole group.
    const fresh = added.flatMap((person) => (person.kind === 'account' ? [person] : []))
    notify(world, group, actor, fresh, element('create', attrs, [groupNode(group)]))
  }
  return refused(people, added, ALREADY)
}

function remove(world: World, group: Group, actor: Resident, people: Resident[]): Refused {
  const gone = people.filter((person) => group.members.has(person) && (person === actor || group.creator !== person))
  for (const person of gone) group.members.delete(person)
  if (gone.length > 0) {
    group.keyEpoch += 1
    const accounts = gone.flatMap((person) => (person.kind === 'account' ? [person] : []))
    tell(
      world,
      group,
      actor,
      element(
        'remove',
        {},
        gone.map((person) => participantNode(person)),
      ),
      accounts,
    )
    succeed(world, group)
  }
  return refused(people, gone, NOT_THERE)
}

/** A group without administrators gets its eldest member as one. */
function succeed(world: World, group: Group): void {
  const people = [...group.members.keys()]
  const [eldest] = people
  if (!eldest || people.some((person) => group.isAdmin(person))) return
  group.members.set(eldest, 'admin')
  tell(world, group, eldest, element('promote', {}, [participantNode(eldest, 'admin')]))
}

function rank(world: World, group: Group, actor: Resident, kind: 'promote' | 'demote', people: Resident[]): Refused {
  const role: Role = kind === 'promote' ? 'admin' : 'member'
  const changed = people.filter((person) => {
    const earlier = group.members.get(person)
    return earlier !== undefined && earlier !== 'owner'
  })
  for (const person of changed) group.members.set(person, role)
  const nodes = changed.map((person) => participantNode(person, role))
  if (changed.length > 0) tell(world, group, actor, element(kind, {}, nodes))
  return refused(people, changed, NOT_THERE)
}

function refused(asked: Resident[], done: Resident[], code: number): Refused {
  return new Map(asked.filter((person) => !done.includes(person)).map((person) => [person, code]))
}

type Setting = Exclude<GroupChange, { members: Resident[] } | { kind: 'join' | 'leave' }>

function set(world: World, group: Group, actor: Resident, change: Setting): BinaryNode {
  const time = world.seconds()
  switch (change.kind) {
    case 'subject':
      if (change.text === '' || change.text.length > MAX_SUBJECT) throw new QueryError(406, 'not-acceptable')
      Object.assign(group, { subject: change.text, subjectBy: actor, subjectTime: time })
      return element('subject', {
        subject: change.text,
        s_t: String(time),
        s_o: actor.jid(LID_SERVER),
        s_o_pn: actor.jid(PN_SERVER),
      })
    case 'description': {
      if (change.text.length > MAX_DESCRIPTION) throw new QueryError(406, 'not-acceptable')
      const { text } = change
      group.description = text ? { id: world.messageId('other'), text, author: actor, time } : null
      return descriptionNode(group)
    }
    case 'announce':
      group.announce = change.on
      return element(change.on ? 'announcement' : 'not_announcement')
    case 'locked':
      group.locked = change.on
      return element(change.on ? 'locked' : 'unlocked')
    case 'timer':
      group.timerS = change.seconds
      return change.seconds > 0
        ? element('ephemeral', { expiration: String(change.seconds) })
        : element('not_ephemeral')
    case 'invite':
      group.inviteCode = newInviteCode()
      return element('invite', { code: group.inviteCode })
  }
}

/** A new group of these people; the first of them owns it. */
export function createGroup(
  world: World,
  fields: { id: string | null; subject: string; people: Resident[]; key?: string },
): Group {
  const { id, subject, key } = fields
  const [creator, ...others] = fields.people
  if (!creator || others.length >= MAX_MEMBERS) throw new QueryError(406, 'not-acceptable')
  if (subject === '' || subject.length > MAX_SUBJECT) throw new QueryError(406, 'not-acceptable')
  const group = world.addGroup({ id, subject, creator })
  group.members.set(creator, 'owner')
  for (const person of others) group.members.set(person, 'member')
  const attrs = { type: 'new', ...(key ? { key } : {}) }
  tell(world, group, creator, element('create', attrs, [groupNode(group)]))
  return group
}

/** Turns the refusals of the protocol into those of the control API. */
async function asControl<T>(world: World, step: () => T): Promise<T> {
  try {
    return await world.inOrder(() => Promise.resolve().then(step))
  } catch (error) {
    if (error instanceof QueryError) throw new SimulatorError('bad_request', `the group refuses: ${error.message}`)
    throw error
  }
}

export function addGroup(
  world: World,
  { id, subject, members }: { id: string; subject: string; members: string[] },
): Promise<SimulatedGroup> {
  return asControl(world, () => {
    const people = [...new Set(members)].map((member) => world.resident(member))
    return createGroup(world, { id, subject, people }).describe()
  })
}

export async function requestChange(world: World, { group, by, change }: GroupRequest): Promise<void> {
  if (change.kind === 'slow') throw new SimulatorError('unsupported', 'WhatsApp has no slow mode')
  await asControl(world, () => {
    const wanted: GroupChange =
      'members' in change ? { kind: change.kind, members: change.members.map((id) => world.resident(id)) } : change
    return changeGroup(world, world.group(group), world.resident(by), wanted)
  })
}
