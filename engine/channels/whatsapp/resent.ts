/** Messages that this device could not read and that the account's own phone has given once more, in an answer to the library's question. */
import type { BinaryNode } from '@whiskeysockets/baileys'
import { groupAddress, isLid, knownOther, personAddress } from './address.ts'
import { messageId } from './context-info.ts'
import type { OwnAddresses } from './kept-event.ts'
import { ownAddress } from './places.ts'
import type { AddressReader } from './places.ts'
import { Fields } from './protobuf.ts'

export interface Resent {
  /** The stanza as it would have come. */
  node: BinaryNode
  /** The message's bytes. */
  body: Uint8Array
}

const PROTOCOL = 12
const ANSWER = 17
const ANSWERS_LIMIT = 64

function canonical(store: AddressReader, jid: string | null): string | null {
  const address = personAddress(jid)
  return address && !isLid(address) ? (knownOther(store, address) ?? address) : address
}

/** One WebMessageInfo; null for what names no conversation. */
function readInfo(info: Fields, me: OwnAddresses, store: AddressReader): Resent | null {
  const key = info.message(1)
  const id = messageId(key?.text(3))
  const body = info.bytes(2)
  const chat = key?.text(1, 64) ?? null
  if (!key || !id || !body) return null
  const own = ownAddress(me)
  const group = groupAddress(chat)
  const time = info.number(3, 999_999_999_999)
  const base = { id, offline: '0', ...(time === null ? {} : { t: String(time) }) }
  const writer = key.flag(2) ? own : canonical(store, key.text(4, 64) ?? info.text(5, 64) ?? null)
  if (group)
    return writer ? { node: { tag: 'message', attrs: { ...base, from: group, participant: writer } }, body } : null
  const person = canonical(store, chat)
  if (!person || !own) return null
  const attrs = key.flag(2) ? { ...base, from: own, recipient: person } : { ...base, from: person }
  return { node: { tag: 'message', attrs }, body }
}

/** `body`: a message from one of the account's own devices. Throws MalformedMessage. */
export function readResent(body: Uint8Array, me: OwnAddresses, store: AddressReader): Resent[] {
  const answer = new Fields(body).message(PROTOCOL)?.message(ANSWER)
  return (answer?.list(3, ANSWERS_LIMIT) ?? []).flatMap((result) => {
    const info = new Fields(result).message(4)?.message(1)
    return (info && readInfo(info, me, store)) ?? []
  })
}
