/** What the keeper thinks of a received batch before it believes a word: signature, chain, seal and commitments, all checked again. */
import type { IntakeRow } from '../../../../shared/contracts/keeper-link.ts'
import { batchSignatureHolds, decodeBatch, openBatch, type Batch } from '../../../../shared/formats/batch.ts'
import { sha256 } from '../../../../shared/formats/bytes.ts'
import { commitmentHolds, decodeHeader, genesisLink } from '../../../../shared/formats/event.ts'
import { publicKeyObject } from '../../../../shared/formats/keys.ts'
import { sealedTo } from '../../../../shared/formats/seal.ts'
import type { Reader } from '../../../database/open.ts'
import { listHeaders } from '../../content/queries.ts'
import type { Keyring } from '../../keyring/keyring.ts'
import type { WorkstationRow } from '../workstations/queries.ts'

export type QuarantineReason =
  'malformed' | 'ledger_unknown' | 'signature_refused' | 'fork' | 'not_opened' | 'commitment_differs' | 'internal'

export type Examined =
  | { reason: null; batch: Batch; workstation: WorkstationRow; payloads: Buffer[]; gap: boolean }
  /** `batch` stands where signature and chain hold: its headers count although its payloads do not. */
  | { reason: QuarantineReason; batch: Batch | null; workstation: WorkstationRow | null }

export interface ExamineNeeds {
  db: Reader
  keyring: Keyring
  findByLedger(ledger: string): Promise<WorkstationRow | null>
}

export async function examine(needs: ExamineNeeds, row: IntakeRow): Promise<Examined> {
  let batch: Batch
  try {
    batch = decodeBatch(Buffer.from(row.batch, 'base64url'))
  } catch {
    return { reason: 'malformed', batch: null, workstation: null }
  }
  // The gateway's word for who sent this counts nothing: the ledger belongs to whom the keeper enrolled.
  const workstation = await needs.findByLedger(batch.ledger)
  if (!workstation) return { reason: 'ledger_unknown', batch: null, workstation: null }
  if (!batchSignatureHolds(batch, publicKeyObject('ed25519', workstation.signing_key)))
    return { reason: 'signature_refused', batch: null, workstation }
  const chain = row.marks.fork ? 'fork' : await checkChain(needs.db, batch)
  if (chain === 'fork') return { reason: chain, batch: null, workstation }
  const payloads = tryOpen(needs.keyring, batch)
  if (!payloads) return { reason: 'not_opened', batch, workstation }
  if (!batch.headers.every((header, i) => commitmentHolds(header, payloads[i]!)))
    return { reason: 'commitment_differs', batch, workstation }
  return { reason: null, batch, workstation, payloads, gap: chain === 'gap' }
}

/**
 * Against what this ledger has brought before: the same positions hold the same events, and new ones join. A gap is told apart: what
 * comes after it is authentic all the same.
 */
async function checkChain(db: Reader, batch: Batch): Promise<'fork' | 'gap' | null> {
  const to = batch.from + batch.headers.length - 1
  const known = await listHeaders(db, batch.ledger, batch.from - 1, to + 1)
  for (const { seq, header } of known) {
    if (seq >= batch.from && seq <= to && !header.equals(batch.headerBytes[seq - batch.from]!)) return 'fork'
  }
  const last = sha256(batch.headerBytes.at(-1)!).toString('base64url')
  const after = known.find((one) => one.seq === to + 1)
  if (after && decodeHeader(after.header).prev !== last) return 'fork'
  const first = batch.headers[0]!
  const before = known.find((one) => one.seq === batch.from - 1)
  if (batch.from > 1 && !before) return 'gap'
  const expected = before ? sha256(before.header) : genesisLink(batch.ledger)
  return first.prev === expected.toString('base64url') ? null : 'fork'
}

function tryOpen(keyring: Keyring, batch: Batch): Buffer[] | null {
  try {
    const key = keyring.openingKey(sealedTo(batch.sealed))
    return key ? openBatch(batch, key) : null
  } catch {
    return null
  }
}
