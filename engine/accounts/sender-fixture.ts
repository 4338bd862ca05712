/** For tests: a sender over a real cache, with a clock, a policy and a vault that a test sets. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodedError } from '../../shared/contracts/contract.ts'
import { recordAttachment } from '../cache/attachments.ts'
import { Cache, type Writer } from '../cache/database.ts'
import { findMessage, recordMessage, type MessageRow } from '../cache/messages.ts'
import { recordConversation, recordIdentity } from '../cache/people.ts'
import { findSend, recordSend } from '../cache/sends.ts'
import type { ChannelFault, SendOutcome } from '../channels/channel.ts'
import { Ledger } from '../ledger/ledger.ts'
import { MediaStore } from '../media/store.ts'
import type { ApplyContext, Touched } from '../recorder/context.ts'
import { RemoteSends } from './remote-sends.ts'
import { Sender } from './sender.ts'

export class SenderFixture {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sealdesk-sender-'))
  readonly cache = new Cache(join(this.#folder, 'cache.db'), randomBytes(32))
  readonly ledger = new Ledger(this.cache, 'ledger')
  readonly #media = new MediaStore(join(this.#folder, 'media'))
  now = 1_700_000_000_000
  mayLeave = Number.MAX_SAFE_INTEGER
  refusal: ChannelFault | null = null
  policyKnown = true
  readonly sender = new Sender({
    account: 'a',
    cache: this.cache,
    media: this.#media,
    now: () => this.now,
    context: (writer, touched) => this.context(writer, touched),
    mayLeaveUpTo: () => this.mayLeave,
    refusal: (_conversation, kind) => (kind === 'delete' ? null : this.refusal),
    uploading: () => {},
    isPolicyKnown: () => this.policyKnown,
    committed: () => {},
    remote: new RemoteSends({
      account: 'a',
      cache: this.cache,
      call: () => Promise.reject(new CodedError('vault_away', 'no vault here')),
      epoch: () => '1.1',
      fetch: () => {},
    }),
  })

  context(writer: Writer, touched: Touched): ApplyContext {
    return {
      account: 'a',
      epoch: '1.1',
      now: this.now,
      touched,
      append: (draft) => void this.ledger.append(writer, draft),
    }
  }

  async close(): Promise<void> {
    await this.sender.end()
    this.cache.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  intend(clientId: string, state = 'queued', address = '1@lid'): void {
    this.cache.transaction((writer) => {
      const identity = recordIdentity(writer, 'a', { address, aliases: [], name: null })
      const conversation = recordConversation(writer, 'a', identity.id)
      const key = recordMessage(writer, {
        conversation: conversation.id,
        at: this.now,
        opaque: `o-${clientId}`,
        mine: 1,
        path: 'workstation',
        kind: 'text',
        providerId: null,
        clientId,
        state,
        replyTo: null,
        author: null,
        entities: null,
        details: null,
        target: null,
        unread: false,
        text: `text ${clientId}`,
        account: 'a',
        peer: identity.id,
      })
      recordSend(writer, { ...key, account: 'a', clientId, seq: Number(clientId.slice(1)), target: null })
      writer.run('UPDATE sends SET state = ? WHERE clientId = ?', [state, clientId])
    })
  }

  /** A queued one with a file that lies here. */
  async intendFile(clientId: string): Promise<void> {
    this.intend(clientId)
    const part = await this.#media.begin(`blob-${clientId}`, randomBytes(32))
    await part.write(Buffer.from('a file'))
    const { blob, key, sha256, bytes } = await part.finish()
    this.#media.keep(blob, null)
    const details = { file: { name: 'a.pdf', mime: 'application/pdf', bytes } }
    this.cache.transaction((writer) => {
      const send = findSend(writer, 'a', clientId)!
      const said = ['document', JSON.stringify(details), send.n]
      writer.run('UPDATE messages SET kind = ?, details = ? WHERE n = ?', said)
      const held = { received: bytes, key, blob, sha256, bytes, mime: details.file.mime }
      const claimed = { claimedBytes: bytes, claimedSha256: sha256 }
      recordAttachment(writer, { ...send, ...claimed, ...held, state: 'held', source: 'provider' })
    })
  }

  messageOf(clientId: string): MessageRow {
    return findMessage(this.cache, findSend(this.cache, 'a', clientId)!)!
  }

  stateOf(clientId: string): string {
    return this.messageOf(clientId).state
  }

  faultOf(clientId: string): string | null {
    return this.messageOf(clientId).fault
  }

  accepted(providerId: string): SendOutcome {
    return { outcome: 'accepted', providerId, time: this.now }
  }
}
