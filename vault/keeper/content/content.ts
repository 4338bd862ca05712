/** Opens what stands encrypted under the identities' keys; what has been erased reads as null. */
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { frame, unframe } from '../../../shared/formats/bytes.ts'
import { decodePayload, type DecodedPayload } from '../../../shared/formats/event.ts'
import type { Reader } from '../../database/open.ts'
import { decrypt, encrypt } from '../keyring/cipher.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { findBlock, findEvent, findLabel, listLabels, type BlockRow } from './queries.ts'

/** Who an identity is: content, never stored in clear. */
export const labelSchema = z.strictObject({
  address: z.string(),
  aliases: z.array(z.string()),
  name: z.string().nullable(),
})
export type Label = z.infer<typeof labelSchema>

export interface Content {
  /** Payload bytes of an event as its writer made them. */
  payload(row: { block: number | null; slot: number | null }): Promise<Buffer | null>
  /** As payload, decoded; null also for what does not decode. */
  decoded(ledger: string, seq: number): Promise<DecodedPayload | null>
  label(identity: string): Promise<Label | null>
  /** Reads the labels of many at once; `label` then answers from memory. */
  readLabels(identities: readonly string[]): Promise<void>
}

const cachedBlocks = 64

/** One reader for one page of work: it remembers blocks, keys and names only as long as it lives. */
export function createContent(db: Reader, keyring: Keyring): Content {
  const blocks = new Map<number, Buffer[] | null>()
  const labels = new Map<string, Label | null>()
  const openBlock = async (id: number): Promise<Buffer[] | null> => {
    const row = await findBlock(db, id)
    if (!row) return null
    const key = row.identity === null ? keyring.derived('company') : await keyring.identityKey(row.identity)
    return key ? unframe(decrypt(key, row.bytes, row.bound)) : null
  }
  const payload: Content['payload'] = async ({ block, slot }) => {
    if (block === null || slot === null) return null
    if (!blocks.has(block)) {
      if (blocks.size >= cachedBlocks) blocks.clear()
      blocks.set(block, await openBlock(block))
    }
    return blocks.get(block)?.[slot] ?? null
  }
  return {
    payload,
    async decoded(ledger, seq) {
      const event = await findEvent(db, ledger, seq)
      const bytes = event && (await payload(event))
      if (!event || !bytes) return null
      try {
        return decodePayload(event.kind, bytes)
      } catch {
        return null
      }
    },
    async readLabels(identities) {
      const [rows, keys] = await Promise.all([listLabels(db, identities), keyring.identityKeys(identities)])
      for (const { id, label, erased_at: erased } of rows) {
        const key = keys.get(id)
        labels.set(id, key && erased === null ? readLabel(key, id, label) : null)
      }
    },
    async label(identity) {
      let label = labels.get(identity)
      if (label === undefined) labels.set(identity, (label = await openLabel(db, keyring, identity)))
      return label
    },
  }
}

/** Payloads of one identity (null: the company) in one batch, encrypted together. */
export async function closeBlock(
  keyring: Keyring,
  block: { id: number; identity: string | null; batch: string; payloads: readonly Uint8Array[] },
): Promise<BlockRow | null> {
  const key = block.identity === null ? keyring.derived('company') : await keyring.identityKey(block.identity)
  if (!key) return null
  const bound = `content/${block.identity ?? 'company'}/${block.batch}`
  return { id: block.id, identity: block.identity, bound, bytes: encrypt(key, frame([...block.payloads]), bound) }
}

async function openLabel(db: Reader, keyring: Keyring, identity: string): Promise<Label | null> {
  const row = await findLabel(db, identity)
  const key = row && (await keyring.identityKey(identity))
  if (!row || !key || row.erased_at !== null) return null
  return readLabel(key, identity, row.label)
}

function readLabel(key: KeyObject, identity: string, label: Buffer): Label {
  return labelSchema.parse(JSON.parse(decrypt(key, label, `label/${identity}`).toString('utf8')))
}

/** null when the identity has no key any more. */
export async function closeLabel(keyring: Keyring, identity: string, label: Label): Promise<Buffer | null> {
  const key = await keyring.identityKey(identity)
  return key && encrypt(key, Buffer.from(JSON.stringify(label), 'utf8'), `label/${identity}`)
}
