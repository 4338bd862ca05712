/** What the outside of a message tells about its inside: the stanza's type, the media type, edits and polls. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import type { BinaryNode } from './binary-node.ts'
import { element } from './binary-node.ts'
import { unwrap } from './content-read.ts'

export interface StanzaShape {
  /** `text`, `media`, `reaction` or `poll`. */
  type: string
  /** Beside the ciphertext. */
  enc: Record<string, string>
  /** On the stanza itself. */
  attrs: Record<string, string>
  nodes: BinaryNode[]
}

function mediaType(message: proto.IMessage): string | null {
  const { audioMessage, videoMessage, extendedTextMessage } = message
  if (message.imageMessage) return 'image'
  if (videoMessage) return videoMessage.gifPlayback ? 'gif' : 'video'
  if (audioMessage) return audioMessage.ptt ? 'ptt' : 'audio'
  if (message.documentMessage) return 'document'
  if (message.stickerMessage) return 'sticker'
  if (message.contactMessage) return 'vcard'
  if (message.contactsArrayMessage) return 'contact_array'
  if (message.locationMessage) return 'location'
  if (message.liveLocationMessage) return 'livelocation'
  return extendedTextMessage?.matchedText && extendedTextMessage.title ? 'url' : null
}

/** The `edit` attribute: 1 edit, 7 taken back by its author, 8 by an administrator. */
function editOf({ type, key }: proto.Message.IProtocolMessage): string | null {
  const { Type } = proto.Message.ProtocolMessage
  if (type === Type.MESSAGE_EDIT) return '1'
  if (type !== Type.REVOKE) return null
  return key?.fromMe === false ? '8' : '7'
}

export function shapeOf(outer: proto.IMessage): StanzaShape {
  const { message } = unwrap(outer)
  const { protocolMessage, pollUpdateMessage } = message
  if (message.reactionMessage) {
    // Taking a reaction back is a revocation of its own kind.
    const attrs: Record<string, string> = message.reactionMessage.text ? {} : { edit: '7' }
    return { type: 'reaction', enc: { 'decrypt-fail': 'hide' }, attrs, nodes: [] }
  }
  if (pollUpdateMessage) {
    return { type: 'poll', enc: { 'decrypt-fail': 'hide' }, attrs: {}, nodes: [element('meta', { polltype: 'vote' })] }
  }
  if (message.pollCreationMessage ?? message.pollCreationMessageV3) {
    return { type: 'poll', enc: {}, attrs: {}, nodes: [element('meta', { polltype: 'creation' })] }
  }
  if (protocolMessage) {
    const edit = editOf(protocolMessage)
    const enc: Record<string, string> = edit === '1' ? { 'decrypt-fail': 'hide' } : {}
    return { type: 'text', enc, attrs: edit ? { edit } : {}, nodes: [] }
  }
  const mediatype = mediaType(message)
  return mediatype === null
    ? { type: 'text', enc: {}, attrs: {}, nodes: [] }
    : { type: 'media', enc: { mediatype }, attrs: {}, nodes: [] }
}
