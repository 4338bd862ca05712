/** Calls that ring at the account: what their first stanza tells is needed to understand the last one. */
import type { AddressReader } from './places.ts'

export interface KnownCall {
  video: boolean
  accepted: boolean
  /** JID of the caller. */
  from: string
}

const CALL = 'call'

/** null: the call is over. */
export function callEntry(id: string, call: KnownCall | null): { type: string; id: string; value: Uint8Array | null } {
  return { type: CALL, id, value: call && Buffer.from(JSON.stringify(call), 'utf8') }
}

export function findCall(store: AddressReader, id: string): KnownCall | null {
  const bytes = store.getState(CALL, id)
  return bytes ? (JSON.parse(Buffer.from(bytes).toString('utf8')) as KnownCall) : null
}
