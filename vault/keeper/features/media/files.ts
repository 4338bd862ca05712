/** The keeper's files: ciphertext as it came (formats/blob), checked chunk by chunk while it is written, and read again in pieces. */
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { open, rename, rm, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { chunkBytes, chunkCount, openChunk, sealedChunkBytes, sealedSize } from '../../../../shared/formats/blob.ts'

/** What a file must be. `sha256`: of the plain content, lower-case hex; `bytes`: its plain size. */
export interface Expected {
  key: Uint8Array
  sha256: string
  bytes: number
}

/** Takes the sealed bytes of one file in pieces of any size. Both methods throw CodedError('blob_damaged'). */
export class BlobCheck {
  readonly #expected: Expected
  readonly #chunks: number
  readonly #hash = createHash('sha256')
  #rest: Buffer = Buffer.alloc(0)
  #index = 0

  constructor(expected: Expected) {
    this.#expected = expected
    this.#chunks = chunkCount(sealedSize(expected.bytes))
  }

  push(piece: Uint8Array): void {
    let rest = Buffer.concat([this.#rest, piece])
    while (rest.length >= sealedChunkBytes && this.#index < this.#chunks - 1) {
      this.#take(rest.subarray(0, sealedChunkBytes), false)
      rest = rest.subarray(sealedChunkBytes)
    }
    // Nothing behind the last chunk, which has no more than one chunk's size.
    if (rest.length > sealedChunkBytes) throw new CodedError('blob_damaged', 'the file is longer than it was told')
    this.#rest = rest
  }

  finish(): void {
    if (this.#index !== this.#chunks - 1) throw new CodedError('blob_damaged', 'the file is shorter than it was told')
    this.#take(this.#rest, true)
    if (this.#hash.digest('hex') !== this.#expected.sha256)
      throw new CodedError('blob_damaged', 'the content is another one than was told')
  }

  #take(sealed: Uint8Array, last: boolean): void {
    const plain = openChunk(this.#expected.key, this.#index++, sealed, last)
    const wanted = last ? this.#expected.bytes - (this.#chunks - 1) * chunkBytes : chunkBytes
    if (plain.length !== wanted) throw new CodedError('blob_damaged', 'the file has another size than was told')
    this.#hash.update(plain)
  }
}

export interface Files {
  /**
   * Writes a file under construction from its pieces, checked, and durable when this resolves; `keep` gives it its name. Throws CodedError
   * 'blob_damaged', 'storage_full', 'storage_failed', and what `pieces` throws; then nothing is left of it.
   */
  write(id: string, expected: Expected, pieces: AsyncIterable<Uint8Array>): Promise<void>
  /** The file has its name, durably, when this resolves. One that has the name already is replaced. */
  keep(id: string, name: string): Promise<void>
  discard(id: string): Promise<void>
  /** Gone, durably, when this resolves; also when it was not there. */
  remove(name: string): Promise<void>
  /** Plain bytes from `offset`, at most `length`, and the plain size. Throws CodedError: media_missing (no such file), blob_damaged. */
  read(name: string, key: Uint8Array, offset: number, length: number): Promise<{ data: Buffer; bytes: number }>
}

/** `folder`: made (0700) when it is missing; what a crash left under construction there is thrown away. Files are 0600. */
export function openFiles(folder: string): Files {
  const incoming = join(folder, 'incoming')
  rmSync(incoming, { recursive: true, force: true })
  mkdirSync(incoming, { recursive: true, mode: 0o700 })
  const syncFolder = async (): Promise<void> => {
    const handle = await open(folder)
    await handle.sync().finally(() => handle.close())
  }
  const discard: Files['discard'] = (id) => rm(join(incoming, id), { force: true })
  return {
    discard,
    write: (id, expected, pieces) =>
      coded(async () => {
        const file = await open(join(incoming, id), 'w', 0o600)
        try {
          const check = new BlobCheck(expected)
          for await (const piece of pieces) {
            check.push(piece)
            await writeWhole(file, piece)
          }
          check.finish()
          await file.sync()
          await file.close()
        } catch (error) {
          await file.close().catch(() => undefined)
          await discard(id)
          throw error
        }
      }),
    keep: (id, name) =>
      coded(async () => {
        await rename(join(incoming, id), join(folder, name))
        await syncFolder()
      }),
    remove: (name) =>
      coded(async () => {
        await unlink(join(folder, name)).catch((error: unknown) => {
          if (!isMissing(error)) throw error
        })
        await syncFolder()
      }),
    read: (name, key, offset, length) => coded(() => readPlain(join(folder, name), key, offset, length)),
  }
}

async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length;) at += (await file.write(piece, at)).bytesWritten
}

async function readPlain(
  path: string,
  key: Uint8Array,
  offset: number,
  length: number,
): Promise<{ data: Buffer; bytes: number }> {
  const file = await open(path).catch((error: unknown) => {
    throw isMissing(error) ? new CodedError('media_missing', 'the vault does not hold this file') : error
  })
  try {
    const { size } = await file.stat()
    const chunks = chunkCount(size)
    const bytes = size - chunks * (sealedChunkBytes - chunkBytes)
    const parts: Buffer[] = []
    const first = Math.floor(offset / chunkBytes)
    const end = Math.min(offset + length, bytes)
    for (let index = first; index * chunkBytes < end; index++) {
      const sealed = Buffer.alloc(Math.min(sealedChunkBytes, size - index * sealedChunkBytes))
      const { bytesRead } = await file.read(sealed, 0, sealed.length, index * sealedChunkBytes)
      parts.push(openChunk(key, index, sealed.subarray(0, bytesRead), index === chunks - 1))
    }
    const from = offset - first * chunkBytes
    return { data: Buffer.concat(parts).subarray(from, from + Math.max(0, end - offset)), bytes }
  } finally {
    await file.close()
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
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
