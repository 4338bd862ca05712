/** A device found a file gone from the media servers: the account's own phone puts it there again and tells the new path. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import { bytesOf, child, element, requiredAttribute } from './binary-node.ts'
import type { BinaryNode } from './binary-node.ts'
import type { Login } from './connection.ts'
import { unwrap } from './content-read.ts'
import { PN_SERVER, parseJid } from './jid.ts'
import type { World } from './world.ts'

const TAG_BYTES = 16
const IV_BYTES = 12
const NOT_FOUND = '2'

function retryKey(mediaKey: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), 'WhatsApp Media Retry Notification', 32))
}

function encrypted(id: string, mediaKey: Uint8Array, plain: Uint8Array): BinaryNode {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', retryKey(mediaKey), iv)
  cipher.setAAD(Buffer.from(id))
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return element('encrypt', {}, [element('enc_p', {}, sealed), element('enc_iv', {}, iv)])
}

/** Whether the request was made by somebody who has the file's key. */
function proves(request: BinaryNode, id: string, mediaKey: Uint8Array): boolean {
  const parts = child(request, 'encrypt')
  const sealed = bytesOf(child(parts, 'enc_p'))
  const iv = bytesOf(child(parts, 'enc_iv'))
  if (!sealed || sealed.length < TAG_BYTES || iv?.length !== IV_BYTES) return false
  try {
    const decipher = createDecipheriv('aes-256-gcm', retryKey(mediaKey), iv)
    decipher.setAAD(Buffer.from(id))
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
    return proto.ServerErrorReceipt.decode(plain).stanzaId === id
  } catch {
    return false
  }
}

/** Key and path of a message's file; undefined when the message is not known or carries none. */
function fileOf(world: World, { account }: Login, id: string, chatJid: string | undefined) {
  const peer = world.find(parseJid(chatJid))
  const chat = world.findGroup(chatJid ?? '') ?? (peer?.kind === 'customer' ? world.chat(account, peer) : undefined)
  const known = chat?.messages.get(id)
  if (!known) return undefined
  const { message } = unwrap(known.message)
  const { imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage } = message
  const file = imageMessage ?? videoMessage ?? audioMessage ?? documentMessage ?? stickerMessage
  return file?.mediaKey && file.directPath ? { mediaKey: file.mediaKey, directPath: file.directPath } : undefined
}

/** Answers a `server-error` receipt with a `mediaretry` notification to the device that asked. */
export function uploadAgain(world: World, login: Login, receipt: BinaryNode): void {
  const id = requiredAttribute(receipt, 'id')
  const asked = child(receipt, 'rmr')?.attrs ?? {}
  const file = fileOf(world, login, id, asked.jid)
  const attrs = { id, from: login.account.jid(PN_SERVER), type: 'mediaretry', t: String(world.seconds()) }
  const { jid = '', from_me = 'false', participant } = asked
  const place = element('rmr', { jid, from_me, ...(participant ? { participant } : {}) })
  const blob = file && proves(receipt, id, file.mediaKey) ? world.media.storeAgain(file.directPath) : null
  const answer = file
    ? encrypted(id, file.mediaKey, retryResult(id, blob?.directPath))
    : element('error', { code: NOT_FOUND })
  login.companion.queue.add('notification', element('notification', attrs, [answer, place]))
}

function retryResult(stanzaId: string, directPath: string | undefined): Uint8Array {
  const { SUCCESS, NOT_FOUND: missing } = proto.MediaRetryNotification.ResultType
  const fields = directPath === undefined ? { stanzaId, result: missing } : { stanzaId, directPath, result: SUCCESS }
  return proto.MediaRetryNotification.encode(fields).finish()
}
