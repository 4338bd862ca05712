/** Asks the phone that has a file to put it at the provider once more, and reads its answer. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { BinaryNode } from '@whiskeysockets/baileys'
import { Fields } from '../protobuf.ts'
import type { ChannelTimers } from '../tuning.ts'

export interface RetryTarget {
  id: string
  chat: string
  /** Writer in groups, else null. */
  author: string | null
  fromMe: boolean
  mediaKey: Uint8Array
}

const PATIENCE_MS = 30_000
const SUCCESS = 1

function retryKey(mediaKey: Uint8Array): Buffer {
  const info = 'WhatsApp Media Retry Notification'
  return Buffer.from(hkdfSync('sha256', mediaKey, new Uint8Array(32), info, 32))
}

/** `own`: the account's own JID, to whose phone the receipt goes. */
export function retryReceipt(target: RetryTarget, own: string): BinaryNode {
  const id = Buffer.from(target.id, 'utf8')
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', retryKey(target.mediaKey), iv)
  cipher.setAAD(id)
  // ServerErrorReceipt: field 1 is the stanza's id.
  const sealed = Buffer.concat([cipher.update(Buffer.concat([Buffer.from([10, id.length]), id])), cipher.final()])
  const rmr: Record<string, string> = { jid: target.chat, from_me: String(target.fromMe) }
  if (target.author !== null) rmr['participant'] = target.author
  return {
    tag: 'receipt',
    attrs: { id: target.id, to: own, type: 'server-error' },
    content: [
      {
        tag: 'encrypt',
        attrs: {},
        content: [
          { tag: 'enc_p', attrs: {}, content: Buffer.concat([sealed, cipher.getAuthTag()]) },
          { tag: 'enc_iv', attrs: {}, content: iv },
        ],
      },
      { tag: 'rmr', attrs: rmr },
    ],
  }
}

function bytesOf(node: BinaryNode | undefined, tag: string): Uint8Array | null {
  const content = Array.isArray(node?.content) ? node.content : []
  const found = content.find((child) => child.tag === tag)?.content
  return found instanceof Uint8Array ? found : null
}

/** The file's new path; null when the phone no longer has it, or when its answer cannot be read. */
export function readRetry(node: BinaryNode, target: RetryTarget): string | null {
  const content = Array.isArray(node.content) ? node.content : []
  const sealed = content.find(({ tag }) => tag === 'encrypt')
  const payload = bytesOf(sealed, 'enc_p')
  const iv = bytesOf(sealed, 'enc_iv')
  if (!payload || payload.length < 16 || iv?.length !== 12) return null
  try {
    const decipher = createDecipheriv('aes-256-gcm', retryKey(target.mediaKey), iv)
    decipher.setAAD(Buffer.from(target.id, 'utf8'))
    decipher.setAuthTag(payload.subarray(payload.length - 16))
    const plain = Buffer.concat([decipher.update(payload.subarray(0, payload.length - 16)), decipher.final()])
    const fields = new Fields(plain)
    return fields.number(3) === SUCCESS ? fields.text(2, 4096) : null
  } catch {
    return null
  }
}

/** Waits for answers by the id of the message; several askers for one message share its answer. */
export class MediaRetries {
  readonly #waiting = new Map<string, ((node: BinaryNode | null) => void)[]>()
  readonly #timers: ChannelTimers

  constructor(timers: ChannelTimers) {
    this.#timers = timers
  }

  arrived(node: BinaryNode): void {
    const id = node.attrs['id'] ?? ''
    for (const settle of this.#waiting.get(id) ?? []) settle(node)
    this.#waiting.delete(id)
  }

  /** The notification, or null when none came in half a minute. */
  wait(id: string): Promise<BinaryNode | null> {
    return new Promise((resolve) => {
      const stop = this.#timers.after(PATIENCE_MS, () => resolve(null))
      const settle = (node: BinaryNode | null) => {
        stop()
        resolve(node)
      }
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), settle])
    })
  }

  /** The connection is over. */
  close(): void {
    for (const settles of this.#waiting.values()) for (const settle of settles) settle(null)
    this.#waiting.clear()
  }
}
