/** The console's one way to the keeper: a typed call for every method of the console contract. */
import { createContext, useContext } from 'react'
import { consoleContract } from '../../shared/contracts/console.ts'
import { CodedError, wireErrorSchema, type Client, type Output } from '../../shared/contracts/contract.ts'
import { z } from 'zod'

type ConsoleContract = typeof consoleContract
/** What a method answers, by its name. */
export type Answer<M extends keyof ConsoleContract> = Output<ConsoleContract, M>

export interface Api {
  /**
   * Errors (CodedError): the keeper's own codes; `unreachable` (no connection), `deadline` (no answer in time),
   * `unreadable_reply` (another shape than the contract's), `signed_out` (401 without a code of its own).
   */
  call: Client<ConsoleContract>
  /** The token that every call after sign-in carries; null: none. */
  setCsrf(token: string | null): void
}

interface ApiOptions {
  /** Origin to call, without a trailing slash; empty: the page's own. */
  origin?: string
  /** A call other than the sign-in was answered 401: the session is over. */
  onSignedOut?: () => void
  /** Default 30 s. */
  deadlineMs?: number
}

const failureSchema = z.object({ error: wireErrorSchema })

function unreadable(method: string): CodedError {
  return new CodedError('unreadable_reply', `${method}: the reply has another shape`)
}

async function post(
  url: string,
  input: unknown,
  csrf: string | null,
  deadlineMs: number,
): Promise<{ status: number; body: unknown }> {
  const signal = AbortSignal.timeout(deadlineMs)
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(csrf === null ? {} : { 'x-sealdesk-csrf': csrf }) },
      body: JSON.stringify(input),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal,
    })
    const text = await reply.text()
    return { status: reply.status, body: parseJson(text) }
  } catch {
    if (signal.aborted) throw new CodedError('deadline', 'the vault did not answer in time')
    throw new CodedError('unreachable', 'the vault does not answer')
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function createApi(options: ApiOptions = {}): Api {
  const origin = options.origin ?? ''
  let csrf: string | null = null
  return {
    async call(method, input) {
      const { status, body } = await post(`${origin}/api/${method}`, input, csrf, options.deadlineMs ?? 30_000)
      // A refused sign-in may be a 401 too; there is no session to end then.
      if (status === 401 && method !== 'session.signIn') options.onSignedOut?.()
      const failure = failureSchema.safeParse(body)
      if (failure.success) throw new CodedError(failure.data.error.code, failure.data.error.message)
      if (status === 401) throw new CodedError('signed_out', 'the session is over')
      if (status < 200 || status > 299) throw unreadable(method)
      const output = consoleContract[method].output.safeParse(body)
      if (!output.success) throw unreadable(method)
      return output.data as Answer<typeof method>
    },
    setCsrf(token) {
      csrf = token
    },
  }
}

const ApiContext = createContext<Api | null>(null)
export const ApiProvider = ApiContext.Provider

/** The api that the composition root provides. */
export function useApi(): Api {
  const api = useContext(ApiContext)
  if (!api) throw new Error('the screen stands outside of the root')
  return api
}
