/** Message text in the page: text, isolated, never markup. */
import { renderToStaticMarkup } from 'react-dom/server'
import { beforeAll, describe, expect, test } from 'vitest'
import { inSentence, Isolated, shortened } from '../elements/isolated.tsx'
import { startLanguages } from '../strings/languages.ts'
import { Bubble } from './bubble.tsx'
import { toEntries, type Message } from './timeline.ts'

beforeAll(() => startLanguages('en'))

const message: Message = {
  id: 'm1',
  direction: 'in',
  path: 'live',
  author: 'Ana',
  person: 'p1',
  kind: 'text',
  entities: [],
  details: null,
  target: null,
  reply: null,
  media: null,
  text: 'Olá',
  at: 1_760_000_000_000,
  state: 'received',
  marks: [],
}
const render = (change: Partial<Message>) =>
  renderToStaticMarkup(<Bubble entry={toEntries([{ ...message, ...change }])[0]!} names={{}} follows={false} />)

describe('a message', () => {
  test('that looks like HTML stays text', () => {
    const html = render({ text: '<img src=x onerror=alert(1)><script>alert(1)</script>&amp;' })
    expect(html).not.toMatch(/<img|<script/)
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;')
  })

  test('has its own direction, and so has its author', () => {
    const html = render({ text: 'a \u202e b', author: '\u202eevil' })
    expect(html).toContain('<div class="message-text" dir="auto" data-testid="message-text">a \u202e b</div>')
    expect(html).toContain('<bdi dir="auto" class="isolated">\u202eevil</bdi>')
    expect(html).toContain('contains invisible characters')
  })

  test('shows the address behind a text as text, and none that no link may have', () => {
    const behind = (url: string) =>
      render({ text: 'see our list now', entities: [{ type: 'text_url', offset: 4, length: 8, url }] })
    const html = behind('https://elsewhere.example/?a=<b>')
    expect(html).toContain('see our list<span class="quiet" data-testid="link-target">')
    expect(html).toContain('https://elsewhere.example/?a=&lt;b&gt;')
    expect(html).not.toContain('<a ')
    expect(behind('javascript:alert(1)')).not.toContain('javascript')
  })

  test('of 10 MB puts a few thousand characters into the page and offers the rest', () => {
    const html = render({ text: 'x'.repeat(10_000_000) })
    expect(html.length).toBeLessThan(10_000)
    expect(html).toContain('data-testid="show-more"')
  })

  test('without content says why', () => {
    expect(render({ text: null, marks: ['erased'] })).toContain('The content has been erased.')
    expect(render({ text: 'no_rule', kind: 'raw', marks: ['raw'] })).toContain(
      'Of a kind that cannot be shown; the original is kept.',
    )
    expect(render({ text: null })).toContain('The content cannot be opened.')
  })

  test('tells its marks, and its state when it went out', () => {
    const html = render({ direction: 'out', state: 'failed', marks: ['late', 'unproven'] })
    expect(html).toContain('data-testid="mark-late"')
    expect(html).toContain('data-testid="mark-unproven"')
    expect(html).toContain('failed')
    expect(render({ direction: 'in' })).not.toContain('data-testid="message-state"')
  })
})

describe('names', () => {
  test('are cut at a length that no honest one has, not inside of a surrogate pair', () => {
    expect(shortened('Ana')).toBe('Ana')
    expect(shortened('😀'.repeat(10), 5)).toBe('😀😀…')
    expect(renderToStaticMarkup(<Isolated>{'x'.repeat(10_000)}</Isolated>).length).toBeLessThan(400)
  })

  test('inside of a sentence carry no direction controls and no line breaks', () => {
    expect(inSentence('a\u202eb\u2067c\nd\u0000e')).toBe('a b c d e')
  })
})
