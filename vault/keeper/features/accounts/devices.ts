/** An account's number and linked devices as its runner told them last, and how a number is shown to who has not asked for the whole. */
import { z } from 'zod'
import { payloadSchemas } from '../../../../shared/contracts/events.ts'
import { decrypt } from '../../keyring/cipher.ts'
import type { Keyring } from '../../keyring/keyring.ts'

const knownSchema = z.strictObject({ ...payloadSchemas['account.devices/1'].shape, at: z.int() })
export type KnownDevices = z.infer<typeof knownSchema>

export const devicesBound = (account: string): string => `devices/${account}`

export function openDevices(keyring: Keyring, account: string, sealed: Buffer): KnownDevices {
  const bytes = decrypt(keyring.derived('company'), sealed, devicesBound(account))
  return knownSchema.parse(JSON.parse(bytes.toString('utf8')))
}

/** The digits of a number; null: a LID or another provider's id, which nobody can call. */
export function digitsOf(known: KnownDevices | null, address: string | null): string | null {
  return known?.phone ?? /^(\d{5,20})@s\.whatsapp\.net$/.exec(address ?? '')?.[1] ?? null
}
