/** A row of the list of accounts. */
import type { Answer } from '../app/api.ts'

export type Account = Answer<'accounts.list'>['accounts'][number]
