/** The vault's journal of an account, brought down into the cache: the history of others, and our own after a lost cache. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { Client } from '../../shared/contracts/contract.ts'
import { journalPageSchema, type deviceContract, type JournalPage } from '../../shared/contracts/device.ts'
import { decodeHeader, decodePayload, type DecodedPayload } from '../../shared/formats/event.ts'
import { privateKeyObject } from '../../shared/formats/keys.ts'
import { openSealed, type OpeningKey } from '../../shared/formats/seal.ts'
import type { Cache } from '../cache/database.ts'
import { putWriter } from '../cache/colleagues.ts'
import { journalPositionOf, putJournalPosition } from '../cache/journal.ts'
import { findBytes } from '../cache/meta.ts'
import { applyForeignEvent } from '../recorder/apply-journal.ts'
import { newTouched, type Touched } from '../recorder/context.ts'

const pageSize = 200

/** The device opening key: its private half stands only inside the encrypted cache. */
export function openingKeyOf(cache: Cache): OpeningKey {
  const raw = findBytes(cache, 'openingKey')
  if (!raw) throw new Error('the cache holds no opening key')
  const privateKey = privateKeyObject('x25519', raw)
  const publicKey = createPublicKey(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })))
  return { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32) }
}

export interface JournalOptions {
  cache: Cache
  account: string
  ownLedger: string
  call: Client<typeof deviceContract>
  now(): number
  isClosed(): boolean
  /** What has come is applied up to `at`; the journal ends at `head`. Told before `committed`. */
  progressed?(at: number, head: number): void
  committed(touched: Touched): void
}

/**
 * Follows one account's journal to its head. Own events are passed over: they are in the cache already.
 * Throws CodedError as journal.pull; what was applied before stays applied.
 */
export async function pullJournal(options: JournalOptions): Promise<void> {
  const { cache, account, call } = options
  const key = openingKeyOf(cache)
  for (;;) {
    const after = journalPositionOf(cache, account)
    if (after === undefined) return
    const page = await call('journal.pull', { account, after, limit: pageSize })
    if (options.isClosed()) return
    const body = openSealed(Buffer.from(page.sealed, 'base64url'), key, 'journal')
    applyPage(options, journalPageSchema.parse(JSON.parse(body.toString('utf8'))), page)
    if (page.upTo >= page.head || page.upTo <= after) return
  }
}

/** One entry of another shape (a later version, a broken writer) must not stop the journal: the vault keeps it. */
function readable(kind: string, payload: Uint8Array): DecodedPayload {
  try {
    return decodePayload(kind, payload)
  } catch {
    return { kind: null, json: '' }
  }
}

function applyPage(options: JournalOptions, page: JournalPage, { upTo, head }: { upTo: number; head: number }): void {
  const touched = newTouched()
  options.cache.transaction((writer) => {
    for (const [ledger, who] of Object.entries(page.writers)) putWriter(writer, { ledger, ...who })
    const before = journalPositionOf(writer, options.account) ?? 0
    for (const entry of page.entries) {
      // Never twice: an old "read" must not take the mark from what came after it.
      if (entry.position <= before) continue
      const header = decodeHeader(Buffer.from(entry.header, 'base64url'))
      // Claims count in the journal's order, our own among them.
      const isOurs = header.ledger === options.ownLedger && header.kind !== 'conversation.claimed/1'
      if (isOurs || entry.peer === null) continue
      const decoded = readable(header.kind, Buffer.from(entry.payload, 'base64url'))
      applyForeignEvent(writer, { account: options.account, now: options.now(), touched }, header, entry.peer, decoded)
    }
    putJournalPosition(writer, options.account, upTo)
  })
  options.progressed?.(upTo, head)
  options.committed(touched)
}
