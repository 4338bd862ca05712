/** Cuts a text into pieces of one look each: entities of the provider, WhatsApp's marks, addresses, names of the mentioned. */
import { linkTarget, type Channel, type Entity } from '../../../shared/contracts/neutral-message.ts'
import { safeLine, safeText } from '../../text/safe-text.ts'

const styles = ['bold', 'italic', 'underline', 'strike', 'code', 'pre', 'spoiler', 'quote', 'mention', 'link'] as const
export type Style = (typeof styles)[number]

export interface Segment {
  /** Made harmless already. */
  text: string
  styles: ReadonlySet<Style>
  /** The address, as it stands in the text or behind it; null: no link. */
  link: string | null
}

interface Span {
  from: number
  to: number
  style: Style | 'hidden'
  /** Shown in place of the text. */
  replaced?: string
  /** True: the text is the address. */
  link?: boolean | string
}

/** More than anybody writes; a hostile message may carry any number. */
const mostEntities = 300
/** Longer texts are shown without marks: looking for them would take too long. */
const mostMarked = 8_000

const entityStyles = new Map<string, Style>([
  ['bold', 'bold'],
  ['italic', 'italic'],
  ['underline', 'underline'],
  ['strike', 'strike'],
  ['strikethrough', 'strike'],
  ['code', 'code'],
  ['pre', 'pre'],
  ['spoiler', 'spoiler'],
  ['blockquote', 'quote'],
  ['mention', 'mention'],
  ['mention_name', 'mention'],
  ['hashtag', 'mention'],
  ['cashtag', 'mention'],
  ['url', 'link'],
  ['text_url', 'link'],
  ['email', 'link'],
])

export interface SegmentOptions {
  channel: Channel
  entities: readonly Entity[]
  /** Names of the mentioned, in the order of the `mention_name` entities. */
  mentions: readonly string[]
}

export function toSegments(text: string, options: SegmentOptions): Segment[] {
  const spans = entitySpans(text, options)
  if (text.length <= mostMarked) {
    if (options.channel === 'whatsapp') spans.push(...markSpans(text))
    if (!spans.some((span) => span.link)) spans.push(...addressSpans(text))
  }
  return cut(text, spans)
}

function entitySpans(text: string, { channel, entities, mentions }: SegmentOptions): Span[] {
  let mentioned = 0
  return entities.slice(0, mostEntities).flatMap((entity): Span[] => {
    // WhatsApp has `@` and digits there, which may be a LID that nobody should read as a number; Telegram has the name itself.
    const name = entity.type === 'mention_name' ? safeLine(mentions[mentioned++] ?? '', 60) : ''
    const style = entityStyles.get(entity.type)
    const to = Math.min(text.length, entity.offset + entity.length)
    if (!style || entity.offset >= to) return []
    const replaced = channel === 'whatsapp' && name ? { replaced: `@${name}` } : {}
    return [{ from: entity.offset, to, style, link: linkOf(entity), ...replaced }]
  })
}

/** A `text_url` without an address has one that may not be shown as a link. */
function linkOf({ type, url }: Entity): boolean | string {
  if (type === 'text_url') return url !== undefined && (linkTarget(url) ?? false)
  return type === 'url' || type === 'email'
}

const addresses = /(?<![\p{L}\p{N}@./])(?:https?:\/\/|www\.)[^\s<>"'«»“”]{2,2000}/giu

function addressSpans(text: string): Span[] {
  return [...text.matchAll(addresses)].slice(0, mostEntities).map((found) => {
    const address = found[0].replace(/[.,;:!?)\]}*_~。，、！？）]+$/u, '')
    return { from: found.index, to: found.index + address.length, style: 'link' as const, link: true }
  })
}

const whatsappMarks = { '*': 'bold', _: 'italic', '~': 'strike' } as const
const fence = /```([^`]{1,4000})```|`([^`\n]{1,1000})`/g
const paired = /(?<![\p{L}\p{N}*_~])([*_~])(?=\S)([^\n]{1,400}?)(?<=\S)\1(?![\p{L}\p{N}*_~])/gu

/** WhatsApp sends its marks as characters; the phone shows the look and leaves the characters out. */
function markSpans(text: string): Span[] {
  const spans: Span[] = []
  const code: [number, number][] = []
  for (const found of text.matchAll(fence)) {
    const mark = found[1] === undefined ? 1 : 3
    const [from, to] = [found.index, found.index + found[0].length]
    code.push([from, to])
    spans.push({ from, to: from + mark, style: 'hidden' }, { from: to - mark, to, style: 'hidden' })
    spans.push({ from: from + mark, to: to - mark, style: mark === 3 ? 'pre' : 'code' })
  }
  const look = (from: number, to: number, depth: number): void => {
    if (depth > 3) return
    for (const found of text.slice(from, to).matchAll(paired)) {
      const [start, end] = [from + found.index, from + found.index + found[0].length]
      if (spans.length > mostEntities || code.some(([a, b]) => start < b && end > a)) continue
      spans.push({ from: start, to: start + 1, style: 'hidden' }, { from: end - 1, to: end, style: 'hidden' })
      spans.push({ from: start + 1, to: end - 1, style: whatsappMarks[found[1] as keyof typeof whatsappMarks] })
      look(start + 1, end - 1, depth + 1)
    }
  }
  look(0, text.length, 0)
  return spans
}

/** Sweeps over all beginnings and ends once. */
function cut(text: string, spans: readonly Span[]): Segment[] {
  const edges = new Set([0, text.length])
  for (const span of spans) edges.add(span.from).add(span.to)
  const places = [...edges].sort((a, b) => a - b)
  const starting = [...spans].sort((a, b) => a.from - b.from)
  let active: Span[] = []
  let next = 0
  const segments: Segment[] = []
  for (let i = 0; i + 1 < places.length; i += 1) {
    const [from, to] = [places[i] ?? 0, places[i + 1] ?? 0]
    active = active.filter((span) => span.to > from)
    for (; next < starting.length; next += 1) {
      const span = starting[next]
      if (!span || span.from > from) break
      if (span.to > from) active.push(span)
    }
    const replaced = active.find((span) => span.replaced !== undefined)
    // What stands for a whole stretch is shown at its beginning only.
    if (active.some((span) => span.style === 'hidden') || (replaced && replaced.from !== from)) continue
    const link = active.find((span) => span.link)
    segments.push({
      text: replaced?.replaced ?? safeText(text.slice(from, to)),
      styles: new Set(active.flatMap((span) => (span.style === 'hidden' ? [] : [span.style]))),
      link: link ? safeLine(typeof link.link === 'string' ? link.link : text.slice(link.from, link.to), 2_048) : null,
    })
  }
  return segments
}

/** The text as it is read, for copying and for a line of its own. */
export function plainWords(text: string, options: SegmentOptions): string {
  return toSegments(text, options)
    .map((segment) => segment.text)
    .join('')
}

const oneEmoji = '(?:\\p{RI}{2}|\\p{ExtPict}(?:\\uFE0F|\\p{EMod})?(?:\\u200D\\p{ExtPict}(?:\\uFE0F|\\p{EMod})?)*)'
const fewEmoji = new RegExp(`^(?:${oneEmoji}\\s?){1,3}$`, 'u')

/** One to three emoji and nothing else: shown large. */
export function isEmojiOnly(text: string): boolean {
  return text.length <= 24 && fewEmoji.test(text.trim())
}
