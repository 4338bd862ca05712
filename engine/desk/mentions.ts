/** Mentions on WhatsApp: `@` and the digits of an address go over the wire, people type and see names. */
import type { Entity } from '../../shared/contracts/neutral-message.ts'
import type { Reader } from '../cache/database.ts'
import { nameOf, personColumns, type PersonRow } from './people-views.ts'

export interface Called {
  name: string
  /** Digits of all addresses of this person: texts may use the number where the list has the LID. */
  digits: string[]
}

/** `mention_name` entities, each with the name that stands for it. */
export interface ShownMentions {
  entities: Entity[]
  /** In the order of the entities; then those who are mentioned without standing in the text. */
  names: string[]
}

/** More than anybody writes; a hostile message may carry any number. */
const mostSpans = 300
const mostNames = 1024
const written = /@(\d{5,20})(?!\d)/g

export function digitsOf(address: string): string {
  return address.replace(/@.*$/, '')
}

/** Who is behind addresses, as far as they are known. */
export function listCalled(reader: Reader, account: string, addresses: string[]): Map<string, Called> {
  const called = new Map<string, Called>()
  if (addresses.length === 0) return called
  const rows = reader.all<PersonRow & { named: string; other: string }>(
    `SELECT a.address AS named, b.address AS other, ${personColumns} FROM json_each(?) j
     CROSS JOIN addresses a ON a.account = ? AND a.address = j.value JOIN identities i ON i.id = a.identity
     JOIN addresses b ON b.identity = i.id`,
    [JSON.stringify(addresses), account],
  )
  for (const row of rows) {
    const known = called.get(row.named) ?? { name: nameOf(row), digits: [] }
    known.digits.push(digitsOf(row.other))
    called.set(row.named, known)
  }
  return called
}

/** `mentions`: whom the message mentions; digits of anybody else stay what they are. */
export function showMentions(text: string, mentions: string[], find: (address: string) => Called): ShownMentions {
  if (mentions.length === 0) return { entities: [], names: [] }
  const byDigits = new Map<string, string>()
  for (const address of mentions)
    for (const digits of [digitsOf(address), ...find(address).digits]) byDigits.set(digits, address)
  const found = [...text.matchAll(written)]
    .flatMap(({ index, 0: word, 1: digits = '' }) => {
      const address = byDigits.get(digits)
      return address === undefined ? [] : [{ address, offset: index, length: word.length }]
    })
    .slice(0, mostSpans)
  const inText = new Set(found.map((one) => one.address))
  const others = mentions.filter((address) => !inText.has(address))
  return {
    entities: found.map(({ offset, length }) => ({ type: 'mention_name', offset, length })),
    names: [...found.map((one) => one.address), ...others].slice(0, mostNames).map((address) => find(address).name),
  }
}

/** A short text with names in place of what stands for them. */
export function withNames(text: string, { entities, names }: ShownMentions): string {
  let made = ''
  let from = 0
  entities.forEach(({ offset, length }, i) => {
    made += `${text.slice(from, offset)}@${names[i]}`
    from = offset + length
  })
  return made + text.slice(from)
}

/** What was typed, as WhatsApp wants it: the n-th `mention_name` entity stands for the n-th address. Nothing else of entities leaves. */
export function writeMentions(text: string, entities: Entity[], addresses: string[]): string {
  const places = entities.filter(({ type }) => type === 'mention_name').sort((a, b) => a.offset - b.offset)
  let made = ''
  let from = 0
  places.forEach(({ offset, length }, i) => {
    const address = addresses[i]
    if (address === undefined || offset < from) return
    made += `${text.slice(from, offset)}@${digitsOf(address)}`
    from = offset + length
  })
  return made + text.slice(from)
}

/**
 * A changed text of which the names of the mentioned are shown: they become digits again, and who is no longer named is no longer
 * mentioned.
 */
export function rewriteMentions(
  text: string,
  mentions: string[],
  nameOfMentioned: (address: string) => string,
): { text: string; mentions: string[] } {
  const queues = new Map<string, string[]>()
  for (const address of mentions) {
    const name = nameOfMentioned(address)
    queues.set(name, [...(queues.get(name) ?? []), address])
  }
  const found: { at: number; length: number; address: string }[] = []
  // Longer names first: `@Ana Souza` must not be taken for `@Ana`.
  for (const [name, queue] of [...queues].sort(([a], [b]) => b.length - a.length)) {
    const word = `@${name}`
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
      if (found.some((one) => at < one.at + one.length && at + word.length > one.at)) continue
      const address = queue.length > 1 ? queue.shift()! : queue[0]!
      found.push({ at, length: word.length, address })
    }
  }
  found.sort((a, b) => a.at - b.at)
  const entities = found.map(({ at, length }) => ({ type: 'mention_name', offset: at, length }))
  const made = writeMentions(
    text,
    entities,
    found.map((one) => one.address),
  )
  const left = new Set([...made.matchAll(written)].map((one) => one[1]))
  return { text: made, mentions: [...new Set(mentions)].filter((address) => left.has(digitsOf(address))) }
}
