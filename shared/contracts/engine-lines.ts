/** The headless engine's lines: commands on stdin, answers and events on stdout, one JSON object a line. */
import { z } from 'zod'
import { contactSchema, entitySchema, locationSchema, mediaKinds, pollSchema } from './neutral-message.ts'

const id = z.union([z.string().max(64), z.number()]).optional()
const ref = z.string().min(1).max(128)
const text = z.string()
/** What is said beside the text. `file`: path of a file on this machine; `kind` how it is shown (default: by its type). */
const saying = {
  text: text.default(''),
  entities: z.array(entitySchema).max(200).optional(),
  reply: ref.nullish(),
  kind: z.enum(['text', ...mediaKinds, 'location', 'contact', 'poll']).nullish(),
  file: z.string().min(1).max(4096).nullish(),
  location: locationSchema.nullish(),
  contacts: z.array(contactSchema).max(16).nullish(),
  poll: pollSchema.nullish(),
  mentions: z.array(z.string().max(128)).max(256).optional(),
}

/** Each line has one of these members besides an optional `id`. */
export const commandSchemas = {
  unlock: z.strictObject({ pin: z.string().min(1).max(64) }),
  lock: z.enum(['screen', 'key']),
  pair: z.strictObject({ account: ref, method: z.enum(['qr', 'code', 'phone']), phone: z.string().nullish() }),
  code: z.strictObject({ account: ref, value: z.string() }),
  password: z.strictObject({ account: ref, value: z.string() }),
  conversations: z.strictObject({ limit: z.int().min(1).max(2000).default(200), account: ref.nullish() }),
  page: z.strictObject({
    conversation: ref,
    before: z.string().nullish(),
    limit: z.int().min(1).max(1000).default(50),
  }),
  search: z.strictObject({ text, limit: z.int().min(1).max(200).default(50) }),
  /** `anyway`: although a colleague is typing, has taken the customer or has answered (else: colleague_active). */
  send: z.strictObject({ conversation: ref, ...saying, anyway: z.boolean().optional() }),
  edit: z.strictObject({ message: ref, text }),
  delete: z.strictObject({ message: ref }),
  react: z.strictObject({ message: ref, emoji: z.string().min(1).max(64).nullable() }),
  vote: z.strictObject({ message: ref, options: z.array(z.string().max(512)).max(32) }),
  forward: z.strictObject({ message: ref, conversation: ref, anyway: z.boolean().optional() }),
  /** Fetches a file that was not fetched by itself, or asks for an expired one again. */
  fetch: z.strictObject({ message: ref }),
  group: z.strictObject({
    conversation: ref,
    change: z.enum(['subject', 'add', 'remove', 'promote', 'demote', 'leave', 'invite-link']).nullish(),
    members: z.array(z.string().max(128)).max(256).default([]),
    subject: z.string().max(256).nullish(),
  }),
  devices: z.strictObject({ account: ref, remove: z.string().max(128).nullish() }),
  unlink: z.strictObject({ account: ref }),
  resend: z.strictObject({ message: ref }),
  read: z.strictObject({ conversation: ref }),
  /** Counts for 30 s. */
  presence: z.strictObject({ conversation: ref, doing: z.enum(['viewing', 'typing', 'none']) }),
  claim: z.strictObject({
    conversation: ref,
    claimed: z.boolean().default(true),
    takeOver: z.boolean().default(false),
  }),
  colleagues: z.strictObject({ conversation: ref }),
  to: z.strictObject({ account: ref, address: z.string().min(3).max(64), ...saying, anyway: z.boolean().optional() }),
  status: z.strictObject({}),
} as const
export type CommandName = keyof typeof commandSchemas
export type Command<N extends CommandName> = z.infer<(typeof commandSchemas)[N]>

export interface CommandLine {
  id: string | number | undefined
  name: CommandName
  input: unknown
}

/** Codes: line_malformed (no JSON object, or a member has another shape), unknown_command, line_too_long. */
export type LineRefusal = {
  id: string | number | undefined
  code: 'line_malformed' | 'unknown_command'
  message: string
}

/** Parses one line; what is not a command is answered, never ignored. */
export function parseCommand(line: string): CommandLine | LineRefusal {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { id: undefined, code: 'line_malformed', message: 'a command is one JSON object on one line' }
  }
  const object = z.record(z.string(), z.unknown()).safeParse(value)
  if (!object.success)
    return { id: undefined, code: 'line_malformed', message: 'a command is one JSON object on one line' }
  const given = id.safeParse(object.data['id'])
  const names = Object.keys(object.data).filter((key) => key !== 'id')
  const [name] = names
  const lineId = given.success ? given.data : undefined
  if (names.length !== 1 || name === undefined || !Object.hasOwn(commandSchemas, name)) {
    return { id: lineId, code: 'unknown_command', message: `one command of ${Object.keys(commandSchemas).join(', ')}` }
  }
  const input = commandSchemas[name as CommandName].safeParse(object.data[name])
  if (!input.success)
    return { id: lineId, code: 'line_malformed', message: input.error.issues[0]?.message ?? 'another shape' }
  return { id: lineId, name: name as CommandName, input: input.data }
}
