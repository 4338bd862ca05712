/** Files on their way to the keeper: ciphertext in pieces, each durable before it is acknowledged, one file per blob in a folder of its own. */
import { createHash } from 'node:crypto'
import { constants, createReadStream, mkdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CodedError } from '../../../shared/contracts/contract.ts'
import { blobLabel, blobTicketSchema, type BlobState, type BlobTicket } from '../../../shared/contracts/device.ts'
import { frame, sha256 } from '../../../shared/formats/bytes.ts'
import { verifyFor } from '../../../shared/formats/keys.ts'
import type { Clock } from '../../../shared/clock/clock.ts'
import type { Store } from '../../database/open.ts'
import type { Alerts } from '../alerts/alerts.ts'
import type { Device } from '../devices/devices.ts'
import { deleteBlob, findBlob, listAbandoned, putBlob, type BlobRow } from './queries.ts'

/** The piece does not begin where the durable part ends: the sender goes on from `bytes`. */
export class BlobOffset extends CodedError {
  readonly bytes: number
  constructor(bytes: number) {
    super('blob_offset', `the file is durable up to byte ${bytes}`)
    this.bytes = bytes
  }
}

export interface Admitted {
  ticket: BlobTicket
  device: Device
}

export interface Blobs {
  /** Believes a ticket for its signature by the ledger's enrolled key. Throws CodedError('ticket_refused'). */
  admit(header: string | undefined, blob: string): Promise<Admitted>
  state(admitted: Admitted): Promise<BlobState>
  /**
   * Appends a piece; durable when this resolves. Throws BlobOffset, CodedError: ticket_refused (the blob is another ledger's or another
   * file), blob_too_large (more than the ticket says), blob_damaged (the whole differs from the ticket and is dropped), storage_full,
   * storage_failed.
   */
  append(admitted: Admitted, offset: number, piece: Uint8Array): Promise<BlobState>
  /** For the keeper; null: not (yet) complete here. */
  pull(blob: string, offset: number, length: number): Promise<{ bytes: number; piece: Buffer } | null>
  drop(blob: string): Promise<void>
  /** Throws away what nobody has gone on with for 30 days. */
  purge(): Promise<void>
}

export interface BlobNeeds {
  folder: string
  store: Store
  clock: Clock
  alerts: Alerts
  findByLedger(ledger: string): Device | null
  /** After a file has become complete. */
  grown(blob: string): void
}

const headerChars = 4096
const abandonedMs = 30 * 24 * 3_600_000

