import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Cache } from './database.ts'
import { recordMessage } from './messages.ts'
import { recordConversation, recordIdentity } from './people.ts'
import { completeIndex, findText } from './search.ts'

const words = {
  zh: ['报价单', '发货', '客户', '合同', '什么时候', '价格', '样品', '的', '好', '我们', '工厂'],
  en: ['price', 'shipment', 'sample', 'contract', 'order', 'when', 'factory', 'a', 'invoice'],
  de: ['Lieferung', 'Straße', 'Größe', 'Angebot', 'Rechnung', 'für', 'Übergabe', 'Muster'],
}
let folder: string
let cache: Cache
const texts: string[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealdesk-search-'))
  cache = new Cache(join(folder, 'cache.db'), randomBytes(32))
  texts.length = 0
  const all = [words.zh, words.en, words.de]
  for (let i = 0; i < 2500; i++) {
    const list = all[i % 3]!
    const joiner = i % 3 === 0 ? '' : ' '
    texts.push(
      Array.from({ length: 2 + (i % 5) }, (_, k) => list[(i * 7 + k * (1 + (i % 4))) % list.length]).join(joiner),
    )
  }
  cache.transaction((writer) => {
    const identity = recordIdentity(writer, 'wa', { address: '1@lid', aliases: [], name: null })
    const conversation = recordConversation(writer, 'wa', identity.id)
    texts.forEach((text, i) =>
      recordMessage(writer, {
        conversation: conversation.id,
        at: i * 1000,
        opaque: `o${i}`,
        mine: 0,
        path: 'live',
        kind: 'text',
        providerId: `p${i}`,
        clientId: null,
        state: 'received',
        replyTo: null,
        author: null,
        entities: null,
        details: null,
        target: null,
        unread: true,
        text,
        account: 'wa',
        peer: identity.id,
      }),
    )
  })
})
afterEach(() => {
  cache.close()
  rmSync(folder, { recursive: true, force: true })
})

test('every text that contains the word is found, newest first, for one, two, three and more characters in three languages', () => {
  completeIndex(cache)
  for (const query of [
    '的',
    '好',
    '发货',
    '报价',
    '价单',
    '报价单',
    '什么时候',
    'a',
    'pr',
    'sam',
    'price',
    'fü',
    'Lie',
    'Straße',
    'Angebot',
  ]) {
    const found = findText(cache, query, 10_000).map((key) => key.at / 1000)
    const expected = texts
      .map((text, i) => (matches(text, query) ? i : -1))
      .filter((i) => i >= 0)
      .reverse()
    expect(found, query).toEqual(expected)
    expect(expected.length, query).toBeGreaterThan(0)
  }
})

/** Letters are found at the beginning of words, CJK anywhere. */
function matches(text: string, query: string): boolean {
  if (/\p{Script=Han}/u.test(query)) return text.includes(query)
  return text
    .toLowerCase()
    .split(' ')
    .some((word) => word.startsWith(query.toLowerCase()))
}

test('hostile search texts find nothing or something, and never throw', () => {
  completeIndex(cache)
  for (const query of ['"', 'a" OR "b', '*', 'NEAR(', '-', 'AND', '\u0000', '"*', 'text:', ' ']) {
    expect(Array.isArray(findText(cache, query, 10))).toBe(true)
  }
})

test('a search can keep to one conversation', () => {
  completeIndex(cache)
  const everywhere = findText(cache, '报价单', 5000)
  const { conversation } = everywhere[0]!
  expect(findText(cache, '报价单', 5000, conversation)).toEqual(everywhere)
  expect(findText(cache, '报价单', 5000, conversation + 1)).toEqual([])
})
