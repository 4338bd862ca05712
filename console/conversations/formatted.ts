/** Cuts a text at its formatting: runs of characters with the styles that hold over them. */
import { linkTarget, type Entity } from '../../shared/contracts/neutral-message.ts'

const styles = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strike: 'strike',
  code: 'code',
  pre: 'code',
} as const
export type Style = (typeof styles)[keyof typeof styles]
export interface Run {
  text: string
  styles: Style[]
  /** Addresses behind texts that end here: they are shown, and nothing is a link. */
  targets: string[]
}

/** More entities than anybody writes by hand are not drawn. */
const mostEntities = 200

/** Pure; offsets in UTF-16 units, hostile ones are cut to the text. The runs' texts together are the text. */
export function runsOf(text: string, entities: readonly Entity[]): Run[] {
  const drawn = entities.slice(0, mostEntities).flatMap(({ type, offset, length }) => {
    const style = Object.hasOwn(styles, type) ? styles[type as keyof typeof styles] : undefined
    const [start, end] = [Math.min(offset, text.length), Math.min(offset + length, text.length)]
    return style && end > start ? [{ style, start, end }] : []
  })
  const links = entities.slice(0, mostEntities).flatMap(({ offset, length, url }) => {
    const target = url === undefined ? null : linkTarget(url)
    return target === null
      ? []
      : [{ start: Math.min(offset, text.length), end: Math.min(offset + length, text.length), target }]
  })
  const cuts = [...new Set([0, text.length, ...[...drawn, ...links].flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  )
  const runs: Run[] = []
  for (const [index, start] of cuts.entries()) {
    const end = cuts[index + 1]
    if (end === undefined) break
    const held = drawn.filter((one) => one.start <= start && one.end >= end).map((one) => one.style)
    const targets = links.filter((one) => one.end === end && one.start < end).map(({ target }) => target)
    runs.push({ text: text.slice(start, end), styles: [...new Set(held)], targets })
  }
  return runs
}
