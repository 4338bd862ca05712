/** After how many seconds messages of a conversation disappear, as its members have set it. */
import { knownOther } from './address.ts'
import { findGroup } from './group-state.ts'
import type { AddressReader } from './places.ts'

const TIMER = 'timer'

/** `at`: epoch ms of the message that told it. */
export function timerEntry(chat: string, seconds: number, at: number): { type: string; id: string; value: Uint8Array } {
  return { type: TIMER, id: chat, value: Buffer.from(JSON.stringify({ seconds, at }), 'utf8') }
}

function readTimer(store: AddressReader, chat: string | null): { seconds: number; at: number } | null {
  const bytes = chat === null ? null : store.getState(TIMER, chat)
  return bytes ? (JSON.parse(Buffer.from(bytes).toString('utf8')) as { seconds: number; at: number }) : null
}

/** Whether something told at this time is newer than what is known. */
export function isNewerTimer(store: AddressReader, chat: string, at: number): boolean {
  return at >= (readTimer(store, chat)?.at ?? 0)
}

/** 0: they stay. */
export function timerOf(store: AddressReader, chat: string): number {
  const group = findGroup(store, chat)
  if (group) return group.timerS
  const told = readTimer(store, chat) ?? readTimer(store, chat.endsWith('@g.us') ? null : knownOther(store, chat))
  return told?.seconds ?? 0
}
