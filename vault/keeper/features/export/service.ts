/** Writes the audit log and ledgers into files that `npm run verify` checks with nothing but the root fingerprint. */
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { decodeBatch } from '../../../../shared/formats/batch.ts'
import { sha256 } from '../../../../shared/formats/bytes.ts'
import { ledgerFormat, type LedgerLine } from '../../../verify/ledger-export.ts'
import { listHeaders } from '../../content/queries.ts'
import type { Ground } from '../../ground.ts'
import { listBatches, listForks } from '../intake/queries.ts'
import type { WorkstationRow } from '../workstations/queries.ts'

export interface Exports {
  /** Path of the file. */
  audit(actor: string): Promise<string>
  ledger(actor: string, workstation: WorkstationRow): Promise<string>
}

const batchPage = 200

/** `folder`: made (0700) when it is missing; the files are 0600. */
export function createExports({ store, keyring, clock, audit }: Ground, folder: string): Exports {
  const write = async (name: string, lines: AsyncIterable<string>): Promise<string> => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, `${name}-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-')}.jsonl`)
    await pipeline(Readable.from(withNewlines(lines)), createWriteStream(file, { mode: 0o600, flush: true }))
    return file
  }
  async function* ledgerLines(workstation: WorkstationRow): AsyncGenerator<string> {
    const enrolment: unknown = JSON.parse(workstation.enrolment)
    yield JSON.stringify({ format: ledgerFormat, trust: keyring.trust, enrolment })
    for (let after = 0; ;) {
      const batches = await listBatches(store, workstation.ledger, after, batchPage)
      for (const batch of batches) {
        const headers = await listHeaders(store, batch.ledger, batch.from_seq, batch.from_seq + batch.count - 1)
        const { from_seq: from, sealed_hash: sealedHash, signature } = batch
        yield toLine({ from, headers: headers.map((one) => one.header), sealedHash, signature })
      }
      const last = batches.at(-1)
      if (!last) break
      after = last.position
    }
    // Both sides of a fork were signed: the other one is what `verify` names.
    for (const fork of await listForks(store, workstation.ledger)) {
      const { from, headerBytes, sealed, signature } = decodeBatch(fork.batch)
      yield toLine({ from, headers: headerBytes, sealedHash: sha256(sealed), signature })
    }
  }
  return {
    async audit(actor) {
      await audit.record({ actor, action: 'audit.export', subject: null })
      return write('audit', audit.exportLines())
    },
    async ledger(actor, workstation) {
      await audit.record({ actor, action: 'ledger.export', subject: workstation.id })
      return write(`ledger-${workstation.id}`, ledgerLines(workstation))
    },
  }
}

function toLine(batch: { from: number; headers: Buffer[]; sealedHash: Buffer; signature: Buffer }): string {
  const line: LedgerLine = {
    batch: {
      from: batch.from,
      headers: batch.headers.map((one) => one.toString('base64url')),
      sealedHash: batch.sealedHash.toString('base64url'),
      signature: batch.signature.toString('base64url'),
    },
  }
  return JSON.stringify(line)
}

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`
}
