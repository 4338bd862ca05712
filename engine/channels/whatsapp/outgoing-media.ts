/** The media kinds as they leave, once their file lies encrypted at the provider. */
import type { proto } from '@whiskeysockets/baileys'
import type { MediaKind } from '../../../shared/contracts/neutral-message.ts'
import type { OutgoingFile } from '../channel.ts'
import type { MediaType } from './media/reference.ts'

/** Where the encrypted file lies and with what it opens. */
export interface Uploaded {
  url: string
  directPath: string
  mediaKey: Uint8Array
  /** SHA-256 of the plain and of the encrypted file, 32 bytes each. */
  sha256: Uint8Array
  encSha256: Uint8Array
  bytes: number
}

export function mediaTypeOf(kind: MediaKind): MediaType {
  return kind === 'voice' ? 'audio' : kind
}

export function mediaMessage(
  kind: MediaKind,
  file: OutgoingFile,
  caption: string,
  uploaded: Uploaded,
  contextInfo: proto.IContextInfo | null,
  now: number,
): proto.IMessage {
  const base = {
    url: uploaded.url,
    directPath: uploaded.directPath,
    mediaKey: uploaded.mediaKey,
    fileSha256: uploaded.sha256,
    fileEncSha256: uploaded.encSha256,
    fileLength: uploaded.bytes,
    mediaKeyTimestamp: Math.floor(now / 1000),
    mimetype: file.mime,
    contextInfo,
  }
  const size = { width: file.width, height: file.height }
  const shown = { jpegThumbnail: file.thumbnail, ...(caption ? { caption } : {}) }
  switch (kind) {
    case 'image':
      return { imageMessage: { ...base, ...size, ...shown } }
    case 'video':
      return { videoMessage: { ...base, ...size, ...shown, seconds: file.durationS } }
    case 'voice': {
      const waveform = file.waveform === null ? null : Buffer.from(file.waveform, 'base64')
      return { audioMessage: { ...base, seconds: file.durationS, ptt: true, waveform } }
    }
    case 'audio':
      return { audioMessage: { ...base, seconds: file.durationS, ptt: false } }
    case 'document':
      return documentMessage({ ...base, ...shown, fileName: file.name, title: file.name }, caption !== '')
    case 'sticker':
      return { stickerMessage: { ...base, ...size } }
  }
}

/** With a caption a document travels in a wrapper. */
function documentMessage(document: proto.Message.IDocumentMessage, captioned: boolean): proto.IMessage {
  return captioned
    ? { documentWithCaptionMessage: { message: { documentMessage: document } } }
    : { documentMessage: document }
}