export function createBlobs(needs: BlobNeeds): Blobs {
  const { store, clock } = needs
  mkdirSync(needs.folder, { recursive: true, mode: 0o700 })
  // The id comes from outside; the name of its file does not.
  const fileOf = (blob: string): string => join(needs.folder, sha256(Buffer.from(blob, 'utf8')).toString('hex'))
  /** What is done to one blob is done one after the other. */
  const queues = new Map<string, Promise<unknown>>()
  const inTurn = <T>(blob: string, run: () => Promise<T>): Promise<T> => {
    const mine = (queues.get(blob) ?? Promise.resolve()).then(run)
    const settled = mine
      .catch(() => undefined)
      .then(() => {
        if (queues.get(blob) === settled) queues.delete(blob)
      })
    queues.set(blob, settled)
    return mine
  }
  const put = (row: BlobRow): Promise<void> => store.transaction((writer) => putBlob(writer, row, clock.now()))
  const remove = async (blob: string): Promise<void> => {
    await coded(() => rm(fileOf(blob), { force: true }))
    await store.transaction((writer) => deleteBlob(writer, blob))
  }
  const known = async ({ ticket }: Admitted): Promise<BlobRow | undefined> => {
    const row = await findBlob(store, ticket.blob)
    if (row?.state === 'dropped') return { ...row, held: ticket.bytes }
    const isSame = !row || (row.ledger === ticket.ledger && row.bytes === ticket.bytes && row.sha256 === ticket.sha256)
    if (!isSame) throw new CodedError('ticket_refused', 'this blob is another file')
    return row
  }
  const finish = async (row: BlobRow): Promise<BlobState> => {
    if ((await coded(() => hashOf(fileOf(row.blob)))) !== row.sha256) {
      await remove(row.blob)
      throw new CodedError('blob_damaged', 'the file is not the one of the ticket')
    }
    await put({ ...row, state: 'complete' })
    needs.grown(row.blob)
    return stateOf({ ...row, state: 'complete' })
  }

  return {
    async admit(header, blob) {
      const ticket = readTicket(header)
      const device = ticket && needs.findByLedger(ticket.ledger)
      if (!ticket || !device || ticket.blob !== blob) throw new CodedError('ticket_refused', 'no ticket for this blob')
      const { ledger, bytes, sha256: hash, signature } = ticket
      const signed = frame([ledger, blob, String(bytes), hash].map((part) => Buffer.from(part, 'ascii')))
      if (!verifyFor(blobLabel, signed, Buffer.from(signature, 'base64url'), device.signingKey)) {
        await needs.alerts.raiseAlone('signature_refused', device.workstation)
        throw new CodedError('ticket_refused', 'the signature of the ticket does not hold')
      }
      return { ticket, device }
    },
    async state(admitted) {
      const row = await known(admitted)
      if (!row) return { bytes: 0, complete: false }
      if (row.state !== 'partial' || row.held < row.bytes) return stateOf(row)
      // Cut off between the last piece and the check of the whole.
      return inTurn(row.blob, async () => {
        const now = await known(admitted)
        return now?.state === 'partial' && now.held === now.bytes ? finish(now) : stateOf(now ?? row)
      })
    },
    append: (admitted, offset, piece) =>
      inTurn(admitted.ticket.blob, async () => {
        const { blob, ledger, bytes, sha256: hash } = admitted.ticket
        const row = (await known(admitted)) ?? { blob, ledger, bytes, sha256: hash, held: 0, state: 'partial' as const }
        if (row.state !== 'partial') return stateOf(row)
        if (offset !== row.held) throw new BlobOffset(row.held)
        if (offset + piece.length > bytes) throw new CodedError('blob_too_large', 'the ticket is for a shorter file')
        if (piece.length > 0) {
          await coded(() => writePiece(fileOf(blob), needs.folder, offset, piece))
          row.held += piece.length
          await put(row)
        }
        return row.held === bytes ? finish(row) : stateOf(row)
      }),
    async pull(blob, offset, length) {
      const row = await findBlob(store, blob)
      if (row?.state !== 'complete') return null
      return { bytes: row.bytes, piece: await coded(() => readPiece(fileOf(blob), offset, length)) }
    },
    // The mark first, and the file each time that the keeper says so: it repeats itself until it is answered. What has not come yet, or not
    // whole, is answered as complete from now on.
    drop: (blob) =>
      inTurn(blob, async () => {
        const row = (await findBlob(store, blob)) ?? { blob, ledger: '', bytes: 0, sha256: '', held: 0 }
        await put({ ...row, state: 'dropped' })
        await coded(() => rm(fileOf(blob), { force: true }))
      }),
    async purge() {
      for (const { blob } of await listAbandoned(store, clock.now() - abandonedMs)) {
        await inTurn(blob, async () => {
          if ((await findBlob(store, blob))?.state === 'partial') await remove(blob)
        })
      }
    },
  }
}

function stateOf({ held, state }: BlobRow): BlobState {
  return { bytes: held, complete: state !== 'partial' }
}

function readTicket(header: string | undefined): BlobTicket | null {
  if (header === undefined || header.length > headerChars || !/^[A-Za-z0-9_-]+$/.test(header)) return null
  try {
    return blobTicketSchema.parse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8')))
  } catch {
    return null
  }
}

/** What stood behind `offset` was never acknowledged and is written over. */
async function writePiece(path: string, folder: string, offset: number, piece: Uint8Array): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT, 0o600)
  try {
    for (let at = 0; at < piece.length;) {
      at += (await file.write(piece, at, piece.length - at, offset + at)).bytesWritten
    }
    await file.sync()
  } finally {
    await file.close()
  }
  if (offset > 0) return
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}

async function readPiece(path: string, offset: number, length: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const piece = Buffer.alloc(length)
    const { bytesRead } = await file.read(piece, 0, length, offset)
    return piece.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** The system's errors that an operator can act on, as codes. */
async function coded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new CodedError('storage_full', 'the disk is full')
    if (/^E[A-Z]+$/.test(code)) throw new CodedError('storage_failed', `a file cannot be read or written (${code})`)
    throw error
  }
}
