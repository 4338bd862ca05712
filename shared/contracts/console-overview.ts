/** The overview: what there is now, and what has happened where; counted over directions and times, never over content. */
import { z } from 'zod'
import { cursor, pageLimit, sortBy } from './console-page.ts'
import { opaqueIdSchema } from './events.ts'
import { channelSchema } from './neutral-message.ts'
import type { Contract } from './contract.ts'

const none = z.strictObject({})
const traffic = z.strictObject({ in: z.int(), out: z.int() })

/** From the first message of somebody who waits to our first answer, for the turns that were answered in the time asked about. */
export const answerTimesSchema = z.strictObject({ count: z.int(), medianMs: z.int(), p90Ms: z.int() })
export const backlogSchema = z.strictObject({
  /** Conversations whose other side waits for an answer. */
  waiting: z.int(),
  oldestAt: z.int().nullable(),
  /** How many of them wait less than an hour, four hours, a day, and longer. */
  ages: z.tuple([z.int(), z.int(), z.int(), z.int()]),
})

const completeness = z.strictObject({
  messages: z.int(),
  /** Kept as it came: not understood, or not to be had from the provider. */
  raw: z.int(),
  /** Came with a stale epoch, or after revocation without a closing event. */
  unproven: z.int(),
  filesMissing: z.int(),
  filesWaiting: z.int(),
})

const activity = { traffic, answers: answerTimesSchema.nullable(), backlog: backlogSchema }

export const consoleOverviewContract = {
  'overview.get': {
    input: none,
    output: z.strictObject({
      employees: z.int(),
      workstations: z.strictObject({
        active: z.int(),
        connected: z.int(),
        revoked: z.int(),
        /** Longest ago that one of those which are not connected was seen. */
        awaySince: z.int().nullable(),
        /** Of the active ones, as they last told: how many hold something that the vault lacks, how many events, since when. */
        holding: z.int(),
        waiting: z.int(),
        waitingSince: z.int().nullable(),
      }),
      accounts: z.strictObject({ all: z.int(), running: z.int() }),
      messages: z.int(),
      /** Batches received but not yet applied. */
      waiting: z.int(),
      alerts: z.array(z.strictObject({ id: z.int(), at: z.int(), code: z.string(), subject: z.string().nullable() })),
    }),
  },
  /** `days`: where each day begins for who asks, and where the last one ends; growing, at most 31 days. Counts may be a minute old. */
  'overview.activity': {
    input: z.strictObject({
      days: z.array(z.int()).min(2).max(32),
      team: z.string().max(128).nullable(),
      /** Of the accounts. */
      sort: sortBy(['name', 'in', 'out', 'median', 'p90', 'backlog', 'held', 'lacks']),
      after: cursor.nullable(),
      limit: pageLimit,
    }),
    output: z.strictObject({
      days: z.array(traffic),
      /** Of the turns that were answered on each day; null: none. */
      answerDays: z.array(answerTimesSchema.nullable()),
      ...activity,
      completeness,
      after: cursor.nullable(),
      /** Accounts on all pages. */
      total: z.int(),
      accounts: z.array(
        z.strictObject({
          id: opaqueIdSchema,
          name: z.string(),
          channel: channelSchema,
          days: z.array(traffic),
          ...activity,
          completeness,
        }),
      ),
      teams: z.array(z.strictObject({ team: z.string(), ...activity })),
    }),
  },
} as const satisfies Contract
