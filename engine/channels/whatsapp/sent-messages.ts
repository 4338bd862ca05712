/** Remembers for a week what was really sent, as bytes: a device that could not read it asks for the very same once more. */
import type { proto } from '@whiskeysockets/baileys'
import type { ChannelStore } from '../channel.ts'
import type { Baileys } from './library.ts'
import type { Outgoing } from './outgoing.ts'

const SENT = 'sent'
const KEPT_MS = 7 * 86_400_000

interface Kept {
  at: number
  message: proto.IMessage
  attrs: Record<string, string>
  nodes: Outgoing['nodes']
}

/** u32 length of the JSON header (time, attributes, nodes) · header · protobuf bytes. */
function encode(baileys: Baileys, { message, attrs, nodes }: Outgoing, at: number): Uint8Array {
  const header = Buffer.from(JSON.stringify({ at, attrs, nodes }), 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(header.length)
  return Buffer.concat([length, header, baileys.proto.Message.encode(message).finish()])
}

function headerOf(value: Uint8Array): {
  at: number
  attrs: Record<string, string>
  nodes: Outgoing['nodes']
  end: number
} {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const end = 4 + bytes.readUInt32BE(0)
  return {
    ...(JSON.parse(bytes.toString('utf8', 4, end)) as { at: number; attrs: Record<string, string>; nodes: [] }),
    end,
  }
}

/** Written before the message is handed to the network. Throws what the store throws. */
export function keepSent(baileys: Baileys, store: ChannelStore, id: string, outgoing: Outgoing, now: number): void {
  store.transaction(() => {
    store.putState(SENT, id, encode(baileys, outgoing, now))
    for (const entry of outgoing.state) store.putState(entry.type, entry.id, entry.value)
  })
}

export function findSent(baileys: Baileys, store: Pick<ChannelStore, 'getState'>, id: string): Kept | null {
  const value = store.getState(SENT, id)
  if (!value) return null
  const { at, attrs, nodes, end } = headerOf(value)
  return { at, attrs, nodes, message: baileys.proto.Message.decode(value.subarray(end)) }
}

/** Throws what the store throws. */
export function forgetOldSent(store: ChannelStore, now: number): void {
  const old = store.listState(SENT).filter(({ value }) => now - headerOf(value).at > KEPT_MS)
  if (old.length > 0)
    store.transaction(() => {
      for (const { id } of old) store.putState(SENT, id, null)
    })
}
