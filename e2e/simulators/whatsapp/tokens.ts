/** The token tables of dictionary 3, read as data from the package, and the tags of the binary form. */
import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from '@whiskeysockets/baileys/lib/WABinary/constants.js'

export const TAG = {
  listEmpty: 0,
  dictionary0: 236,
  dictionary3: 239,
  interopJid: 245,
  fbJid: 246,
  adJid: 247,
  list8: 248,
  list16: 249,
  jidPair: 250,
  hex8: 251,
  binary8: 252,
  binary20: 253,
  binary32: 254,
  nibble8: 255,
} as const

/** Longest string that is packed two characters a byte. */
export const MAX_PACKED = 127

export const NIBBLE_ALPHABET = '0123456789-.'
export const HEX_ALPHABET = '0123456789ABCDEF'

export const singleTokens: readonly string[] = SINGLE_BYTE_TOKENS
export const doubleTokens: readonly (readonly string[])[] = DOUBLE_BYTE_TOKENS

/** The bytes of each token; of a token that stands twice the shorter form counts, else the later (as clients do). */
export const tokenBytes: ReadonlyMap<string, Buffer> = buildTokenBytes()

function buildTokenBytes(): Map<string, Buffer> {
  const bytes = new Map<string, Buffer>()
  for (const [dictionary, tokens] of doubleTokens.entries()) {
    for (const [index, token] of tokens.entries()) bytes.set(token, Buffer.from([TAG.dictionary0 + dictionary, index]))
  }
  for (const [index, token] of singleTokens.entries()) {
    if (index > 0 && index < TAG.dictionary0 && token !== '') bytes.set(token, Buffer.from([index]))
  }
  return bytes
}

/** The domain byte of an AD-JID and the server that it stands for. */
export const DOMAINS: readonly (readonly [number, string])[] = [
  [0, 's.whatsapp.net'],
  [1, 'lid'],
  [128, 'hosted'],
  [129, 'hosted.lid'],
]
