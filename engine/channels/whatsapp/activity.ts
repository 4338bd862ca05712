/**
 * What people do now, out of stanzas that no inbox keeps: `<chatstate>` (typing, recording, stopped) and `<presence>` (online, last seen); and the
 * question for it. This account itself says nothing of the kind and stays offline.
 */
import type { BinaryNode } from '@whiskeysockets/baileys'
import type { ActivityNotice } from '../channel.ts'
import { groupAddress, personAddress } from './address.ts'
import type { OwnAddresses } from './kept-event.ts'
import { isOwn, stanzaTime } from './places.ts'
import type { ChannelTimers } from './tuning.ts'

/** Phones say again every ten seconds that somebody is still typing; whoever goes away in between says nothing. */
const doingLastsMs = 25_000
/** Nobody was on WhatsApp before. */
const earliestSeenMs = Date.UTC(2009, 0)

/** Null for what says nothing, for own doings and for malformed stanzas. `now`: epoch ms. */
export function readActivity(node: BinaryNode, me: OwnAddresses, now: number): ActivityNotice | null {
  const { from, participant } = node.attrs
  const group = groupAddress(from)
  const author = personAddress(group ? participant : from)
  if (!author || isOwn(me, author)) return null
  if (node.tag === 'chatstate') return readDoing(node, group ?? author, author)
  return group ? null : readAvailability(node, author, now)
}

function readDoing({ content }: BinaryNode, chat: string, author: string): ActivityNotice | null {
  const [child] = Array.isArray(content) ? content : []
  if (child?.tag !== 'composing' && child?.tag !== 'paused') return null
  const doing = child.tag === 'paused' ? null : child.attrs['media'] === 'audio' ? 'recording' : 'typing'
  return { notice: 'doing', chat, author, doing, lastsMs: doingLastsMs }
}

function readAvailability({ attrs }: BinaryNode, person: string, now: number): ActivityNotice | null {
  const notice = { notice: 'availability', person, lastsMs: null } as const
  switch (attrs['type']) {
    case undefined:
    case 'available':
      return { ...notice, availability: { state: 'online' } }
    case 'unavailable': {
      const seenAt = stanzaTime(attrs['last'])
      const isTold = seenAt !== null && seenAt >= earliestSeenMs
      // `deny`: the person does not let it be seen.
      return { ...notice, availability: isTold ? { state: 'offline', seenAt: Math.min(seenAt, now) } : null }
    }
    default:
      return null
  }
}

interface AttentionOptions {
  timers: ChannelTimers
  /** The other address of a person, null while unknown. */
  other(address: string): string | null
  subscribe(address: string): Promise<void>
  failed(): void
}

/** Whoever leafs through the list subscribes to where he stops. */
const restMs = 1_000

/** Which conversation is looked at on one connection; a subscription ends with it, WhatsApp knows no other end. */
export class Attention {
  readonly #options: AttentionOptions
  #attended: { address: string; other: string | null } | null = null
  #subscribed: string | null = null
  #restUntil = 0
  #cancel: (() => void) | null = null

  constructor(options: AttentionOptions) {
    this.#options = options
  }

  attend(address: string | null): void {
    // What was told of somebody is forgotten when nobody looks: whoever comes back asks anew.
    if (address !== this.#attended?.address) this.#subscribed = null
    this.#attended = address === null ? null : { address, other: this.#options.other(address) }
    const waitMs = this.#restUntil - this.#options.timers.monotonic()
    if (waitMs <= 0) this.#subscribe()
    else this.#cancel ??= this.#options.timers.after(waitMs, () => this.#subscribe())
  }

  #subscribe(): void {
    this.#cancel = null
    const address = this.#attended?.address
    if (!address || address === this.#subscribed) return
    this.#subscribed = address
    this.#restUntil = this.#options.timers.monotonic() + restMs
    this.#options.subscribe(address).catch(() => {
      this.#subscribed = null
      this.#options.failed()
    })
  }

  /** A person speaks under a number or a LID; whoever is looked at has one of them here. */
  canonical(notice: ActivityNotice): ActivityNotice {
    const { address, other } = this.#attended ?? { address: '', other: null }
    if (other === null) return notice
    if (notice.notice === 'availability') return notice.person === other ? { ...notice, person: address } : notice
    return notice.chat === other ? { ...notice, chat: address, author: address } : notice
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#attended = null
  }
}
