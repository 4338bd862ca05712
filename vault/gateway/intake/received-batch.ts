/** What a batch says before anything is stored: parsed, and signed by the device that its ledger belongs to. */
import { CodedError } from '../../../shared/contracts/contract.ts'
import { batchSignatureHolds, decodeBatch, type Batch } from '../../../shared/formats/batch.ts'
import { sha256 } from '../../../shared/formats/bytes.ts'
import type { Device } from '../devices/devices.ts'

export interface ReceivedBatch {
  bytes: Uint8Array
  batch: Batch
  device: Device
  /** SHA-256 of every header in order, 32 bytes each. */
  links: Buffer
}

/**
 * Throws FormatError as decodeBatch, CodedError('ledger_unknown') for a ledger that was never enrolled. The signature is not checked yet.
 */
export function readBatch(bytes: Uint8Array, findByLedger: (ledger: string) => Device | null): ReceivedBatch {
  const batch = decodeBatch(bytes)
  const device = findByLedger(batch.ledger)
  if (!device) throw new CodedError('ledger_unknown', 'this ledger is not enrolled')
  return { bytes, batch, device, links: linksOf(batch) }
}

export function signatureHolds(received: ReceivedBatch): boolean {
  return batchSignatureHolds(received.batch, received.device.signingKey)
}

/** decodeBatch has checked that every header names the hash of the one before: only the last one is left to compute. */
function linksOf(batch: Batch): Buffer {
  const count = batch.headers.length
  const links = Buffer.allocUnsafe(count * 32)
  for (let i = 1; i < count; i++) links.write(batch.headers[i]!.prev, (i - 1) * 32, 32, 'base64url')
  links.set(sha256(batch.headerBytes[count - 1]!), (count - 1) * 32)
  return links
}
