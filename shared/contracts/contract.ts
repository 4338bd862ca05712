/** A contract is a value: from it follow the handler's type, the client's type and the check at run time. */
import { z } from 'zod'

export interface Method {
  input: z.ZodType
  output: z.ZodType
}
export type Contract = Record<string, Method>

export type Input<C extends Contract, M extends keyof C> = z.infer<C[M]['input']>
export type Output<C extends Contract, M extends keyof C> = z.infer<C[M]['output']>

/** One handler for every method of the contract; a missing one does not compile. */
export type Handlers<C extends Contract, Context = void> = {
  [M in keyof C]: (input: Input<C, M>, context: Context) => Promise<Output<C, M>> | Output<C, M>
}
export type Client<C extends Contract> = <M extends keyof C & string>(
  method: M,
  input: Input<C, M>,
) => Promise<Output<C, M>>

/** What crosses a wire when a call fails for a reason that the caller can act on. */
export const wireErrorSchema = z.strictObject({ code: z.string().min(1).max(64), message: z.string().max(1024) })
export type WireError = z.infer<typeof wireErrorSchema>

export const requestSchema = z.strictObject({
  id: z.int().min(1),
  method: z.string().min(1).max(64),
  input: z.unknown(),
})
export const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({ re: z.int(), ok: z.literal(true), output: z.unknown() }),
  z.strictObject({ re: z.int(), ok: z.literal(false), error: wireErrorSchema }),
])
export type Request = z.infer<typeof requestSchema>
export type Reply = z.infer<typeof replySchema>

/** An error whose code crosses wires; everything else is a bug and becomes `internal`. */
export class CodedError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

function toWireError(error: unknown): WireError | null {
  if (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[a-z][a-z0-9_]{1,63}$/.test(error.code)
  ) {
    return { code: error.code, message: error.message.slice(0, 1024) }
  }
  return null
}

/** Answers one request; never throws. `report` gets what is a bug. Methods are looked up as own properties only. */
export async function answer<C extends Contract, Context>(
  contract: C,
  handlers: Handlers<C, Context>,
  context: Context,
  message: unknown,
  report: (error: unknown) => void,
): Promise<Reply | null> {
  const request = requestSchema.safeParse(message)
  if (!request.success) return null
  const { id, method, input } = request.data
  const entry = Object.hasOwn(contract, method) ? contract[method] : undefined
  const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined
  if (!entry || !handler)
    return { re: id, ok: false, error: { code: 'unknown_method', message: 'there is no such method' } }
  const parsed = entry.input.safeParse(input)
  if (!parsed.success) return { re: id, ok: false, error: { code: 'bad_input', message: describe(parsed.error) } }
  try {
    return { re: id, ok: true, output: await handler(parsed.data as Input<C, keyof C>, context) }
  } catch (error) {
    const wire = toWireError(error)
    if (wire) return { re: id, ok: false, error: wire }
    report(error)
    return { re: id, ok: false, error: { code: 'internal', message: 'something went wrong' } }
  }
}

function describe(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue ? `${issue.path.join('.') || 'input'}: ${issue.message}`.slice(0, 1024) : 'malformed'
}

export interface Caller<C extends Contract> {
  call: Client<C>
  /** Feed every reply here; an unreadable one rejects its caller. Returns false when the message is no reply. */
  receive(message: unknown): boolean
  /** Rejects what is pending and everything after. */
  close(reason: WireError): void
}

/** The calling side over any transport. Every call has a deadline (default 30 s). */
export function createCaller<C extends Contract>(
  contract: C,
  send: (request: Request) => void,
  timers: { set(run: () => void, ms: number): unknown; clear(timer: unknown): void },
  deadlineMs = 30_000,
): Caller<C> {
  let next = 1
  let closed: WireError | null = null
  const pending = new Map<
    number,
    { method: string; timer: unknown; resolve(value: unknown): void; reject(error: Error): void }
  >()
  const settle = (id: number) => {
    const entry = pending.get(id)
    pending.delete(id)
    if (entry) timers.clear(entry.timer)
    return entry
  }
  return {
    call: (method, input) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new CodedError(closed.code, closed.message))
        const id = next++
        const timer = timers.set(
          () => settle(id)?.reject(new CodedError('deadline', `${method} was not answered in time`)),
          deadlineMs,
        )
        pending.set(id, { method, timer, resolve: resolve as (value: unknown) => void, reject })
        send({ id, method, input })
      }),
    receive(message) {
      if (typeof message !== 'object' || message === null || !('re' in message) || typeof message.re !== 'number')
        return false
      const entry = settle(message.re)
      if (!entry) return true
      const reply = replySchema.safeParse(message)
      if (!reply.success)
        entry.reject(new CodedError('unreadable_reply', `${entry.method}: the reply has another shape`))
      else if (!reply.data.ok) entry.reject(new CodedError(reply.data.error.code, reply.data.error.message))
      else {
        const output = contract[entry.method]!.output.safeParse(reply.data.output)
        if (output.success) entry.resolve(output.data)
        else entry.reject(new CodedError('unreadable_reply', `${entry.method}: ${describe(output.error)}`))
      }
      return true
    },
    close(reason) {
      closed = reason
      for (const id of pending.keys()) settle(id)?.reject(new CodedError(reason.code, reason.message))
    },
  }
}
