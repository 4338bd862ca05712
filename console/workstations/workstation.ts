/** A row of the list of workstations. */
import type { Answer } from '../app/api.ts'

export type Workstation = Answer<'workstations.list'>['workstations'][number]
