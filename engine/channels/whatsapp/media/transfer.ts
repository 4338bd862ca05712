/** Files down and up, piece by piece: nothing of them is written to disk. */
import { randomBytes } from 'node:crypto'
import { ChannelError } from '../../channel.ts'
import type { OutgoingFile } from '../../channel.ts'
import type { Uploaded } from '../outgoing-media.ts'
import { BLOCK_BYTES, MediaOpener, encryptedSize, mediaKeys, sealMedia } from './crypto.ts'
import type { Sealed } from './crypto.ts'
import type { MediaServer } from './endpoint.ts'
import { get, placeOfFile, post } from './http.ts'
import { MEDIA_TYPES } from './reference.ts'
import type { MediaReference, MediaType } from './reference.ts'

/** WhatsApp's own limit of a document. */
export const FILE_LIMIT_BYTES = 2 * 1024 ** 3
const PIECE_BYTES = 1 << 20
const DEFAULT_HOST = 'mmg.whatsapp.net'

/** Hosts and the pass that the provider gives for a time. */
export interface MediaPass {
  hosts: string[]
  auth: string
}

function downloadPlace(
  server: MediaServer,
  reference: MediaReference,
  hosts: string[],
): { host: string; path: string } {
  const url = reference.url !== null && URL.canParse(reference.url) ? new URL(reference.url) : null
  if (url && url.protocol !== 'https:') throw new ChannelError('media_refused', 'the file does not lie behind HTTPS')
  const named = url && server.allows(url.host) ? url.host : null
  const host = server.host ?? named ?? hosts.find((one) => server.allows(one)) ?? DEFAULT_HOST
  if (reference.directPath !== null) return placeOfFile(server, host, reference.directPath)
  if (!url) throw new ChannelError('media_refused', 'the message does not tell where the file lies')
  return placeOfFile(server, url.host, url.pathname + url.search)
}

function refuseStatus(status: number): never {
  if (status === 404 || status === 410) throw new ChannelError('media_expired', 'the file is no longer there')
  if (status === 429) throw new ChannelError('flood', 'too many files were asked for')
  if (status >= 500) throw new ChannelError('not_connected', 'the media server has a fault')
  throw new ChannelError('media_refused', `the media server answered ${status}`)
}

/** The plain bytes from `offset` on. `hosts`: those that the provider last named. */
export async function* downloadMedia(
  server: MediaServer,
  reference: MediaReference,
  offset: number,
  hosts: string[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (offset % BLOCK_BYTES !== 0) throw new ChannelError('media_refused', 'the offset is between two blocks')
  const place = downloadPlace(server, reference, hosts)
  const from = offset === 0 ? 0 : offset - BLOCK_BYTES
  const answer = await get(server, place, from, signal)
  const status = answer.statusCode ?? 0
  if (status !== 200 && status !== 206) {
    answer.destroy()
    refuseStatus(status)
  }
  // A server that knows no ranges sends the whole file; what was asked for then lies behind what is passed over.
  let skip = from > 0 && status === 200 ? from : 0
  const keys = mediaKeys(reference.key, reference.type)
  let opener: MediaOpener | null = offset === 0 ? new MediaOpener(keys, null) : null
  let head: Buffer = Buffer.alloc(0)
  let received = from
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      const wanted = piece.subarray(Math.min(skip, piece.length))
      skip -= piece.length - wanted.length
      received += wanted.length
      if (received > encryptedSize(FILE_LIMIT_BYTES)) throw new ChannelError('media_refused', 'the file is too large')
      if (opener) yield opener.push(wanted)
      else {
        head = Buffer.concat([head, wanted])
        if (head.length < BLOCK_BYTES) continue
        opener = new MediaOpener(keys, head.subarray(0, BLOCK_BYTES))
        yield opener.push(head.subarray(BLOCK_BYTES))
      }
    }
  } catch (error) {
    if (error instanceof ChannelError) throw error
    if (signal.aborted) throw new ChannelError('aborted', 'no longer wanted')
    throw new ChannelError('not_connected', 'the connection to the media server was lost')
  } finally {
    answer.destroy()
  }
  if (!answer.complete) throw new ChannelError('not_connected', 'the connection to the media server was lost')
  if (!opener) throw new ChannelError('media_damaged', 'the file is cut')
  yield opener.end()
}

async function* piecesOf(file: OutgoingFile): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < file.bytes;) {
    const piece = await file.read(offset, PIECE_BYTES)
    if (piece.length === 0) throw new ChannelError('media_damaged', 'the file is shorter than announced')
    offset += piece.length
    if (offset > file.bytes) throw new ChannelError('media_damaged', 'the file is longer than announced')
    yield piece
  }
}

/** A piece counts once the line asks for the next one. */
async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  progress: (sentBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let sent = 0
  for await (const piece of pieces) {
    yield piece
    sent += piece.length
    progress(sent)
  }
}

function readAnswer(text: string): { url: string; directPath: string } | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { url, direct_path: directPath } = value as Record<string, unknown>
  if (typeof directPath !== 'string' || !directPath.startsWith('/') || directPath.length > 4096) return null
  return { url: typeof url === 'string' && url.length <= 4096 ? url : '', directPath }
}

function failed(detail: string): ChannelError {
  return new ChannelError('whatsapp_upload_failed', `the file could not be uploaded: ${detail}`)
}

async function drain(pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) void piece
}

/** The address of an upload is the sum of the sealed file, so the file is read twice: once for its sums, once to send it. */
async function sums(file: OutgoingFile, key: Uint8Array, type: MediaType): Promise<Sealed> {
  let sealed: Sealed | null = null
  await drain(sealMedia(piecesOf(file), mediaKeys(key, type), (result) => (sealed = result)))
  if (!sealed) throw failed('not read')
  return sealed
}

/** Throws ChannelError: whatsapp_upload_failed, media_damaged, whatsapp_file_too_large. */
export async function uploadMedia(
  server: MediaServer,
  file: OutgoingFile,
  type: MediaType,
  pass: MediaPass,
  { signal, progress }: { signal: AbortSignal; progress(sentBytes: number): void },
): Promise<Uploaded> {
  if (file.bytes > FILE_LIMIT_BYTES) throw new ChannelError('whatsapp_file_too_large', 'the file is larger than 2 GiB')
  const mediaKey = randomBytes(32)
  const { sha256, encSha256, bytes } = await sums(file, mediaKey, type)
  if (file.sha256 !== sha256.toString('hex')) throw new ChannelError('media_damaged', 'the file has changed meanwhile')
  const token = encSha256.toString('base64url')
  const path = `${MEDIA_TYPES[type].path}/${token}?auth=${encodeURIComponent(pass.auth)}&token=${token}`
  const hosts = server.host === null ? pass.hosts.filter((host) => server.allows(host)) : [server.host]
  for (const host of hosts.slice(0, 3)) {
    const pieces = sealMedia(counted(piecesOf(file), progress), mediaKeys(mediaKey, type), () => undefined)
    const place = placeOfFile(server, host, path)
    const answer = await post(server, place, { bytes: encryptedSize(bytes), pieces }, signal).catch(() => null)
    if (signal.aborted) break
    const told = answer?.status === 200 ? readAnswer(answer.text) : null
    if (told) return { ...told, mediaKey, sha256, encSha256, bytes }
  }
  throw failed(signal.aborted ? 'given up' : 'no host has taken it')
}
