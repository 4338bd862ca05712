/** Files for tests of channels: bytes that no two places share, and the reader that an engine gives for them. */
import { createHash } from 'node:crypto'
import type { FileDetails } from '../../shared/contracts/neutral-message.ts'
import type { OutgoingFile } from '../../engine/channels/channel.ts'

export function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let offset = 0; offset + 4 <= length; offset += 4) bytes.writeUInt32LE((offset * 2_654_435_761) >>> 0, offset)
  return bytes
}

export function outgoingFile(bytes: Buffer, details: FileDetails): OutgoingFile {
  return {
    ...details,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    thumbnail: null,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  }
}
