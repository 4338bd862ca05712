/** What a connected account does beyond keeping and relaying: groups, files, devices, and making messages ready. */
import type { BinaryNode, GroupMetadata, proto } from '@whiskeysockets/baileys'
import { isMedia } from '../../../shared/contracts/neutral-message.ts'
import { ChannelError } from '../channel.ts'
import type { ChannelStore, GroupChange, LinkedDevice, SendRequest } from '../channel.ts'
import { groupAddress, personAddress } from './address.ts'
import { listOwnDevices } from './devices.ts'
import { GroupClient } from './group-client.ts'
import { findGroup, groupEntry } from './group-state.ts'
import type { GroupState } from './group-state.ts'
import type { OwnAddresses } from './kept-event.ts'
import type { Baileys } from './library.ts'
import type { MediaServer } from './media/endpoint.ts'
import { MediaPasses } from './media/pass.ts'
import type { Query } from './media/pass.ts'
import { MediaRetries, readRetry, retryReceipt } from './media/retry.ts'
import type { RetryTarget } from './media/retry.ts'
import { uploadMedia } from './media/transfer.ts'
import { buildOutgoing } from './outgoing.ts'
import type { Outgoing } from './outgoing.ts'
import { mediaTypeOf } from './outgoing-media.ts'
import { isSamePerson } from './places.ts'
import { findSent, forgetOldSent, keepSent } from './sent-messages.ts'
import { groupSeenRow } from './stanza-rows.ts'
import type { RowWithState } from './stanza-rows.ts'
import { timerOf } from './timers-of-chats.ts'
import type { ChannelTimers } from './tuning.ts'

/** The connection as this work sees it. */
export interface Link {
  store: ChannelStore
  clock: { now(): number }
  timers: ChannelTimers
  media: MediaServer
  query: Query
  sendNode(node: BinaryNode): Promise<void>
  own(): OwnAddresses
  /** The account's JID with its device part; '' before it is known. */
  ownJid(): string
  isOver(): boolean
  put(row: RowWithState): void
  storeFailed(): void
  failed(code: string): void
}

export class AccountWork {
  readonly #baileys: Baileys
  readonly #link: Link
  readonly #groups: GroupClient
  readonly #passes: MediaPasses
  readonly retries: MediaRetries
  /** Groups that are being asked for. */
  readonly #asked = new Map<string, Promise<GroupState | null>>()

  constructor(baileys: Baileys, link: Link) {
    this.#baileys = baileys
    this.#link = link
    this.#groups = new GroupClient(link.query, link.store)
    this.#passes = new MediaPasses(link.query, link.timers)
    this.retries = new MediaRetries(link.timers)
  }

