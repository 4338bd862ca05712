/**
 * What customers do at the provider now – type, record, be online – in the conversations that the window shows. It is told while it lasts and
 * kept nowhere: no event, no row, no log line has it.
 */
import { z } from 'zod'
import type { Contract } from './contract.ts'
import { opaqueIdSchema } from './events.ts'

/** recording: a voice message; filming: a video message; sending: a file is on its way. */
export const doings = ['typing', 'recording', 'filming', 'sending'] as const
export type Doing = (typeof doings)[number]

/** As exact as the provider tells it of this person. */
export const availabilitySchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('online') }),
  z.strictObject({ state: z.literal('offline'), seenAt: z.int() }),
  z.strictObject({ state: z.enum(['recently', 'within-week', 'within-month']) }),
])
export type Availability = z.infer<typeof availabilitySchema>

/** So many of those who do something are named. */
export const mostNamed = 3
/** More rows of the list than a window has room for. */
export const mostRows = 64

export const customerActivitySchema = z.strictObject({
  conversation: opaqueIdSchema,
  /** Who does something, in the order of beginning. name null: the other side of a conversation of two, or nobody here knows a name. */
  people: z.array(z.strictObject({ name: z.string().nullable(), doing: z.enum(doings) })).max(mostNamed),
  /** How many more do something. */
  more: z.int().min(0),
  /** Of the other side of the open conversation of two; null: a group, another conversation, or nobody tells. */
  availability: availabilitySchema.nullable(),
})
export type CustomerActivityView = z.infer<typeof customerActivitySchema>

export const customerActivityContract = {
  /**
   * What is on the screen: the open conversation (which is a look) and the rows of the list. Takes the place of what was said before. The
   * answer is what is known of them now; from then on changes are told. Accounts that run elsewhere tell nothing. Errors:
   * conversation_unknown.
   */
  'activity.watch': {
    input: z.strictObject({ open: opaqueIdSchema.nullable(), rows: z.array(opaqueIdSchema).max(mostRows) }),
    output: z.strictObject({ activities: z.array(customerActivitySchema) }),
  },
} as const satisfies Contract
