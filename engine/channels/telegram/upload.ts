/** Brings a file to Telegram in parts; a cut costs the part under way, not those that stand there already. */
import { createHash } from 'node:crypto'
import type { Api } from 'telegram/index.js'
import type { OutgoingFile } from '../channel.ts'
import { readFault } from './faults.ts'
import type { LiveLine } from './live-line.ts'

export interface UploadedFile {
  file: Api.TypeInputFile
  thumb: Api.TypeInputFile | undefined
}

interface UploadOptions {
  /** The present line, or the next one; null: none came in time. */
  nextLive(): Promise<LiveLine | null>
  alive(): void
  /** Bytes of the file itself that have been taken. */
  progress(sentBytes: number): void
  now(): number
  /** Nobody wants it any more. */
  isWithdrawn(): boolean
  /** Waits before the given failed try (from 1) is repeated. */
  pause(failures: number): Promise<void>
}

const partsAtMost = 4000
/** Every size must divide 512 KiB, the largest. Small parts leave room for the heartbeat on a slow line. */
const partSizes = [128 * 1024, 512 * 1024]
const smallBytes = 10 * 1024 * 1024
const failuresAtMost = 8
/** Parts under way together: a far server is not waited for after each. */
const atOnce = 4

export class UploadWithdrawn extends Error {
  readonly code = 'withdrawn'
}

export class UploadCut extends Error {
  readonly code = 'telegram_connection_lost'
}

/** Rejects with the provider's error, with what `read` throws, with UploadCut when no line came back, or with UploadWithdrawn. */
export async function uploadFile(file: OutgoingFile, clientId: string, options: UploadOptions): Promise<UploadedFile> {
  const thumb =
    file.thumbnail && file.thumbnail.length > 0 ? await uploadParts(memory(file.thumbnail), 'thumb.jpg') : undefined
  return { file: await uploadParts(file, file.name ?? 'file'), thumb }

  async function uploadParts(source: Pick<OutgoingFile, 'bytes' | 'read'>, name: string): Promise<Api.TypeInputFile> {
    const partBytes = partSizes.find((size) => source.bytes <= size * partsAtMost)
    if (partBytes === undefined)
      throw Object.assign(new Error('too large'), { code: 400, errorMessage: 'FILE_PARTS_INVALID' })
    const total = Math.max(1, Math.ceil(source.bytes / partBytes))
    const big = source.bytes > smallBytes
    const digest = createHash('md5')
    let sent = 0
    const id = fileId(`${clientId}/${source === file ? 'file' : 'thumb'}`)
    for (let first = 0; first < total; first += atOnce) {
      const saving: Promise<void>[] = []
      for (let part = first; part < Math.min(total, first + atOnce); part++) {
        const offset = part * partBytes
        const bytes = await readPart(source, offset, Math.min(partBytes, source.bytes - offset))
        digest.update(bytes)
        const saved = savePart(id, part, big ? total : null, bytes).then(() => {
          sent += bytes.length
          if (source === file) options.progress(sent)
        })
        saving.push(saved)
      }
      await Promise.all(saving)
    }
    const live = await options.nextLive()
    if (!live) throw new UploadCut('the line was lost')
    const { Api, toLong } = live.library
    if (big) return new Api.InputFileBig({ id: toLong(id), parts: total, name })
    return new Api.InputFile({ id: toLong(id), parts: total, name, md5Checksum: digest.digest('hex') })
  }

  async function savePart(id: string, filePart: number, fileTotalParts: number | null, bytes: Buffer): Promise<void> {
    for (let failures = 0; ;) {
      if (options.isWithdrawn()) throw new UploadWithdrawn('nobody wants it any more')
      const live = await options.nextLive()
      if (!live) throw new UploadCut('the line was lost')
      const { Api, toLong } = live.library
      const fileId = toLong(id)
      try {
        if (fileTotalParts === null)
          await live.line.callWithPiece(new Api.upload.SaveFilePart({ fileId, filePart, bytes }))
        else await live.line.callWithPiece(new Api.upload.SaveBigFilePart({ fileId, filePart, fileTotalParts, bytes }))
        return options.alive()
      } catch (error) {
        // The same part again is the same part: Telegram keeps it once.
        if (readFault(error, options.now()).kind !== 'unclear' || ++failures >= failuresAtMost) throw error
        await options.pause(failures)
      }
    }
  }
}

export class FileUnreadable extends Error {
  readonly code = 'telegram_file_unreadable'
}

async function readPart(source: Pick<OutgoingFile, 'read'>, offset: number, length: number): Promise<Buffer> {
  const bytes = await source.read(offset, length).catch((error: unknown) => {
    throw new FileUnreadable('the file could not be read', { cause: error })
  })
  if (bytes.length !== length) throw new FileUnreadable('the file is shorter than it was')
  return Buffer.from(bytes)
}

function memory(bytes: Uint8Array): Pick<OutgoingFile, 'bytes' | 'read'> {
  return { bytes: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}

/** The same send uses the same file id, so that its parts are counted once. */
function fileId(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64LE().toString()
}
