/** WhatsApp addresses: `user@server`, or `user:device@server` for one device of a user. */

export interface Jid {
  user: string
  server: string
  /** 0 is the phone. */
  device: number
}

const JID = /^([0-9A-Za-z._-]+?)(?::(\d{1,3}))?@([a-z.]+)$/

export const PN_SERVER = 's.whatsapp.net'
export const LID_SERVER = 'lid'

/** Undefined when the text is no address of a person. */
export function parseJid(text: string | undefined): Jid | undefined {
  const match = JID.exec(text ?? '')
  if (!match?.[1] || !match[3]) return undefined
  const server = match[3] === 'c.us' ? PN_SERVER : match[3]
  return { user: match[1], server, device: Number(match[2] ?? 0) }
}

export function formatJid(user: string, server: string, device = 0): string {
  return device === 0 ? `${user}@${server}` : `${user}:${device}@${server}`
}
