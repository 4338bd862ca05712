/** Groups: making, listing and changing them, the routes /groups and /groups/change. */
import { z } from 'zod'
import { channelSchema } from '../../../shared/contracts/neutral-message.ts'
import { id, name, parse, type Route } from './input.ts'

const maxMembers = 10_000
const members = z.array(id).min(1).max(maxMembers)
const newGroup = z.strictObject({
  channel: channelSchema,
  subject: name,
  /** Ids of accounts and customers; the first one owns the group. */
  members,
  mega: z.boolean().default(false),
})

const where = { group: id, by: id }
const groupChange = z.discriminatedUnion('kind', [
  z.strictObject({ ...where, kind: z.enum(['add', 'remove', 'promote', 'demote']), members }),
  z.strictObject({ ...where, kind: z.enum(['join', 'leave']) }),
  z.strictObject({ ...where, kind: z.enum(['subject', 'description']), text: z.string().max(4096) }),
  z.strictObject({ ...where, kind: z.literal('announce'), on: z.boolean() }),
  z.strictObject({ ...where, kind: z.enum(['timer', 'slow']), seconds: z.int().min(0).max(2_147_483_647) }),
])

export const groupingRoutes: [string, Route][] = [
  ['POST /groups', (input, { directory }) => directory.addGroup(parse(newGroup, input))],
  ['GET /groups', (_input, { directory }) => directory.groups()],
  [
    'POST /groups/change',
    async (input, { directory }) => {
      const { group, by, ...change } = parse(groupChange, input)
      await directory.ofGroup(group).changeGroup({ group, by, change })
      return { ok: true }
    },
  ],
]
