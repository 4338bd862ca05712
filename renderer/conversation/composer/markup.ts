/** What people type on Telegram for looks, as the entities that Telegram wants; WhatsApp takes its marks as they are. */
import type { Entity } from '../../../shared/contracts/neutral-message.ts'

const looks = new Map([
  ['**', 'bold'],
  ['__', 'italic'],
  ['~~', 'strike'],
  ['||', 'spoiler'],
  ['`', 'code'],
])
const marked = /(`)([^`\n]+)`|(\*\*|__|~~|\|\|)(?=\S)([^\n]{0,500}?\S)\3/g
const deepest = 4

/** The text without its marks, and where its looks are. */
export function readMarkup(typed: string, depth = 0): { text: string; entities: Entity[] } {
  let text = ''
  let from = 0
  const entities: Entity[] = []
  for (const found of depth < deepest ? typed.matchAll(marked) : []) {
    const type = looks.get(found[1] ?? found[3] ?? '')
    if (!type) continue
    text += typed.slice(from, found.index)
    from = found.index + found[0].length
    // What is code stays as it was typed.
    const inside = found[2] === undefined ? readMarkup(found[4] ?? '', depth + 1) : { text: found[2], entities: [] }
    entities.push({ type, offset: text.length, length: inside.text.length })
    for (const entity of inside.entities) entities.push({ ...entity, offset: text.length + entity.offset })
    text += inside.text
  }
  return { text: text + typed.slice(from), entities }
}
