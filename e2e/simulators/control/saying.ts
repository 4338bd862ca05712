/** What customers (or an account's own phone) say and do to messages: the routes /say, /edit, /delete, /react and /vote. */
import { z } from 'zod'
import {
  bubbleKinds,
  detailsSchema,
  entitySchema,
  fileSchema,
  isMedia,
  type Details,
  type MediaKind,
} from '../../../shared/contracts/neutral-message.ts'
import { SimulatorError, type ChangeRequest, type ProviderSimulator, type SayRequest } from '../provider.ts'
import { id, parse, type Route, type RouteContext } from './input.ts'
import { sampleFile } from './sample-files.ts'

/** The largest file that is made up. */
const maxSampleBytes = 256 * 1024 * 1024

const entities = z.array(entitySchema).max(1000)
const place = { customer: id, account: id.optional(), group: id.optional(), fromPhone: z.boolean().optional() }
const saySchema = z.strictObject({
  ...place,
  kind: z.enum([...bubbleKinds, 'call']).default('text'),
  text: z.string().default(''),
  entities: entities.default([]),
  reply: id.nullable().default(null),
  details: detailsSchema.extend({ file: fileSchema.partial().optional() }).nullable().default(null),
  /** The file itself, base64; or how large a made-up one is to be. */
  file: z.base64().optional(),
  bytes: z.int().min(1).max(maxSampleBytes).optional(),
  addressing: z.enum(['lid', 'number']).optional(),
})
type Said = z.infer<typeof saySchema>

/** How often each context was asked to make up a file: no two of one world are equal. */
const made = new WeakMap<RouteContext, number>()

function nextSeed(context: RouteContext): string {
  const number = (made.get(context) ?? 0) + 1
  made.set(context, number)
  return `${context.seed} ${number}`
}

/** The simulator that all named belong to, and where the message stands: with one account, or in a group. */
function findPlace(
  context: RouteContext,
  { customer, account, group, fromPhone }: { [K in keyof typeof place]?: z.infer<(typeof place)[K]> | undefined },
): { simulator: ProviderSimulator; account: string | null; group: string | null } {
  const { directory } = context
  const simulator = directory.ofCustomer(customer ?? '')
  if (account === undefined && group === undefined)
    throw new SimulatorError('bad_request', 'account or group says where it goes')
  if (account !== undefined && group !== undefined && !fromPhone)
    throw new SimulatorError(
      'bad_request',
      'account or group, not both (only what a phone sends to a group names both)',
    )
  if (account !== undefined && directory.ofAccount(account) !== simulator)
    throw new SimulatorError('bad_request', 'customer and account are on different channels')
  if (group !== undefined && directory.ofGroup(group) !== simulator)
    throw new SimulatorError('bad_request', 'customer and group are on different channels')
  return { simulator, account: account ?? null, group: group ?? null }
}

/** The file of a media kind with all that is told of it; what the request leaves out is made up. */
function findMedia(context: RouteContext, kind: MediaKind, said: Said): { bytes: Uint8Array; details: Details } {
  const given = said.file === undefined ? null : Buffer.from(said.file, 'base64')
  const sample = sampleFile(kind, nextSeed(context), said.bytes ?? null)
  const bytes = given ?? sample.bytes
  const { file, ...rest } = said.details ?? {}
  // Size and length of a file that was given are not those of the sample.
  const described = given
    ? { ...sample.details, width: null, height: null, durationS: null, waveform: null }
    : sample.details
  return { bytes, details: { ...rest, file: { ...described, ...file, bytes: bytes.length } } }
}

/** What a kind cannot be without, made up where the request leaves it out. */
function completeDetails({ kind, details }: Said): Details | null {
  const { file: _noFile, ...given } = details ?? {}
  switch (kind) {
    case 'location':
      return {
        location: { latitude: 53.5436, longitude: 9.9888, name: 'Speicherstadt', address: null, live: false },
        ...given,
      }
    case 'contact':
      return { contacts: [{ name: 'Ines Prado', phones: ['+55 11 94002-8922'] }], ...given }
    case 'poll':
      return { poll: { question: 'Which day suits?', options: ['Monday', 'Tuesday'], multiple: false }, ...given }
    case 'call':
      return { call: { video: false, outcome: 'missed', durationS: null }, ...given }
    default:
      return details === null ? null : given
  }
}

const sayRoute: Route = async (input, context) => {
  const said = parse(saySchema, input)
  const { simulator, account, group } = findPlace(context, said)
  const { kind, text, reply, customer, addressing, fromPhone } = said
  const media = isMedia(kind) ? { kind, ...findMedia(context, kind, said) } : null
  if (!media && (said.file !== undefined || said.bytes !== undefined || said.details?.file))
    throw new SimulatorError('bad_request', `${kind} carries no file`)
  const request: SayRequest = {
    customer,
    account,
    group,
    kind,
    text,
    entities: said.entities,
    reply,
    details: media ? media.details : completeDetails(said),
    media: media ? { kind: media.kind, bytes: media.bytes } : null,
    ...(addressing ? { addressing } : {}),
    ...(fromPhone ? { fromPhone } : {}),
  }
  return { providerId: await simulator.say(request) }
}

/** A route that changes an earlier message; `fields` are the change's own. */
function changeRoute<F extends z.ZodRawShape>(
  fields: F,
  changeOf: (given: z.infer<z.ZodObject<F>>) => ChangeRequest['change'],
): Route {
  const schema = z.strictObject({ ...place, providerId: id })
  return async (input, context) => {
    const body = parse(z.record(z.string(), z.unknown()), input)
    const own = Object.fromEntries(Object.entries(body).filter(([key]) => key in fields))
    const others = Object.fromEntries(Object.entries(body).filter(([key]) => !(key in fields)))
    const { customer, providerId, fromPhone, ...where } = parse(schema, others)
    const { simulator, account, group } = findPlace(context, { customer, fromPhone, ...where })
    const change = changeOf(parse(z.strictObject(fields), own) as z.infer<z.ZodObject<F>>)
    const request: ChangeRequest = { customer, account, group, change, target: providerId }
    return { providerId: await simulator.change(fromPhone ? { ...request, fromPhone } : request) }
  }
}

export const sayingRoutes: [string, Route][] = [
  ['POST /say', sayRoute],
  [
    'POST /edit',
    changeRoute({ text: z.string(), entities: entities.default([]) }, ({ text, entities: list }) => ({
      kind: 'edit',
      text,
      entities: list,
    })),
  ],
  ['POST /delete', changeRoute({}, () => ({ kind: 'delete' }))],
  [
    'POST /react',
    changeRoute({ emoji: z.string().min(1).max(64).nullable() }, ({ emoji }) => ({ kind: 'reaction', emoji })),
  ],
  [
    'POST /vote',
    changeRoute({ options: z.array(z.string().max(512)).max(32) }, ({ options }) => ({ kind: 'vote', options })),
  ],
]
