/** Employees, their roles and what belongs to whom. */
import { z } from 'zod'

export const roleSchema = z.enum(['salesperson', 'manager', 'it', 'compliance', 'administrator'])
export type Role = z.infer<typeof roleSchema>

/** A dated right of an employee to work with an account; `until` null: open. Epoch ms. */
export interface Assignment {
  employee: string
  account: string
  from: number
  until: number | null
}

export interface Actor {
  employee: string
  role: Role
  team: string | null
  /** False once the employee has left or is suspended. */
  active: boolean
}
