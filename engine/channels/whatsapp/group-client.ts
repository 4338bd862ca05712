/** What the account asks of the provider about groups, and what it changes in them. */
import type { BinaryNode } from '@whiskeysockets/baileys'
import { ChannelError } from '../channel.ts'
import type { GroupChange } from '../channel.ts'
import { groupAddress, personAddress } from './address.ts'
import { inviteLink, readGroup } from './group-state.ts'
import type { GroupState } from './group-state.ts'
import { keepNode } from './kept-node.ts'
import type { Query } from './media/pass.ts'
import type { AddressReader } from './places.ts'
import { boomStatus } from './sends.ts'

const GROUPS_LIMIT = 1000
const MEMBERS_LIMIT = 256
const LINK = /^(?:https:\/\/chat\.whatsapp\.com\/(?:invite\/)?)?([0-9A-Za-z_-]{4,64})(?:\?.*)?$/

function children(node: BinaryNode | undefined, tag: string): BinaryNode[] {
  return Array.isArray(node?.content) ? node.content.filter((child) => child.tag === tag) : []
}

/** The code of the provider's error, or of the library's own; 0 for others. */
function refusalOf(error: unknown): number {
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : null
  return typeof data === 'number' && data > 0 ? data : boomStatus(error)
}

export class GroupClient {
  readonly #query: Query
  readonly #store: AddressReader

  constructor(query: Query, store: AddressReader) {
    this.#query = query
    this.#store = store
  }

  /** Throws ChannelError: not_allowed, not_found, not_connected, or `whatsapp_group_<code>`. */
  async #ask(to: string, type: 'get' | 'set', content: BinaryNode): Promise<BinaryNode> {
    let answer: BinaryNode | undefined
    try {
      answer = await this.#query({ tag: 'iq', attrs: { to, type, xmlns: 'w:g2' }, content: [content] })
    } catch (error) {
      const status = refusalOf(error)
      if (status === 401 || status === 403) throw new ChannelError('not_allowed', 'the account may not do this here')
      if (status === 404) throw new ChannelError('not_found', 'there is no such group')
      if (status === 429) throw new ChannelError('flood', 'too much was asked in a short time')
      if (status === 428) throw new ChannelError('not_connected', 'the account is not connected')
      throw new ChannelError(`whatsapp_group_${status || 'failed'}`, 'WhatsApp refused it')
    }
    if (!answer) throw new ChannelError('not_connected', 'WhatsApp did not answer')
    return answer
  }

  #read(node: BinaryNode | undefined): GroupState | null {
    return node ? readGroup(keepNode(node), this.#store) : null
  }

  async fetch(address: string): Promise<GroupState | null> {
    const answer = await this.#ask(address, 'get', { tag: 'query', attrs: { request: 'interactive' } })
    return this.#read(children(answer, 'group')[0])
  }

  /** All groups that the account is in, at most a thousand. */
  async list(): Promise<GroupState[]> {
    const wanted = [
      { tag: 'participants', attrs: {} },
      { tag: 'description', attrs: {} },
    ]
    const answer = await this.#ask('@g.us', 'get', { tag: 'participating', attrs: {}, content: wanted })
    const groups = children(children(answer, 'groups')[0], 'group').slice(0, GROUPS_LIMIT)
    return groups.flatMap((node) => this.#read(node) ?? [])
  }

  async change(change: GroupChange): Promise<{ address: string | null; link: string | null; seen: GroupState | null }> {
    const nothing = { address: null, link: null, seen: null }
    if ('address' in change && groupAddress(change.address) !== change.address)
      throw new ChannelError('bad_address', 'this is no address of a group')
    switch (change.change) {
      case 'subject':
        await this.#ask(change.address, 'set', {
          tag: 'subject',
          attrs: {},
          content: Buffer.from(change.subject, 'utf8'),
        })
        return { ...nothing, address: change.address }
      case 'add':
      case 'remove':
      case 'promote':
      case 'demote':
        await this.#changeMembers(change.address, change.change, change.members)
        return { ...nothing, address: change.address }
      case 'leave': {
        const group = { tag: 'group', attrs: { id: change.address } }
        await this.#ask('@g.us', 'set', { tag: 'leave', attrs: {}, content: [group] })
        return { ...nothing, address: change.address }
      }
      case 'invite-link': {
        const answer = await this.#ask(change.address, 'get', { tag: 'invite', attrs: {} })
        const link = inviteLink(children(answer, 'invite')[0]?.attrs['code'])
        return { ...nothing, address: change.address, link }
      }
      case 'join':
        return { ...nothing, address: await this.#join(change.link) }
      case 'create': {
        const created = await this.#create(change.subject, change.members)
        return { ...nothing, address: created.group.address, seen: created }
      }
    }
  }

  async #join(link: string): Promise<string> {
    const code = LINK.exec(link)?.[1]
    if (!code) throw new ChannelError('bad_link', 'this is no invitation to a group')
    const answer = await this.#ask('@g.us', 'set', { tag: 'invite', attrs: { code } })
    const address = groupAddress(children(answer, 'group')[0]?.attrs['jid'])
    if (!address) throw new ChannelError('not_allowed', 'the invitation was not accepted at once')
    return address
  }

  #participants(members: string[]): BinaryNode[] {
    if (members.length > MEMBERS_LIMIT || members.some((member) => personAddress(member) !== member))
      throw new ChannelError('bad_address', 'the members are no addresses of persons')
    return members.map((jid) => ({ tag: 'participant', attrs: { jid } }))
  }

  async #changeMembers(
    address: string,
    tag: 'add' | 'remove' | 'promote' | 'demote',
    members: string[],
  ): Promise<void> {
    const content = this.#participants(members)
    const answer = await this.#ask(address, 'set', { tag, attrs: {}, content })
    const results = children(children(answer, tag)[0], 'participant')
    const errors = results.flatMap(({ attrs }) => (attrs['error'] && attrs['error'] !== '200' ? [attrs['error']] : []))
    // 409: was so already. With several members the others stand; what happened is told by the notification.
    const [refused] = errors.filter((error) => error !== '409')
    if (refused && errors.length === results.length)
      throw new ChannelError(
        refused === '401' || refused === '403' ? 'not_allowed' : `whatsapp_group_${refused.slice(0, 5)}`,
        'WhatsApp refused it for these persons',
      )
  }

  async #create(subject: string, members: string[]): Promise<GroupState> {
    const content = this.#participants(members)
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(9)))
      .toString('hex')
      .toUpperCase()
    const answer = await this.#ask('@g.us', 'set', { tag: 'create', attrs: { subject, key: `3EB0${key}` }, content })
    const created = this.#read(children(answer, 'group')[0])
    if (!created) throw new ChannelError('whatsapp_group_failed', 'WhatsApp did not show the new group')
    return created
  }
}
