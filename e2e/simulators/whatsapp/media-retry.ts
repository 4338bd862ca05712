/** A linked device asks for a file that has expired: the owner's phone uploads it again and says where it is. */
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { child, element, requiredAttribute } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Login } from './connection.ts'
import { unwrapped } from './read-content.ts'
import type { World } from './world.ts'

export function answerMediaRetry(world: World, { companion, account }: Login, receipt: BinaryNode): void {
  const id = requiredAttribute(receipt, 'id')
  const rmr = child(receipt, 'rmr')
  const attrs = { from: account.address, type: 'mediaretry', id, t: String(world.seconds()) }
  const about = element('rmr', rmr?.attrs ?? {})
  const file = fileOf(world, id)
  const { SUCCESS } = proto.MediaRetryNotification.ResultType
  const directPath = file && world.media.renew(file.directPath)
  const children =
    file && directPath
      ? [sealed(file.mediaKey, id, { stanzaId: id, directPath, result: SUCCESS }), about]
      : [element('error', { code: '2' }), about]
  companion.queue.add('notification', element('notification', attrs, children))
}

function fileOf(world: World, id: string): { directPath: string; mediaKey: Uint8Array } | null {
  const message = world.remembered.get(id)?.composed.message
  if (!message) return null
  const { imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage } = unwrapped(message)
  const file = imageMessage ?? videoMessage ?? audioMessage ?? documentMessage ?? stickerMessage
  return file?.directPath && file.mediaKey ? { directPath: file.directPath, mediaKey: file.mediaKey } : null
}

function sealed(mediaKey: Uint8Array, id: string, notification: proto.IMediaRetryNotification): BinaryNode {
  const key = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), 'WhatsApp Media Retry Notification', 32))
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(id))
  const plain = proto.MediaRetryNotification.encode(notification).finish()
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return element('encrypt', {}, [element('enc_p', {}, ciphertext), element('enc_iv', {}, iv)])
}
