/** Employees, workstations and accounts in the console: lists that page, sort and filter in the keeper, and what is changed there. */
import { z } from 'zod'
import { roleSchema } from '../domain/people.ts'
import { cursor, pageLimit, sortBy } from './console-page.ts'
import { opaqueIdSchema, payloadSchemas } from './events.ts'
import { captureStatusSchema } from './host.ts'
import { channelSchema } from './neutral-message.ts'
import { waitingSchema } from './outbox-report.ts'
import type { Contract } from './contract.ts'

const none = z.strictObject({})
const name = z.string().trim().min(1).max(128)
const reason = z.string().trim().min(3).max(500)
const text = z.string().max(128)
const team = z.string().max(128).nullable()
const paging = { after: cursor.nullable(), limit: pageLimit }
/** `total`: rows that the filters leave, on all pages. */
const paged = { after: cursor.nullable(), total: z.int() }

/** Told once, never again. `totp`: base32. */
export const loginSchema = z.strictObject({ name: z.string(), password: z.string(), totp: z.string() })

const employeeViewSchema = z.strictObject({
  id: opaqueIdSchema,
  name: z.string(),
  role: roleSchema,
  team: z.string().nullable(),
  active: z.boolean(),
  service: z.boolean(),
  workstations: z.int(),
  accounts: z.int(),
})

export const workstationViewSchema = z.strictObject({
  id: opaqueIdSchema,
  employee: z.string(),
  machine: z.string(),
  platform: z.string(),
  service: z.boolean(),
  status: z.enum(['active', 'revoked']),
  connected: z.boolean(),
  seenAt: z.int().nullable(),
  enrolledAt: z.int(),
  revokedAt: z.int().nullable(),
  software: z.string().nullable(),
  /** What its capture protection really does; null: it has not told. */
  capture: captureStatusSchema.nullable(),
  /** What it said that the vault lacks; of one that is not connected: when it was last here. null: it has not told. */
  waiting: waitingSchema.nullable(),
  /** Accounts that it runs now. */
  leases: z.array(z.strictObject({ account: z.string(), until: z.int() })),
})

const accountViewSchema = z.strictObject({
  id: opaqueIdSchema,
  channel: channelSchema,
  name: z.string(),
  /** The provider has told its own address: it has been paired. */
  paired: z.boolean(),
  /** Its number, masked, or the provider's name for it; null: not known. `accounts.phone` tells the whole. */
  phone: z.string().nullable(),
  /** The devices that the provider lists for it, and when it was asked; null: nobody has told. */
  linked: z
    .strictObject({
      at: z.int(),
      devices: payloadSchemas['account.devices/1'].shape.devices,
    })
    .nullable(),
  assigned: z.array(z.strictObject({ id: opaqueIdSchema, name: z.string(), team: z.string().nullable() })),
  /** away: a workstation holds the lease and is not connected. */
  state: z.enum(['running', 'away', 'stopped']),
  /** Who holds the lease: employee and machine, or null. */
  holder: z.string().nullable(),
  leaseUntil: z.int().nullable(),
  /** Active workstations of those it is assigned to. */
  workstations: z.int(),
  conversations: z.int(),
})

export const consolePeopleContract = {
  /** Names for ids and for the filters' choices, as far as the caller may list them. */
  'names.list': {
    input: none,
    output: z.strictObject({
      employees: z.array(
        z.strictObject({ id: opaqueIdSchema, name: z.string(), team: z.string().nullable(), active: z.boolean() }),
      ),
      workstations: z.array(z.strictObject({ id: opaqueIdSchema, name: z.string() })),
      accounts: z.array(z.strictObject({ id: opaqueIdSchema, name: z.string(), channel: channelSchema })),
      teams: z.array(z.string()),
    }),
  },
  'employees.list': {
    input: z.strictObject({
      text,
      role: roleSchema.nullable(),
      team,
      active: z.boolean().nullable(),
      sort: sortBy(['name', 'role', 'team', 'workstations', 'accounts']),
      ...paging,
    }),
    output: z.strictObject({ employees: z.array(employeeViewSchema), ...paged }),
  },
  /** `login`: for every role but salesperson. Errors: name_taken. */
  'employees.add': {
    input: z.strictObject({ name, role: roleSchema, team: name.nullable() }),
    output: z.strictObject({ id: opaqueIdSchema, login: loginSchema.nullable() }),
  },
  /** `login`: where the new role needs one that the old had not. Errors: name_taken, last_administrator, own_role, service_role. */
  'employees.change': {
    input: z.strictObject({ employee: opaqueIdSchema, role: roleSchema, team: name.nullable() }),
    output: z.strictObject({ login: loginSchema.nullable() }),
  },
  /** Ends sessions, assignments and workstations of the employee. Errors: last_administrator, own_role. */
  'employees.deactivate': {
    input: z.strictObject({ employee: opaqueIdSchema, reason }),
    output: z.strictObject({ workstations: z.int() }),
  },
  /** Workstations and assignments do not come back by this. */
  'employees.reactivate': { input: z.strictObject({ employee: opaqueIdSchema }), output: none },
  /** A new password and one-time secret; sessions end. Errors: login_unknown. */
  'employees.renewLogin': {
    input: z.strictObject({ employee: opaqueIdSchema }),
    output: z.strictObject({ login: loginSchema }),
  },
  'workstations.list': {
    input: z.strictObject({
      text,
      status: z.enum(['active', 'revoked']).nullable(),
      connected: z.boolean().nullable(),
      team,
      /** With something that the vault lacks. */
      waiting: z.boolean().nullable(),
      sort: sortBy(['machine', 'employee', 'status', 'seenAt', 'software', 'waiting']),
      ...paging,
    }),
    /** `gatewayAway`: nobody knows now who is connected, nor what waits. */
    output: z.strictObject({ workstations: z.array(workstationViewSchema), ...paged, gatewayAway: z.boolean() }),
  },
  'workstations.enrol': {
    input: z.strictObject({ employee: opaqueIdSchema }),
    output: z.strictObject({
      code: z.string(),
      expiresAt: z.int(),
      /** What the workstation shows of the code before it is used: `host:port`, and the root fingerprint, 64 hex digits. */
      vault: z.strictObject({ gateway: z.string(), root: z.string() }),
    }),
  },
  'workstations.revoke': {
    input: z.strictObject({ workstation: opaqueIdSchema, reason }),
    output: z.strictObject({ revokedAt: z.int(), connected: z.boolean() }),
  },
  'accounts.list': {
    input: z.strictObject({
      text,
      channel: channelSchema.nullable(),
      state: accountViewSchema.shape.state.nullable(),
      team,
      sort: sortBy(['name', 'channel', 'state', 'leaseUntil', 'conversations']),
      ...paging,
    }),
    output: z.strictObject({ accounts: z.array(accountViewSchema), ...paged }),
  },
  /** The account's whole number; each look is audited. Errors: number_unknown. */
  'accounts.phone': {
    input: z.strictObject({ account: opaqueIdSchema }),
    output: z.strictObject({ phone: z.string() }),
  },
  'accounts.add': {
    input: z.strictObject({ channel: channelSchema, name, employee: opaqueIdSchema }),
    output: z.strictObject({ id: opaqueIdSchema }),
  },
  /** Several employees may share an account; one workstation at a time runs it. Errors: employee_inactive. */
  'accounts.assign': {
    input: z.strictObject({ account: opaqueIdSchema, employee: opaqueIdSchema }),
    output: none,
  },
  'accounts.unassign': {
    input: z.strictObject({ account: opaqueIdSchema, employee: opaqueIdSchema }),
    output: none,
  },
} as const satisfies Contract
