/** A file of this machine, brought to the desk in pieces as the window brings one. */
import { open } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { CodedError } from '../../shared/contracts/contract.ts'
import type { Command } from '../../shared/contracts/engine-lines.ts'
import { isMedia, type MediaKind } from '../../shared/contracts/neutral-message.ts'
import type { Saying } from '../desk/say.ts'
import type { Engine } from '../engine.ts'

const pieceBytes = 1_048_576
const types: Record<string, [mime: string, kind: MediaKind]> = {
  '.jpg': ['image/jpeg', 'image'],
  '.jpeg': ['image/jpeg', 'image'],
  '.png': ['image/png', 'image'],
  '.webp': ['image/webp', 'sticker'],
  '.mp4': ['video/mp4', 'video'],
  '.mov': ['video/quicktime', 'video'],
  '.ogg': ['audio/ogg; codecs=opus', 'voice'],
  '.opus': ['audio/ogg; codecs=opus', 'voice'],
  '.mp3': ['audio/mpeg', 'audio'],
  '.m4a': ['audio/mp4', 'audio'],
  '.pdf': ['application/pdf', 'document'],
  '.txt': ['text/plain', 'document'],
}

type Said = Omit<Command<'send'>, 'conversation'>

/** Throws CodedError: file_unreadable, kind_refused, and as attachment.begin and attachment.put. */
export async function withFile(engine: Engine, { file, kind, ...said }: Said): Promise<Saying> {
  if (!file) {
    if (kind && isMedia(kind)) throw new CodedError('kind_refused', 'this kind needs a file')
    return said
  }
  return { ...said, attachment: await attach(engine, file, kind ?? null) }
}

async function attach(engine: Engine, path: string, wanted: string | null): Promise<string> {
  const [mime, usual] = types[extname(path).toLowerCase()] ?? ['application/octet-stream', 'document' as const]
  const kind = wanted ?? usual
  if (!isMedia(kind)) throw new CodedError('kind_refused', 'a file is not sent as that')
  const handle = await open(path, 'r').catch(() => {
    throw new CodedError('file_unreadable', 'the file cannot be read')
  })
  const { handlers } = engine
  try {
    const { size } = await handle.stat()
    const unknown = { width: null, height: null, durationS: null, waveform: null }
    const named = { name: kind === 'document' ? basename(path) : null, mime, bytes: size, ...unknown }
    const { attachment } = await handlers['attachment.begin']({ kind, file: named, thumbnail: null })
    const buffer = Buffer.alloc(pieceBytes)
    for (let offset = 0; offset < size;) {
      const { bytesRead } = await handle.read(buffer, 0, pieceBytes, offset)
      if (bytesRead === 0) throw new CodedError('file_unreadable', 'the file has become shorter')
      await handlers['attachment.put']({ attachment, offset, data: new Uint8Array(buffer.subarray(0, bytesRead)) })
      offset += bytesRead
    }
    return attachment
  } finally {
    await handle.close()
  }
}
