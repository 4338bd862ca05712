/** What the overview is made of. */
import type { Answer } from '../app/api.ts'

export type Activity = Answer<'overview.activity'>
