/** Fetches files from Telegram in pieces, from whichever data centre holds them, and asks for them anew when their reference ran out. */
import type { Api } from 'telegram/index.js'
import { ChannelError } from '../channel.ts'
import { askMessage } from './change-request.ts'
import { readFault, rpcError } from './faults.ts'
import type { LiveLine } from './live-line.ts'
import { decodeReference, type MediaReference } from './media-reference.ts'
import type { PeerStore } from './peers.ts'
import { readContent } from './read-content.ts'

interface DownloadOptions {
  live(): LiveLine | null
  failed(live: LiveLine, error: unknown): void
  alive(): void
  now(): number
}

const pieceAtMost = 256 * 1024
const pieceAtLeast = 64 * 1024
const movesAtMost = 3

/** offset: a multiple of 65,536. Throws ChannelError as `ProviderChannel.download` says. */
export async function* download(
  request: { reference: Uint8Array; offset: number; signal: AbortSignal },
  options: DownloadOptions,
): AsyncIterable<Uint8Array> {
  const reference = decodeReference(request.reference)
  if (request.offset % pieceAtLeast !== 0) throw new ChannelError('media_refused', 'The offset is not aligned')
  let { offset } = request
  let { dc } = reference
  for (let moves = 0; ;) {
    request.signal.throwIfAborted()
    const live = options.live()
    if (!live) throw new ChannelError('not_connected', 'Telegram is not connected')
    const limit = pieceSize(offset)
    try {
      const piece = await askPiece(live, reference, dc, offset, limit)
      options.alive()
      if (piece.length > 0) yield piece
      offset += piece.length
      if (piece.length < limit) return
    } catch (error) {
      if (error instanceof ChannelError) throw error
      const moved = movedTo(error)
      if (moved === null || ++moves > movesAtMost) throw downloadFault(live, error, options)
      dc = moved
    }
  }
}

/** A piece may not cross a border of 1 MiB: the largest power of two that divides the offset never does. */
function pieceSize(offset: number): number {
  let size = pieceAtMost
  while (size > pieceAtLeast && offset % size !== 0) size /= 2
  return size
}

async function askPiece(
  { library, line }: LiveLine,
  reference: MediaReference,
  dc: number,
  offset: number,
  limit: number,
): Promise<Uint8Array> {
  const { Api, toLong } = library
  const fields = {
    id: toLong(reference.id),
    accessHash: toLong(reference.hash),
    fileReference: Buffer.from(reference.reference, 'base64'),
    thumbSize: reference.size,
  }
  const location =
    reference.type === 'photo' ? new Api.InputPhotoFileLocation(fields) : new Api.InputDocumentFileLocation(fields)
  const file = await line.callAt(dc, new Api.upload.GetFile({ location, offset: toLong(offset), limit }))
  if (file.className !== 'upload.File') throw new ChannelError('media_refused', 'Telegram sends the file elsewhere')
  if (file.bytes.length > limit) throw new ChannelError('media_damaged', 'Telegram sent more than was asked for')
  return file.bytes
}

function movedTo(error: unknown): number | null {
  const rpc = rpcError(error)
  if (!rpc?.errorMessage.startsWith('FILE_MIGRATE')) return null
  const dc = error instanceof Error && 'newDc' in error ? Number(error.newDc) : Number(rpc.errorMessage.split('_')[2])
  return Number.isInteger(dc) && dc > 0 && dc < 1000 ? dc : null
}

function downloadFault(live: LiveLine, error: unknown, options: DownloadOptions): ChannelError {
  const name = rpcError(error)?.errorMessage ?? ''
  const read = readFault(error, options.now())
  if (name.startsWith('FILE_REFERENCE_')) return new ChannelError('media_expired', 'The reference of the file ran out')
  if (read.kind === 'flood') return new FloodError(read.fault.text, read.fault.until)
  if (read.kind === 'refused') return new ChannelError('media_refused', read.fault.text)
  if (read.kind !== 'unclear') options.failed(live, error)
  return new ChannelError('not_connected', read.fault.text)
}

export class FloodError extends ChannelError {
  /** Epoch ms until which trying again is useless. */
  readonly until: number | null
  constructor(message: string, until: number | null) {
    super('flood', message)
    this.until = until
  }
}

/** A new reference to the same message's file; null: the message or its file is gone. Rejects with the provider's error. */
export async function refreshReference(
  live: LiveLine,
  address: string,
  providerId: string,
  peers: PeerStore,
): Promise<Uint8Array | null> {
  if (!/^[1-9]\d{0,9}$/.test(providerId)) return null
  const history = await askMessage(live, address, Number(providerId), peers)
  if (!history || history.className === 'messages.MessagesNotModified') return null
  const message = history.messages.find(
    (one): one is Api.Message => one.className === 'Message' && String(one.id) === providerId,
  )
  const content = message ? readContent(message, live.library.expandThumbnail) : null
  if (!content || typeof content === 'string' || !content.media) return null
  return new TextEncoder().encode(content.media.reference)
}
