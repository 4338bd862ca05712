/** How the console's lists page and sort: by keyset, so that a page stays where it is while rows come and go. */
import { z } from 'zod'

/** Opaque; where the page before ended. */
export const cursor = z.string().max(1024)
export const pageLimit = z.int().min(1).max(200)

export function sortBy<const Keys extends readonly [string, ...string[]]>(keys: Keys) {
  return z.strictObject({ by: z.enum(keys), descending: z.boolean() })
}
