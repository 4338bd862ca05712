/** WhatsApp: hostile stanzas, frames and sealed contents over the real Noise line to the real library in the real channel. */
import { deflateSync } from 'node:zlib'
import { createTunedWhatsAppChannel } from '../../engine/channels/whatsapp/whatsapp-channel.ts'
import type { Random } from '../harness/seed.ts'
import type { BinaryNode } from '../simulators/whatsapp/binary-node.ts'
import { encodeNode } from '../simulators/whatsapp/encoder.ts'
import { WhatsAppSimulator } from '../simulators/whatsapp/simulator.ts'
import { FuzzDesk } from './fuzz-desk.ts'
import type { FuzzInput, FuzzTarget } from './fuzz-run.ts'
import { hostileText, mutated, randomBytesOf } from './hostile.ts'
import { messageContent } from './message-inputs.ts'
import { changedStanza, stanza, type StanzaScene } from './stanza-inputs.ts'

const accountId = 'wa-1'
const customerId = 'ana'
const compressed = 2

interface WhatsAppInput extends FuzzInput {
  /** Sealed by the customer into a message of this id, in a stanza that is changed so; null: a frame as it is. */
  sealed: { id: string; shape(node: BinaryNode): BinaryNode; content: Buffer; kept: boolean } | null
}

export class WhatsAppTarget implements FuzzTarget<WhatsAppInput> {
  readonly name = 'whatsapp'
  #simulator!: WhatsAppSimulator
  #desk!: FuzzDesk
  #scene!: StanzaScene
  readonly #counts: Record<string, number> = {}

  async open(): Promise<void> {
    this.#simulator = new WhatsAppSimulator({ clock: { now: () => Date.now() }, seed: 7 })
    await this.#simulator.start(0)
    const own = this.#simulator.addAccount({ id: accountId, name: 'Shop', phone: '4915112345678' })
    const ana = this.#simulator.addCustomer({ id: customerId, name: 'Ana', phone: '4917711111111', language: 'de' })
    this.#scene = {
      customer: ana.address,
      customerNumber: `${ana.phone}@s.whatsapp.net`,
      own: own.address,
      ownNumber: `${own.phone}@s.whatsapp.net`,
    }
    const { url = '', root: rootKey = '' } = this.#simulator.endpoints()
    const endpoints = { whatsapp: { url, rootKey, media: null }, telegram: null }
    this.#desk = new FuzzDesk('whatsapp', (host, account) =>
      createTunedWhatsAppChannel(
        { account, host, telegramApi: null, endpoints },
        { backoffBaseMs: 20, backoffCapMs: 50, closeTimeoutMs: 200, retryRestMs: 0 },
      ),
    )
    await this.#desk.channel.pair({ method: 'qr', phone: null })
    const qr = await this.#desk.until(() => this.#desk.steps.find((step) => step.step === 'qr'))
    await this.#simulator.pair({ account: accountId, qr: qr.text })
    await this.#desk.until(() => this.#desk.steps.some(({ step }) => step === 'done'))
    await this.#desk.untilState('live')
  }

  async close(): Promise<void> {
    this.#desk.addCounts(this.#counts)
    await this.#desk.close()
    await this.#simulator.stop()
  }

  counts(): Record<string, number> {
    return this.#counts
  }

  make(random: Random): WhatsAppInput {
    const kind = random.below(100)
    if (kind < 35) return this.#sealed(random)
    const node = stanza(random, this.#scene)
    const bytes = encodeNode(node)
    if (kind < 80) return { label: node.tag, bytes, sealed: null }
    if (kind < 92) return { label: `changed ${node.tag}`, bytes: mutated(bytes, random), sealed: null }
    if (kind < 98) {
      const packed = Buffer.concat([Buffer.from([compressed]), deflateSync(bytes.subarray(1))])
      return {
        label: `packed ${node.tag}`,
        bytes: random.below(2) === 0 ? mutated(packed, random) : packed,
        sealed: null,
      }
    }
    return { label: 'noise', bytes: randomBytesOf(random, random.below(200)), sealed: null }
  }

  #sealed(random: Random): WhatsAppInput {
    const { label, bytes, kept } = messageContent(random)
    const count = random.below(30) === 0 ? random.pick([0, 255]) : 1 + random.below(16)
    const padded =
      random.below(30) === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(Math.max(1, Math.min(count, 16)), count)])
    const isOdd = random.below(4) === 0
    const id = random.below(30) === 0 ? hostileText(random) : `F${random.below(1_000_000_000)}`
    const isRight = !isOdd && padded.length > bytes.length && count > 0 && count < 17
    return {
      label: `sealed ${label}${isOdd ? ' in a changed stanza' : ''}`,
      bytes: padded,
      sealed: {
        id,
        shape: (node) => (isOdd ? changedStanza(node, random, this.#scene) : node),
        content: bytes,
        kept: kept && isRight && id.startsWith('F'),
      },
    }
  }

  async send(inputs: WhatsAppInput[], neighbour: string, random: Random): Promise<void> {
    await this.#desk.untilState('live')
    const place = random.below(inputs.length + 1)
    for (const [index, { bytes, sealed }] of inputs.entries()) {
      if (index === place) await this.#say(neighbour)
      if (!sealed) this.#simulator.pushHostile(accountId, bytes)
      else {
        const { id, shape, content, kept } = sealed
        if (kept) this.#desk.expectRaw(content)
        await this.#simulator.pushSealed(
          { account: accountId, customer: customerId, id, padded: bytes, content },
          shape,
        )
      }
    }
    if (place === inputs.length) await this.#say(neighbour)
  }

  async #say(text: string): Promise<void> {
    const quiet = { group: null, entities: [], reply: null, details: null, media: null }
    await this.#simulator.say({ ...quiet, customer: customerId, account: accountId, kind: 'text', text })
  }

  recorded(neighbour: string): Promise<void> {
    return this.#desk.recorded(neighbour)
  }

  standing(): string {
    return this.#desk.standing()
  }

  faults(): string[] {
    return this.#desk.faults()
  }
}
