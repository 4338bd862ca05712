/** A stanza of WhatsApp's binary XML, and small ways to read and build one. */

export interface BinaryNode {
  tag: string
  attrs: Record<string, string>
  /** Children, bytes, a string (what the token tables can spell) or nothing. */
  content?: BinaryNode[] | Uint8Array | string
}

/** The address of the server itself: a JID without a user. */
export const SERVER = '@s.whatsapp.net'

/** Something in a stanza is missing or has a wrong shape; the client's stream is closed for it. */
export class StanzaError extends Error {}

export function element(tag: string, attrs: Record<string, string> = {}, content?: BinaryNode['content']): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content }
}

export function childrenOf(node: BinaryNode | undefined): BinaryNode[] {
  return Array.isArray(node?.content) ? node.content : []
}

export function child(node: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return childrenOf(node).find((item) => item.tag === tag)
}

/** The bytes inside a node; a string that the tables spelled is turned back into bytes. */
export function bytesOf(node: BinaryNode | undefined): Buffer | undefined {
  if (node?.content instanceof Uint8Array) return Buffer.from(node.content)
  if (typeof node?.content === 'string') return Buffer.from(node.content)
  return undefined
}

/** The bytes of a named child; throws StanzaError when they are absent or not exactly `length` long. */
export function requiredBytes(node: BinaryNode | undefined, tag: string, length?: number): Buffer {
  const bytes = bytesOf(child(node, tag))
  if (!bytes || (length !== undefined && bytes.length !== length)) throw new StanzaError(`<${tag}> is missing or wrong`)
  return bytes
}

export function requiredAttribute(node: BinaryNode, name: string): string {
  const value = node.attrs[name]
  if (!value) throw new StanzaError(`<${node.tag}> has no ${name}`)
  return value
}

/** A number as `length` big-endian bytes. */
export function bigEndian(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUIntBE(value, 0, length)
  return bytes
}
