/** Every kind of message in the page, in every language: readable, and never markup. */
import { renderToStaticMarkup } from 'react-dom/server'
import { beforeAll, describe, expect, test } from 'vitest'
import { messageKinds, serviceEvents } from '../../shared/contracts/neutral-message.ts'
import { ApiProvider, createApi } from '../app/api.ts'
import { changeLanguage, languages, startLanguages } from '../strings/languages.ts'
import { Bubble } from './bubble.tsx'
import { isNotice, Notice } from './notice.tsx'
import { toEntries, type Message } from './timeline.ts'

beforeAll(() => startLanguages('en'))

const hostile = '<img src=x onerror=alert(1)>'
const file = { name: hostile, mime: 'image/png', bytes: 1500, width: 2, height: 3, durationS: 61, waveform: null }
const base: Message = {
  id: 'm1',
  direction: 'in',
  path: 'live',
  author: hostile,
  person: 'p1',
  kind: 'text',
  text: hostile,
  entities: [{ type: 'bold', offset: 1, length: 3 }],
  details: {
    file,
    location: { latitude: 1.5, longitude: -2.25, name: hostile, address: null, live: true },
    contacts: [{ name: hostile, phones: [hostile] }],
    poll: { question: hostile, options: [hostile, 'b'], multiple: false },
    vote: [hostile],
    emoji: hostile,
    service: { event: 'added', members: ['77@lid'], text: hostile, seconds: 5 },
    call: { video: true, outcome: 'missed', durationS: 61 },
    mentions: ['77@lid', '88@lid'],
    forwarded: true,
    viewOnce: true,
    expiresS: 60,
    preview: { url: 'javascript:alert(1)', title: hostile, description: hostile },
  },
  target: null,
  reply: 'elsewhere',
  media: { state: 'held', sha256: 'a'.repeat(64) },
  at: 1_760_000_000_000,
  state: 'received',
  marks: [],
}

function render(...messages: Message[]): string {
  const names = { '77@lid': hostile }
  const [entry] = toEntries(messages)
  const shown = isNotice(messages[0]!) ? (
    <Notice message={messages[0]!} names={names} />
  ) : (
    <Bubble entry={entry!} names={names} follows={false} />
  )
  return renderToStaticMarkup(<ApiProvider value={createApi()}>{shown}</ApiProvider>)
}

describe.each(languages)('in %s', (language) => {
  beforeAll(() => changeLanguage(language))
  test.each([...messageKinds, 'raw' as const])('%s is shown as text, with every value filled in', (kind) => {
    const marks: Message['marks'] = kind === 'raw' ? ['raw'] : []
    const html = render({ ...base, kind, marks })
    expect(html).not.toMatch(/<img|<a |javascript:[^<]*"/)
    expect(html).not.toMatch(/\{\{|undefined|\[object/)
    expect(html).toContain(`data-kind="${kind}"`)
    // A sentence without a name of its own would show its key.
    expect(html).not.toMatch(/>(kind|content|service|call|change|file)\.[a-zA-Z.]+</)
  })
  test('every event of a group and every outcome of a call has its sentence', () => {
    for (const event of serviceEvents) {
      const service = { event, members: ['77@lid', '99@lid'], text: 'words', seconds: 5 }
      expect(render({ ...base, kind: 'service', details: { service } })).not.toMatch(/service\.|\{\{/)
    }
    for (const outcome of ['ringing', 'missed', 'answered', 'declined'] as const) {
      for (const video of [true, false])
        expect(render({ ...base, kind: 'call', details: { call: { video, outcome, durationS: null } } })).not.toMatch(
          /call\./,
        )
    }
  })
})

describe('in English', () => {
  beforeAll(() => changeLanguage('en'))

  test('a deleted and edited message shows who did it, how it stands and what was there before', () => {
    const edit = {
      ...base,
      id: 'e',
      kind: 'edit' as const,
      target: 'm1',
      text: 'new words',
      details: null,
      at: base.at + 1,
    }
    const gone = { ...base, id: 'd', kind: 'delete' as const, target: 'm1', details: null, at: base.at + 2 }
    const html = render({ ...base, text: 'old words', details: null }, edit, gone)
    expect(html).toContain('Deleted by the customer on')
    expect(html).toContain('Edited; 1 earlier version')
    expect(html.indexOf('new words')).toBeLessThan(html.indexOf('old words'))
  })

  test('a file that is not held offers nothing and says why', () => {
    const of = (state: 'waiting' | 'missing') =>
      render({ ...base, kind: 'image', details: { file }, media: { state, sha256: null } })
    expect(of('waiting')).toContain('on its way to the vault')
    expect(of('missing')).toContain('could not be had')
    expect(of('missing')).not.toContain('data-testid="file-save"')
  })

  test('a document is shown where its type is known to be harmless, else only saved', () => {
    const of = (mime: string) => render({ ...base, kind: 'document', details: { file: { ...file, mime } } })
    for (const mime of ['application/pdf', 'text/csv', 'image/png'])
      expect(of(mime)).toContain('data-testid="file-show"')
    for (const mime of ['text/html', 'image/svg+xml', 'application/zip']) {
      expect(of(mime)).not.toContain('data-testid="file-show"')
      expect(of(mime)).toContain('data-testid="file-save"')
    }
  })

  test('of an erased message nothing but that is told', () => {
    const html = render({
      ...base,
      kind: 'image',
      text: null,
      details: null,
      entities: [],
      media: null,
      marks: ['erased'],
    })
    expect(html).toContain('The content has been erased.')
    expect(html).not.toContain('data-testid="message-file"')
  })

  test('raw ones give their reason’s code', () => {
    expect(render({ ...base, kind: 'raw', text: 'no_rule', marks: ['raw'], details: null })).toContain('no_rule')
  })
})
