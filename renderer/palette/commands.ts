/** What the palette offers for a few typed letters: conversations and accounts by name, and what the window can do. */
import { safeLine } from '../text/safe-text.ts'

export interface PaletteEntry {
  id: string
  label: string
  /** Shown beside the label: the account of a conversation, the keys of an action. */
  detail: string
  kind: 'conversation' | 'account' | 'action'
  run(): void
}

const mostShown = 12

/** Lower is better; null: the letters do not occur in this order. */
export function rank(label: string, typed: string): number | null {
  const [text, wanted] = [safeLine(label).toLocaleLowerCase(), typed.trim().toLocaleLowerCase()]
  if (wanted === '') return 0
  const at = text.indexOf(wanted)
  if (at === 0) return 0
  if (at > 0) return /[\s·_-]/.test(text[at - 1] ?? '') ? 1 : 2
  let from = 0
  for (const letter of wanted) {
    const found = text.indexOf(letter, from)
    if (found < 0) return null
    from = found + letter.length
  }
  return 3
}

/** The better match first, among equals in the order given. */
export function findEntries(entries: readonly PaletteEntry[], typed: string): PaletteEntry[] {
  return entries
    .map((entry, place) => ({ entry, place, rank: rank(entry.label, typed) }))
    .filter((one): one is typeof one & { rank: number } => one.rank !== null)
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .slice(0, mostShown)
    .map(({ entry }) => entry)
}
