/** Contact cards (vCard 3.0) as WhatsApp carries them: a few lines read, a few lines written. */

export interface Card {
  name: string
  /** As the card gives them. */
  phones: string[]
}

const CARD_LIMIT = 65_536
const LINES_LIMIT = 1000
const PHONES_LIMIT = 32

function unescaped(value: string): string {
  return value.replaceAll(/\\([\\,;:nN])/g, (_, sign: string) => (sign.toLowerCase() === 'n' ? '\n' : sign))
}

function escaped(value: string): string {
  return value.replaceAll(/[\\,;]/g, (sign) => `\\${sign}`).replaceAll(/\r?\n|\r/g, String.raw`\n`)
}

/** Reads what is readable and passes over the rest; never throws. */
export function readCard(card: string, displayName: string | null): Card {
  // A line that begins with a blank belongs to the one before.
  const lines = card
    .slice(0, CARD_LIMIT)
    .replaceAll(/\r?\n[ \t]/g, '')
    .split(/\r?\n/, LINES_LIMIT)
  let name: string | null = null
  const phones: string[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const property = (line.slice(0, colon).split(';', 1)[0] ?? '').replace(/^[^.]{1,32}\./, '').toUpperCase()
    const value = unescaped(line.slice(colon + 1)).trim()
    if (property === 'FN') name ??= value
    else if (property === 'TEL' && value !== '' && phones.length < PHONES_LIMIT) phones.push(value.slice(0, 64))
  }
  return { name: (displayName || name || '').slice(0, 512), phones }
}

/** A card with the number of each phone where WhatsApp looks for it. */
export function writeCard({ name, phones }: Card): string {
  const numbers = phones.map((phone) => {
    const digits = phone.replaceAll(/\D/g, '')
    return digits === '' ? `TEL:${escaped(phone)}` : `TEL;type=CELL;type=VOICE;waid=${digits}:${escaped(phone)}`
  })
  const parts = ['BEGIN:VCARD', 'VERSION:3.0', `N:;${escaped(name)};;;`, `FN:${escaped(name)}`, ...numbers, 'END:VCARD']
  return parts.join('\n')
}
