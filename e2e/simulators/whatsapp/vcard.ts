/** Contact cards (vCard 3.0) as phones send them. */

interface Card {
  name: string
  phones: string[]
}

const MAX_PHONES = 32
const MAX_LINES = 500

function escaped(text: string): string {
  return text.replaceAll(/[\\,;]/g, (sign) => `\\${sign}`).replaceAll(/\r\n|\r|\n/g, String.raw`\n`)
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' || sign === 'N' ? '\n' : sign))
}

export function writeCard({ name, phones }: Card): string {
  const numbers = phones.map((phone) => {
    const digits = phone.replaceAll(/\D/g, '')
    return `TEL;type=CELL${digits ? `;waid=${digits}` : ''}:${escaped(phone)}`
  })
  const lines = ['BEGIN:VCARD', 'VERSION:3.0', `N:;${escaped(name)};;;`, `FN:${escaped(name)}`, ...numbers, 'END:VCARD']
  return lines.join('\n')
}

/** Passes over what it does not know; `displayName` stands above the card's own name. */
export function readCard(card: string, displayName: string): Card {
  let name = ''
  const phones: string[] = []
  const unfolded = card.slice(0, 65_536).replaceAll(/\r?\n[ \t]/g, '')
  for (const line of unfolded.split(/\r?\n/, MAX_LINES)) {
    const colon = line.indexOf(':')
    const property = line
      .slice(0, Math.max(colon, 0))
      .replace(/;.*$/, '')
      .replace(/^[\w-]+\./, '')
    const value = unescaped(line.slice(colon + 1)).trim()
    if (/^fn$/i.test(property)) name ||= value
    else if (/^tel$/i.test(property) && value && phones.length < MAX_PHONES) phones.push(value.slice(0, 64))
  }
  return { name: (displayName || name).slice(0, 512), phones }
}
