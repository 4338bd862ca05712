/** WhatsApp addresses in their neutral form: `<digits>@lid` or `<digits>@s.whatsapp.net`, never with a device part. */
import type { ChannelStore } from '../channel.ts'

const PERSON = /^(\d{1,20})(?:_\d{1,3})?(?::\d{1,5})?@(lid|hosted\.lid|s\.whatsapp\.net|c\.us|hosted)$/

/** The neutral address of a person's JID, or null for groups, broadcasts, channels, bots and malformed input. */
export function personAddress(jid: string | undefined | null): string | null {
  const match = !jid || jid.length > 64 ? null : PERSON.exec(jid)
  if (!match) return null
  return `${match[1]}@${match[2]?.endsWith('lid') ? 'lid' : 's.whatsapp.net'}`
}

const GROUP = /^\d{5,32}(?:-\d{5,20})?@g\.us$/

/** The neutral address of a group's JID, or null for everything else. */
export function groupAddress(jid: string | undefined | null): string | null {
  return jid && jid.length <= 64 && GROUP.test(jid) ? jid : null
}

export function isLid(address: string): boolean {
  return address.endsWith('@lid')
}

function userOf(address: string): string {
  return address.slice(0, address.indexOf('@'))
}

/** Key type under which the library keeps pairs: number user → LID user, and `<LID user>_reverse` → number user. */
export const LID_MAPPING = 'lid-mapping'

/** State type of one kind of the library's keys in the channel store. */
export function keyStateType(type: string): string {
  return `key/${type}`
}

/** The other address of the same person as far as the account has learned it; null while unknown. */
export function knownOther(store: Pick<ChannelStore, 'getState'>, address: string): string | null {
  const user = userOf(address)
  const value = store.getState(keyStateType(LID_MAPPING), isLid(address) ? `${user}_reverse` : user)
  if (!value) return null
  const other: unknown = JSON.parse(Buffer.from(value).toString('utf8'))
  if (typeof other !== 'string' || !/^\d{1,20}$/.test(other)) return null
  return `${other}@${isLid(address) ? 's.whatsapp.net' : 'lid'}`
}

/**
 * One person from all that a stanza says and the account knows. The LID is canonical; without one the number is.
 * `hint` is the same person's other address from the stanza (sender_lid, recipient_pn …).
 */
export function resolvePerson(
  store: Pick<ChannelStore, 'getState'>,
  jid: string | undefined,
  hint: string | undefined,
): { address: string; aliases: string[] } | null {
  const first = personAddress(jid)
  if (!first) return null
  const told = personAddress(hint)
  const other = told && isLid(told) !== isLid(first) ? told : knownOther(store, first)
  if (!other) return { address: first, aliases: [] }
  return isLid(first) ? { address: first, aliases: [other] } : { address: other, aliases: [first] }
}
