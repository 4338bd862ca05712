/** What all routes of the control API share: parsing that names the first problem, and the fields that return. */
import { z } from 'zod'
import { SimulatorError } from '../provider.ts'
import type { MovableClock } from './clock.ts'
import type { SimulatorDirectory } from './directory.ts'

export interface RouteContext {
  directory: SimulatorDirectory
  clock: MovableClock
  /** Seeds the files that `say` makes up. */
  seed: number
}
export type Route = (input: unknown, context: RouteContext) => unknown

export const id = z.string().min(1).max(128)
export const name = z.string().trim().min(1).max(128)

/** Parses an input by its schema. Throws SimulatorError('bad_request') naming the first problem. */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SimulatorError('bad_request', `${issue?.path.join('.') || 'input'}: ${issue?.message ?? 'not valid'}`)
}
