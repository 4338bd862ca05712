/**
 * Files of messages on disk, only ever as ciphertext (formats/blob). `<id>.blob`: whole; `part/<id>.part`: being received, whole chunks
 * that a cut leaves usable; `out/<id>.json`: the ticket, in clear, of a file that the vault has not acknowledged yet.
 */
import { createHash, type KeyObject } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { open, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '../../shared/contracts/contract.ts'
import { blobLabel, blobTicketSchema, type BlobTicket } from '../../shared/contracts/device.ts'
import { chunkBytes, chunkCount, openChunk, sealChunk, sealedChunkBytes } from '../../shared/formats/blob.ts'
import { frame } from '../../shared/formats/bytes.ts'
import { signFor } from '../../shared/formats/keys.ts'

export interface StoredFile {
  blob: string
  key: Uint8Array
  /** Of the plain file. */
  sha256: string
  bytes: number
}
/** What was written, whole. */
export interface SealedFile extends StoredFile {
  sealedBytes: number
  sealedSha256: string
}

const blobName = /^[A-Za-z0-9_-]{1,64}$/

export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
function roomFor(error: unknown): unknown {
  return isNoRoom(error) ? new CodedError('disk_full', 'no room for the file') : error
}

/** Signed with the device signing key: the vault takes the file by it from whoever brings it. */
export function signTicket(ledger: string, file: SealedFile, signingKey: KeyObject): BlobTicket {
  const parts = [ledger, file.blob, String(file.sealedBytes), file.sealedSha256]
  const signature = signFor(blobLabel, frame(parts.map((part) => Buffer.from(part, 'ascii'))), signingKey)
  return {
    ledger,
    blob: file.blob,
    bytes: file.sealedBytes,
    sha256: file.sealedSha256,
    signature: signature.toString('base64url'),
  }
}

export class MediaStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    for (const part of ['', 'out', 'part']) mkdirSync(join(folder, part), { recursive: true, mode: 0o700 })
  }

  #blob(blob: string): string {
    if (!blobName.test(blob)) throw new Error('no name of a file')
    return join(this.#folder, `${blob}.blob`)
  }
  #part(blob: string): string {
    if (!blobName.test(blob)) throw new Error('no name of a file')
    return join(this.#folder, 'part', `${blob}.part`)
  }
  #ticket(blob: string): string {
    if (!blobName.test(blob)) throw new Error('no name of a file')
    return join(this.#folder, 'out', `${blob}.json`)
  }

  /** Begins a file. Throws CodedError('disk_full'). */
  async begin(blob: string, key: Uint8Array): Promise<PartFile> {
    try {
      return new PartFile(blob, key, await open(this.#part(blob), 'w+', 0o600))
    } catch (error) {
      throw roomFor(error)
    }
  }

  /** Goes on with what a cut or a crash left, whole chunks only; what was kept already is opened anew. Null: there is nothing. */
  async resume(blob: string, key: Uint8Array): Promise<PartFile | null> {
    let file: FileHandle
    try {
      file = await open(this.#part(blob), 'r+')
    } catch {
      return null
    }
    const part = new PartFile(blob, key, file)
    try {
      await part.readBack()
      return part
    } catch {
      await part.close()
      await this.discard(blob)
      return null
    }
  }

  /** A file that was kept although nobody wrote down that it is here (a crash between the two). Null: there is none, or it is damaged. */
  async findKept(blob: string, key: Uint8Array): Promise<StoredFile | null> {
    const size = await stat(this.#blob(blob)).then(
      (found) => found.size,
      () => null,
    )
    if (size === null) return null
    const hash = createHash('sha256')
    let bytes = 0
    try {
      for (let offset = 0; ; offset += chunkBytes) {
        const piece = await this.read({ blob, key }, offset, chunkBytes)
        hash.update(piece)
        bytes += piece.length
        if (piece.length < chunkBytes) break
      }
      return { blob, key, sha256: hash.digest('hex'), bytes }
    } catch {
      return null
    }
  }

  /**
   * A whole file stands from now on; durable when it returns. With a ticket it is on its way up. The ticket comes first: a file that
   * stands without one would never go. Throws CodedError('disk_full').
   */
  keep(blob: string, ticket: BlobTicket | null): void {
    try {
      if (ticket) this.#putTicket(ticket)
      renameSync(this.#part(blob), this.#blob(blob))
      for (const folder of ['', 'out', 'part']) syncFolder(join(this.#folder, folder))
    } catch (error) {
      throw roomFor(error)
    }
  }

  #putTicket(ticket: BlobTicket): void {
    const path = this.#ticket(ticket.blob)
    const file = openSync(`${path}.part`, 'w', 0o600)
    try {
      writeSync(file, JSON.stringify(ticket))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(`${path}.part`, path)
  }

  async discard(blob: string): Promise<void> {
    await rm(this.#part(blob), { force: true })
  }

  /** Plain bytes from `offset`, at most `length`; fewer only at the end. Throws CodedError: media_missing, media_damaged. */
  async read(file: Pick<StoredFile, 'blob' | 'key'>, offset: number, length: number): Promise<Buffer> {
    let handle: FileHandle
    try {
      handle = await open(this.#blob(file.blob), 'r')
    } catch {
      throw new CodedError('media_missing', 'the file is not here')
    }
    try {
      return await readPlain(handle, file.key, offset, length)
    } catch (error) {
      throw error instanceof CodedError ? new CodedError('media_damaged', 'the file on disk is damaged') : error
    } finally {
      await handle.close()
    }
  }

  has(blob: string): boolean {
    return statSync(this.#blob(blob), { throwIfNoEntry: false }) !== undefined
  }

  /** Tickets of files that the vault has not acknowledged, at most so many; damaged ones are passed over. */
  listOut(limit: number): BlobTicket[] {
    const tickets: BlobTicket[] = []
    for (const name of readdirSync(join(this.#folder, 'out'))) {
      if (tickets.length >= limit) break
      if (!name.endsWith('.json')) continue
      try {
        const text = readFileSync(join(this.#folder, 'out', name), 'utf8')
        tickets.push(blobTicketSchema.parse(JSON.parse(text)))
      } catch {
        // Removed meanwhile, or no ticket: nothing that could be brought up.
      }
    }
    return tickets
  }

  /** Files that the vault has not acknowledged. */
  countOut(): number {
    return readdirSync(join(this.#folder, 'out')).filter((name) => name.endsWith('.json')).length
  }

  /** Sealed bytes as they travel. */
  async readSealed(blob: string, offset: number, length: number): Promise<Buffer> {
    const handle = await open(this.#blob(blob), 'r')
    try {
      return await readFully(handle, offset, length)
    } finally {
      await handle.close()
    }
  }

  /** The vault has it. */
  acknowledge(blob: string): void {
    rmSync(this.#ticket(blob), { force: true })
  }

  /** Parts that nobody will go on with, and tickets that were cut while they were written. */
  purge(isKnown: (blob: string) => boolean): void {
    for (const name of readdirSync(join(this.#folder, 'part')))
      if (!name.endsWith('.part') || !isKnown(name.slice(0, -5)))
        rmSync(join(this.#folder, 'part', name), { force: true })
    for (const name of readdirSync(join(this.#folder, 'out')))
      if (name.endsWith('.part')) rmSync(join(this.#folder, 'out', name), { force: true })
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

async function readFully(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let got = 0
  while (got < length) {
    const { bytesRead } = await handle.read(buffer, got, length - got, offset + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return buffer.subarray(0, got)
}

async function readPlain(handle: FileHandle, key: Uint8Array, offset: number, length: number): Promise<Buffer> {
  const { size } = await handle.stat()
  const count = chunkCount(size)
  const first = Math.floor(offset / chunkBytes)
  const last = Math.min(count - 1, Math.floor((offset + length - 1) / chunkBytes))
  if (first > last) return Buffer.alloc(0)
  const sealed = await readFully(handle, first * sealedChunkBytes, (last - first + 1) * sealedChunkBytes)
  const pieces: Buffer[] = []
  for (let index = first; index <= last; index++) {
    const from = (index - first) * sealedChunkBytes
    pieces.push(openChunk(key, index, sealed.subarray(from, from + sealedChunkBytes), index === count - 1))
  }
  const skipped = offset - first * chunkBytes
  return Buffer.concat(pieces).subarray(skipped, skipped + length)
}

/** A file that is being received or put: sealed chunk by chunk as it comes. The last chunk waits for the end, which it seals as such. */
export class PartFile {
  readonly blob: string
  readonly key: Uint8Array
  readonly #file: FileHandle
  readonly #plain = createHash('sha256')
  readonly #sealed = createHash('sha256')
  #chunks = 0
  #rest: Buffer = Buffer.alloc(0)

  constructor(blob: string, key: Uint8Array, file: FileHandle) {
    this.blob = blob
    this.key = key
    this.#file = file
  }

  /** Plain bytes that stand on disk: a multiple of 65,536. */
  get kept(): number {
    return this.#chunks * chunkBytes
  }
  /** Plain bytes that were taken. */
  get received(): number {
    return this.kept + this.#rest.length
  }

  /** Takes the whole chunks that are there; what follows them is cut off. */
  async readBack(): Promise<void> {
    const { size } = await this.#file.stat()
    const whole = Math.floor(size / sealedChunkBytes)
    for (let index = 0; index < whole; index++) {
      const sealed = await readFully(this.#file, index * sealedChunkBytes, sealedChunkBytes)
      this.#plain.update(openChunk(this.key, index, sealed, false))
      this.#sealed.update(sealed)
      this.#chunks++
    }
    await this.#file.truncate(whole * sealedChunkBytes)
  }

  /** Throws CodedError('disk_full'); what was taken before stays usable. */
  async write(piece: Uint8Array): Promise<void> {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : Buffer.from(piece)
    while (rest.length > chunkBytes) {
      await this.#put(rest.subarray(0, chunkBytes), false)
      rest = rest.subarray(chunkBytes)
    }
    this.#rest = Buffer.from(rest)
  }

  async #put(plain: Buffer, last: boolean): Promise<void> {
    const sealed = sealChunk(this.key, this.#chunks, plain, last)
    try {
      for (let at = 0; at < sealed.length;) {
        const position = this.#chunks * sealedChunkBytes + at
        at += (await this.#file.write(sealed, at, sealed.length - at, position)).bytesWritten
      }
    } catch (error) {
      throw roomFor(error)
    }
    this.#plain.update(plain)
    this.#sealed.update(sealed)
    this.#chunks++
  }

  /** Seals the end; durable when it resolves. Nothing can be written afterwards. Throws CodedError('disk_full'). */
  async finish(): Promise<SealedFile> {
    const bytes = this.received
    const sealedBytes = this.#chunks * sealedChunkBytes + this.#rest.length + sealedChunkBytes - chunkBytes
    await this.#put(this.#rest, true)
    try {
      await this.#file.sync()
    } catch (error) {
      throw roomFor(error)
    }
    await this.#file.close()
    return {
      blob: this.blob,
      key: this.key,
      bytes,
      sha256: this.#plain.digest('hex'),
      sealedBytes,
      sealedSha256: this.#sealed.digest('hex'),
    }
  }

  /** What stands on disk stays. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {})
  }
}
