/** The provider's hosts for files and the pass for them, asked for when needed and kept as long as they hold. */
import type { BinaryNode } from '@whiskeysockets/baileys'
import { ChannelError } from '../../channel.ts'
import type { ChannelTimers } from '../tuning.ts'
import type { MediaPass } from './transfer.ts'

export type Query = (node: BinaryNode) => Promise<BinaryNode | undefined>

const HOSTS_LIMIT = 16
/** A pass holds some hours; one that claims more is asked for again after a day. */
const TTL_LIMIT_S = 86_400

export class MediaPasses {
  readonly #query: Query
  readonly #timers: ChannelTimers
  #asked: Promise<{ pass: MediaPass; until: number }> | null = null
  #hosts: string[] = []

  constructor(query: Query, timers: ChannelTimers) {
    this.#query = query
    this.#timers = timers
  }

  /** Hosts of the last pass; empty before the first. */
  hosts(): string[] {
    return this.#hosts
  }

  /** Throws ChannelError `whatsapp_upload_failed` when the provider gives none. */
  async pass(): Promise<MediaPass> {
    const known = await this.#asked?.catch(() => null)
    if (known && known.until > this.#timers.monotonic()) return known.pass
    this.#asked = this.#ask()
    return (await this.#asked).pass
  }

  async #ask(): Promise<{ pass: MediaPass; until: number }> {
    const askedAt = this.#timers.monotonic()
    const attrs = { to: 's.whatsapp.net', type: 'set', xmlns: 'w:m' }
    const answer = await this.#query({ tag: 'iq', attrs, content: [{ tag: 'media_conn', attrs: {} }] }).catch(
      () => null,
    )
    const content = Array.isArray(answer?.content) ? answer.content : []
    const node = content.find(({ tag }) => tag === 'media_conn')
    const inner = Array.isArray(node?.content) ? node.content : []
    const hosts = inner.flatMap(({ tag, attrs: { hostname } }) => (tag === 'host' && hostname ? [hostname] : []))
    const auth = node?.attrs['auth']
    if (!auth || hosts.length === 0)
      throw new ChannelError('whatsapp_upload_failed', 'WhatsApp named no place for files')
    this.#hosts = hosts.slice(0, HOSTS_LIMIT)
    const ttl = Number(node?.attrs['ttl'])
    const seconds = Number.isFinite(ttl) && ttl > 0 ? Math.min(ttl, TTL_LIMIT_S) : 60
    return { pass: { hosts: this.#hosts, auth }, until: askedAt + seconds * 1000 }
  }
}
