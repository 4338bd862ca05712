import { expect, test } from 'vitest'
import { isEmojiOnly, plainWords, toSegments, type SegmentOptions } from './segments.ts'

const telegram: SegmentOptions = { channel: 'telegram', entities: [], mentions: [] }
const whatsapp: SegmentOptions = { channel: 'whatsapp', entities: [], mentions: [] }
/** `bold|link:text` for each piece that has a look. */
const looks = (text: string, options: SegmentOptions): string[] =>
  toSegments(text, options).map((one) => (one.styles.size > 0 ? `${[...one.styles].sort().join('+')}:` : '') + one.text)

test('overlapping entities are cut where they begin and end', () => {
  const entities = [
    { type: 'bold', offset: 0, length: 6 },
    { type: 'italic', offset: 4, length: 6 },
    { type: 'wobbly', offset: 0, length: 3 },
  ]
  expect(looks('abcdefghijkl', { ...telegram, entities })).toEqual(['bold:abcd', 'bold+italic:ef', 'italic:ghij', 'kl'])
})

test('entities beyond the text and too many of them are bounded', () => {
  expect(looks('ab', { ...telegram, entities: [{ type: 'bold', offset: 1, length: 9e15 }] })).toEqual(['a', 'bold:b'])
  expect(looks('ab', { ...telegram, entities: [{ type: 'bold', offset: 2, length: 1 }] })).toEqual(['ab'])
  const many = Array.from({ length: 100_000 }, (_unused, i) => ({ type: 'bold', offset: i, length: 100_000 }))
  expect(toSegments('x'.repeat(100_000), { ...telegram, entities: many }).length).toBeLessThan(1_000)
})

test('WhatsApp marks become looks, also within each other, but not within code or words', () => {
  expect(looks('a *b _c_* d', whatsapp)).toEqual(['a ', 'bold:b ', 'bold+italic:c', ' d'])
  expect(looks('`*raw*` ~old~', whatsapp)).toEqual(['code:*raw*', ' ', 'strike:old'])
  expect(looks('2*3*4 snake_case_name * x *', whatsapp)).toEqual(['2*3*4 snake_case_name * x *'])
  expect(looks('a *b* c', telegram)).toEqual(['a *b* c'])
})

test('addresses are found without the stop behind them; the provider’s own are taken where it tells them', () => {
  const found = toSegments('see https://example.com/a?b=1, or www.x.de.', whatsapp).filter((one) => one.link)
  expect(found.map((one) => one.link)).toEqual(['https://example.com/a?b=1', 'www.x.de'])
  expect(toSegments('javascript:alert(1) mailto:x', whatsapp).some((one) => one.link)).toBe(false)
  const hidden = toSegments('click here', { ...telegram, entities: [{ type: 'text_url', offset: 6, length: 4 }] })
  expect(hidden.map((one) => [...one.styles].join() + one.link)).toEqual(['null', 'linknull'])
  const behind = (url: string) =>
    toSegments('my bank', { ...telegram, entities: [{ type: 'text_url', offset: 3, length: 4, url }] })[1]?.link
  expect(behind('https://elsewhere.example/login')).toBe('https://elsewhere.example/login')
  expect(['javascript:alert(1)', 'file:///etc/passwd', 'HTTPS:'].map(behind)).toEqual([null, null, null])
})

test('where WhatsApp has digits of a mentioned person stands the name; Telegram has the name in the text', () => {
  const entities = [
    { type: 'mention_name', offset: 0, length: 9 },
    { type: 'mention_name', offset: 14, length: 8 },
  ]
  const options = { ...whatsapp, entities, mentions: ['Li Wei', 'Ana'] }
  expect(looks('@99887766 ask @1234567 or @99', options)).toEqual([
    'mention:@Li Wei',
    ' ask ',
    'mention:@Ana',
    ' or @99',
  ])
  expect(
    plainWords('my friend Ana', { ...telegram, entities: [{ ...entities[0]!, offset: 3 }], mentions: ['A'] }),
  ).toBe('my friend Ana')
})

test('a long text of marks is taken as it is, in time', () => {
  const start = performance.now()
  toSegments('*a _b ~'.repeat(50_000), whatsapp)
  toSegments('*_~'.repeat(2_600), whatsapp)
  expect(performance.now() - start).toBeLessThan(1_000)
})

test('a few emoji stand alone', () => {
  expect(['👍', '🎉🎉', '👩‍👧 ❤️'].map(isEmojiOnly)).toEqual([true, true, true])
  expect(['1', 'ok 👍', '👍👍👍👍', ''].map(isEmojiOnly)).toEqual([false, false, false, false])
})
