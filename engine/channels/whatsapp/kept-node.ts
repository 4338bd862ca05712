/** Stanzas without a body of bytes (group notifications, calls) in the JSON form in which they stand in the inbox. */
import type { BinaryNode } from '@whiskeysockets/baileys'

export interface KeptNode {
  tag: string
  attrs: Record<string, string>
  /** Text content; '' where there is none. */
  text: string
  children: KeptNode[]
}

const CHILDREN_LIMIT = 10_000
const DEPTH_LIMIT = 6
const TEXT_LIMIT = 8192

/** Attributes as strings only, and no more of them than a row may hold. */
export function keptAttributes(node: BinaryNode): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(node.attrs)) {
    if (typeof value === 'string' && name.length <= 64) kept[name] = value.slice(0, 4096)
  }
  return kept
}

function textOf(content: BinaryNode['content']): string {
  if (typeof content === 'string') return content.slice(0, TEXT_LIMIT)
  return content instanceof Uint8Array ? Buffer.from(content.subarray(0, TEXT_LIMIT)).toString('utf8') : ''
}

export function keepNode(node: BinaryNode, depth = 0): KeptNode {
  const inner = Array.isArray(node.content) && depth < DEPTH_LIMIT ? node.content.slice(0, CHILDREN_LIMIT) : []
  return {
    tag: node.tag.slice(0, 64),
    attrs: keptAttributes(node),
    text: textOf(node.content),
    children: inner.map((child) => keepNode(child, depth + 1)),
  }
}

export function childOf(node: KeptNode | undefined, tag: string): KeptNode | undefined {
  return node?.children.find((child) => child.tag === tag)
}
