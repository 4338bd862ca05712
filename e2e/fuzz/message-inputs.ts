/** Contents of WhatsApp messages of every kind that matters, as a phone encodes them: what the changes begin from. */
import { proto } from '@whiskeysockets/baileys/WAProto/index.js'
import type { Random } from '../harness/seed.ts'
import { hostileText, randomBytesOf } from './hostile.ts'
import { changedProtobuf } from './protobuf-changes.ts'

const key = { remoteJid: '1@lid', fromMe: false, id: '3EB0AA' }
const hash = Buffer.alloc(32, 7)
const contextInfo = {
  stanzaId: '3EB0AB',
  participant: '2@lid',
  quotedMessage: { conversation: 'quoted' },
  mentionedJid: ['3@lid', '4@s.whatsapp.net'],
  isForwarded: true,
  forwardingScore: 3,
  expiration: 86_400,
}
const file = {
  url: 'https://127.0.0.1/x',
  directPath: '/v/t62/x?ccb=1',
  mediaKey: hash,
  fileSha256: hash,
  fileEncSha256: hash,
  fileLength: 1234,
  mimetype: 'image/jpeg',
  contextInfo,
}
const image = { ...file, caption: 'a picture', width: 640, height: 480, jpegThumbnail: Buffer.alloc(300, 1) }
const text = {
  text: 'https://example.org and more',
  contextInfo,
  matchedText: 'https://example.org',
  title: 't',
  description: 'd',
}
const options = [{ optionName: 'yes' }, { optionName: 'no' }]

const kinds: Record<string, proto.IMessage> = {
  text: { conversation: 'hello' },
  extended: { extendedTextMessage: text },
  image: { imageMessage: image },
  video: { videoMessage: { ...file, seconds: 3, gifPlayback: true, streamingSidecar: hash } },
  voice: { audioMessage: { ...file, ptt: true, seconds: 2, waveform: Buffer.alloc(64, 9) } },
  document: {
    documentWithCaptionMessage: { message: { documentMessage: { ...file, fileName: 'x.pdf', pageCount: 2 } } },
  },
  sticker: { stickerMessage: { ...file, isAnimated: true, pngThumbnail: Buffer.alloc(30) } },
  place: { locationMessage: { degreesLatitude: 52.5, degreesLongitude: 13.4, name: 'n', address: 'a', contextInfo } },
  live: { liveLocationMessage: { degreesLatitude: 1, degreesLongitude: 2, sequenceNumber: 4, caption: 'c' } },
  contact: { contactMessage: { displayName: 'A', vcard: 'BEGIN:VCARD\nFN:A\nTEL;waid=49:+49\nEND:VCARD' } },
  contacts: {
    contactsArrayMessage: { displayName: '2', contacts: [{ displayName: 'A', vcard: 'x' }, { displayName: 'B' }] },
  },
  poll: {
    pollCreationMessageV3: { name: 'q', options, selectableOptionsCount: 1 },
    messageContextInfo: { messageSecret: hash },
  },
  vote: {
    pollUpdateMessage: {
      pollCreationMessageKey: key,
      vote: { encPayload: hash, encIv: hash.subarray(0, 12) },
      senderTimestampMs: 1,
    },
  },
  reaction: { reactionMessage: { key, text: '👍', senderTimestampMs: 1 } },
  revoke: { protocolMessage: { type: 0, key } },
  edit: {
    editedMessage: {
      message: { protocolMessage: { type: 14, key, editedMessage: { conversation: 'x' }, timestampMs: 5 } },
    },
  },
  timer: { protocolMessage: { type: 3, ephemeralExpiration: 604_800 } },
  history: { protocolMessage: { type: 5, historySyncNotification: { syncType: 3, fileLength: 10 } } },
  keys: {
    protocolMessage: {
      type: 6,
      appStateSyncKeyShare: { keys: [{ keyId: { keyId: hash }, keyData: { keyData: hash } }] },
    },
  },
  resent: { protocolMessage: { type: 17, peerDataOperationRequestResponseMessage: { peerDataOperationResult: [{}] } } },
  once: { viewOnceMessageV2: { message: { imageMessage: { ...image, viewOnce: true } } } },
  ephemeral: { ephemeralMessage: { message: { extendedTextMessage: text } } },
  own: { deviceSentMessage: { destinationJid: '5@lid', message: { conversation: 'mine' }, phash: 'x' } },
  senderKey: { senderKeyDistributionMessage: { groupId: '1@g.us', axolotlSenderKeyDistributionMessage: hash } },
  buttons: {
    buttonsMessage: {
      contentText: 'c',
      footerText: 'f',
      buttons: [{ buttonId: '1', buttonText: { displayText: 'b' } }],
    },
  },
  list: {
    listMessage: { title: 't', buttonText: 'b', sections: [{ title: 's', rows: [{ title: 'r', rowId: '1' }] }] },
  },
  template: { templateMessage: { hydratedTemplate: { hydratedContentText: 'c', templateId: '1' } } },
  interactive: { interactiveMessage: { body: { text: 'b' }, nativeFlowMessage: { buttons: [{ name: 'n' }] } } },
  order: { orderMessage: { orderId: '1', itemCount: 2, message: 'm', token: 't' } },
  product: { productMessage: { product: { productId: '1', title: 't', priceAmount1000: 1000 } } },
  invite: { groupInviteMessage: { groupJid: '1@g.us', inviteCode: 'c', groupName: 'g', caption: 'x' } },
  album: {
    albumMessage: { expectedImageCount: 2 },
    messageContextInfo: { messageAssociation: { parentMessageKey: key } },
  },
  pin: { pinInChatMessage: { key, type: 1, senderTimestampMs: 1 } },
  keep: { keepInChatMessage: { key, keepType: 1, timestampMs: 1 } },
  call: { callLogMesssage: { isVideo: true, callOutcome: 1, durationSecs: 5 } },
  event: { eventMessage: { name: 'e', startTime: 1, location: { degreesLatitude: 1, degreesLongitude: 1 } } },
  encrypted: { encReactionMessage: { targetMessageKey: key, encPayload: hash, encIv: hash.subarray(0, 12) } },
}

const encoded = Object.entries(kinds).map(([label, message]) => ({
  label,
  bytes: Buffer.from(proto.Message.encode(proto.Message.fromObject(message)).finish()),
}))

/** Field 1 of a message is its text: these are too short for the length that they claim. */
function malformed(random: Random): Buffer {
  return Buffer.concat([Buffer.from([0x0a, 0xff, 0x7f]), randomBytesOf(random, 16 + random.below(40))])
}

/** `kept`: nobody can understand it, so it must be kept as it is. */
export function messageContent(random: Random): { label: string; bytes: Buffer; kept: boolean } {
  const kind = random.below(20)
  if (kind === 0) return { label: 'malformed', bytes: malformed(random), kept: true }
  if (kind === 1) return { label: 'noise', bytes: randomBytesOf(random, random.below(300)), kept: false }
  if (kind === 2) {
    const conversation = hostileText(random)
    return { label: 'odd text', bytes: Buffer.from(proto.Message.encode({ conversation }).finish()), kept: false }
  }
  const { label, bytes } = random.pick(encoded)
  return { label, bytes: random.below(12) === 0 ? bytes : changedProtobuf(bytes, random), kept: false }
}
