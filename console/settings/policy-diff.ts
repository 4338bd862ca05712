/** A policy as a flat list of fields, and what differs between two of them; knows no field by name. */
import type { PolicyFields } from '../../shared/contracts/console-policy.ts'

type Value = string | number | boolean | null
export interface Change {
  field: string
  before: Value
  after: Value
}

/** `offline.hours` → 12; lists as their texts. */
export function flatten(fields: PolicyFields): Map<string, Value> {
  const found = new Map<string, Value>()
  const walk = (node: unknown, path: string): void => {
    if (typeof node === 'object' && node !== null && !Array.isArray(node)) {
      for (const [name, value] of Object.entries(node)) walk(value, path === '' ? name : `${path}.${name}`)
    } else {
      found.set(
        path,
        typeof node === 'number' || typeof node === 'boolean' || typeof node === 'string' || node === null
          ? node
          : JSON.stringify(node),
      )
    }
  }
  walk(fields, '')
  return found
}

/** Empty where one of them cannot be read. */
export function changesBetween(before: PolicyFields | null, after: PolicyFields | null): Change[] {
  if (!before || !after) return []
  const [old, fresh] = [flatten(before), flatten(after)]
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .map((field) => ({ field, before: old.get(field) ?? null, after: fresh.get(field) ?? null }))
    .filter((change) => change.before !== change.after)
}
