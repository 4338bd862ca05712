/** What the server still owes one device: kept in order until the device has acknowledged it. */
import type { BinaryNode } from './binary-node.ts'
import type { AccountFaults } from './faults.ts'

export type DeliveryClass = 'message' | 'receipt' | 'notification' | 'call'

export interface Delivery {
  class: DeliveryClass
  node: BinaryNode
  /** Acknowledgements to pass over: those of an earlier form of this message, which the device asked to have again. */
  passOver: number
}

/** Puts a stanza on the wire. `note` says how it got there. */
export type Line = (delivery: Delivery, node: BinaryNode, note: string | undefined) => void

const MAX_RECENT = 200
/** A reordered message waits this long (ms) for one that may overtake it. */
const REORDER_PATIENCE_MS = 2000

/** Only receipts of one id differ by their type. */
function key(deliveryClass: DeliveryClass, id: string | undefined, type: string | undefined): string {
  return `${deliveryClass}/${id ?? ''}/${deliveryClass === 'receipt' ? (type ?? '') : ''}`
}

function keyOf({ class: deliveryClass, node }: Delivery): string {
  return key(deliveryClass, node.attrs.id, node.attrs.type)
}

/** A message of a chat, not one between the account's own devices about themselves. */
export function isChat({ class: deliveryClass, node }: Delivery): boolean {
  return deliveryClass === 'message' && node.attrs.category !== 'peer'
}

export class DeliveryQueue {
  readonly #faults: AccountFaults
  /** In the order of delivery, by class, id and type. */
  readonly #waiting = new Map<string, Delivery>()
  /** Acknowledged messages, latest last. */
  #recent: Delivery[] = []
  #line: Line | null = null
  #held: { delivery: Delivery; timer: NodeJS.Timeout } | null = null

  constructor(faults: AccountFaults) {
    this.#faults = faults
  }

  /** Puts all that waits on this line, marked as offline deliveries, and from now on whatever comes. */
  attach(line: Line): number {
    this.#line = line
    let index = 0
    for (const delivery of this.#waiting.values()) {
      const { node } = delivery
      line(delivery, { ...node, attrs: { ...node.attrs, offline: String(index) } }, 'offline')
      index += 1
    }
    return index
  }

  detach(): void {
    this.#line = null
    if (this.#held) clearTimeout(this.#held.timer)
    this.#held = null
    // What an earlier connection would still have acknowledged is not acknowledged any more.
    for (const delivery of this.#waiting.values()) delivery.passOver = 0
  }

  add(deliveryClass: DeliveryClass, node: BinaryNode, note?: string): void {
    const delivery: Delivery = { class: deliveryClass, node, passOver: 0 }
    this.#waiting.set(keyOf(delivery), delivery)
    this.#put(delivery, note)
  }

  /** A message in a new encryption takes the place of its earlier form. */
  replaceMessage(node: BinaryNode): void {
    const earlier = this.#waiting.get(key('message', node.attrs.id, undefined))
    const delivery: Delivery = { class: 'message', node, passOver: earlier ? earlier.passOver + 1 : 0 }
    this.#waiting.set(keyOf(delivery), delivery)
    this.#line?.(delivery, node, 'retry')
  }

  /** The delivery that was waiting and is now done; undefined when none was. */
  acknowledge(deliveryClass: DeliveryClass, id: string | undefined, type?: string): Delivery | undefined {
    const delivery = this.#waiting.get(key(deliveryClass, id, type))
    if (!delivery) return undefined
    if (delivery.passOver > 0) {
      delivery.passOver -= 1
      return undefined
    }
    return this.#finish(delivery)
  }

  /** A receipt for a message says that its latest form has arrived, whatever acknowledgement is still to come. */
  received(id: string): Delivery | undefined {
    const delivery = this.#waiting.get(key('message', id, undefined))
    return delivery && this.#finish(delivery)
  }

  /** Forgets a message that is to be delivered in another form, or not at all. */
  drop(id: string): void {
    this.#waiting.delete(key('message', id, undefined))
  }

  /** Delivers the latest acknowledged messages once more, as after a lost acknowledgement. */
  resend(count: number): number {
    const again = this.#recent.splice(-count)
    for (const delivery of again) this.add(delivery.class, delivery.node, 'resend')
    return again.length
  }

  #finish(delivery: Delivery): Delivery {
    this.#waiting.delete(keyOf(delivery))
    if (isChat(delivery)) this.#recent = [...this.#recent, delivery].slice(-MAX_RECENT)
    return delivery
  }

  #put(delivery: Delivery, note: string | undefined): void {
    const line = this.#line
    if (!line) return
    if (!isChat(delivery)) {
      line(delivery, delivery.node, note)
      return
    }
    const reorder = this.#held ? null : this.#faults.take('reorder')
    if (reorder) {
      const timer = setTimeout(() => this.#release(), reorder.value ?? REORDER_PATIENCE_MS)
      this.#held = { delivery, timer }
      return
    }
    line(delivery, delivery.node, note)
    if (this.#faults.take('duplicate')) line(delivery, delivery.node, 'duplicate')
    this.#release()
  }

  #release(): void {
    const held = this.#held
    if (!held) return
    clearTimeout(held.timer)
    this.#held = null
    this.#line?.(held.delivery, held.delivery.node, 'reordered')
  }
}