  /** What was really sent, or the text of what was intended before this device kept it. */
  sentBefore(id: string): proto.IMessage | undefined {
    const sent = findSent(this.#baileys, this.#link.store, id)
    if (sent) return sent.message
    const own = this.#link.store.findOwnMessage(id)
    return own?.content.kind === 'text' ? { conversation: own.content.text } : undefined
  }

  groupMetadata(jid: string): GroupMetadata | undefined {
    const known = findGroup(this.#link.store, jid)
    if (!known) return undefined
    const { group, addressing, timerS } = known
    const admin = { owner: 'superadmin', admin: 'admin', member: null } as const
    return {
      id: group.address,
      owner: undefined,
      subject: group.subject,
      addressingMode: addressing as GroupMetadata['addressingMode'] & string,
      ephemeralDuration: timerS,
      participants: group.members.map(({ address, role }) => ({ id: address, admin: admin[role] })),
    }
  }

  /** One question at a time for each group. */
  lookAtGroup(address: string): Promise<GroupState | null> {
    const running = this.#asked.get(address)
    if (running) return running
    const asking = this.#groups
      .fetch(address)
      .then((state) => {
        if (state && !this.#link.isOver()) this.#seen(state)
        return state
      })
      .finally(() => this.#asked.delete(address))
    this.#asked.set(address, asking)
    return asking
  }

  #seen(state: GroupState): void {
    const before = findGroup(this.#link.store, state.group.address)
    const whole = { ...state, group: { ...state.group, inviteLink: before?.group.inviteLink ?? null } }
    const { type, id, value } = groupEntry(whole)
    if (before && Buffer.compare(this.#link.store.getState(type, id) ?? new Uint8Array(), value) === 0) return
    try {
      this.#link.put(groupSeenRow(whole, this.#link.own(), `${this.#link.clock.now()}-${crypto.randomUUID()}`))
    } catch {
      this.#link.storeFailed()
    }
  }

  /** After each log-in: what has changed meanwhile, and groups that are new. */
  async lookAtGroups(): Promise<void> {
    try {
      forgetOldSent(this.#link.store, this.#link.clock.now())
      for (const state of await this.#groups.list()) {
        if (this.#link.isOver()) return
        this.#seen(state)
        // Large accounts have hundreds of groups with hundreds of members each; nothing waits for them.
        await new Promise((resolve) => setImmediate(resolve))
      }
    } catch {
      this.#link.failed('groups')
    }
  }

  async prepare(request: SendRequest, jid: string, signal: AbortSignal): Promise<Outgoing> {
    const { store, clock, media } = this.#link
    const before = findSent(this.#baileys, store, request.clientId)
    // The same id is the same message: its file and its secrets are not made anew.
    if (before) return { ...before, state: [] }
    if (groupAddress(jid)) await this.#requireMember(jid, request)
    const { content, file } = request
    const uploaded =
      isMedia(content.kind) && file
        ? await uploadMedia(media, file, mediaTypeOf(content.kind), await this.#passes.pass(), {
            signal,
            progress: (sentBytes) => request.progress?.(sentBytes),
          })
        : null
    const place = { store, me: this.#link.own(), jid, timerS: timerOf(store, request.address), now: clock.now() }
    const outgoing = buildOutgoing(place, request, uploaded)
    if (this.#link.isOver()) throw new ChannelError('whatsapp_upload_failed', 'the connection closed meanwhile')
    keepSent(this.#baileys, store, request.clientId, outgoing, clock.now())
    return outgoing
  }

  async #requireMember(jid: string, { content }: SendRequest): Promise<void> {
    const known =
      findGroup(this.#link.store, jid) ??
      (await this.lookAtGroup(jid).catch((error: unknown) => {
        if (error instanceof ChannelError && (error.code === 'not_allowed' || error.code === 'not_found'))
          throw new ChannelError('whatsapp_not_in_group', 'the account is not in this group')
        throw new ChannelError('whatsapp_group_unresolved', 'WhatsApp did not tell who is in the group')
      }))
    const { lid, number } = this.#link.own()
    const mine = known?.group.members.find(({ address }) =>
      [lid, number].some((own) => own !== null && isSamePerson(this.#link.store, own, address)),
    )
    if (!known || !mine) throw new ChannelError('whatsapp_not_in_group', 'the account is not in this group')
    const isAnswer = content.kind === 'reaction' || content.kind === 'vote'
    if (known.group.announce && mine.role === 'member' && !isAnswer)
      throw new ChannelError('whatsapp_group_announce', 'only admins may write in this group')
  }

  mediaHosts(): string[] {
    return this.#passes.hosts()
  }

  /** The file's new path; null when the phone has no longer got it or did not answer. */
  async askForFile(target: RetryTarget): Promise<string | null> {
    const answer = this.retries.wait(target.id)
    await this.#link.sendNode(retryReceipt(target, personAddress(this.#link.ownJid()) ?? ''))
    const node = await answer
    return node && readRetry(node, target)
  }

  async changeGroup(change: GroupChange): Promise<{ address: string | null; link: string | null }> {
    const { address, link, seen } = await this.#groups.change(change)
    if (seen) this.#seen(seen)
    if (change.change === 'join' && address) await this.lookAtGroup(address).catch(() => null)
    return { address, link }
  }

  listDevices(): Promise<LinkedDevice[]> {
    return listOwnDevices(this.#link.query, this.#link.ownJid())
  }

  /** Tells the provider that this device is to be forgotten. Throws when it does not confirm. */
  async logOut(): Promise<void> {
    const attrs = { jid: this.#link.ownJid(), reason: 'user_initiated' }
    const content = [{ tag: 'remove-companion-device', attrs }]
    const answer = await this.#link.query({
      tag: 'iq',
      attrs: { to: 's.whatsapp.net', type: 'set', xmlns: 'md' },
      content,
    })
    if (!answer) throw new ChannelError('not_connected', 'WhatsApp did not confirm')
  }
}
