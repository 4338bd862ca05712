import { expect, test } from 'vitest'
import type { NotificationView } from '../../../shared/contracts/notifications.ts'
import { escapeMarkup, wordNotification } from './wording.ts'

const content = { title: 'Ana Souza', author: null, kind: 'text' as const, text: 'Bom dia' }
function told(more: Partial<NotificationView> = {}): NotificationView {
  return { conversation: 'c', count: 1, language: 'en', content, ...more }
}

test('one message says who and what, more of them also how many', () => {
  expect(wordNotification([told()], 'Sealdesk')).toEqual({ title: 'Ana Souza', body: 'Bom dia' })
  expect(wordNotification([told({ count: 12, language: 'de' })], 'Sealdesk').body).toBe('Bom dia\n12 neue Nachrichten')
  const inGroup = { ...content, title: 'Resellers', author: 'Li Wei', text: '你好' }
  expect(wordNotification([told({ content: inGroup, language: 'zh-CN' })], 'Sealdesk')).toEqual({
    title: 'Resellers',
    body: 'Li Wei：你好',
  })
})

test('what has no text is called by its kind', () => {
  const body = (kind: NonNullable<NotificationView['content']>['kind'], text: string): string =>
    wordNotification([told({ language: 'de', content: { ...content, kind, text } })], 'Sealdesk').body
  expect(body('voice', '')).toBe('Sprachnachricht')
  expect(body('sticker', '😀')).toBe('😀 Sticker')
  expect(body('call', '')).toBe('Verpasster Anruf')
  expect(body('raw', '')).toBe('Neue Nachricht')
})

test('without content there is the program’s name and a number, not even how many conversations', () => {
  const plain = [told({ content: null }), told({ conversation: 'd', count: 2, content: null })]
  expect(wordNotification(plain.slice(0, 1), 'Sealdesk')).toEqual({ title: 'Sealdesk', body: 'New message' })
  expect(wordNotification(plain, 'Sealdesk')).toEqual({ title: 'Sealdesk', body: '3 new messages' })
  expect(wordNotification([told(), ...plain], 'Sealdesk')).toEqual({ title: 'Sealdesk', body: '4 new messages' })
})

test('many conversations are numbers', () => {
  const all = [told(), told({ conversation: 'd', count: 11 })]
  expect(wordNotification(all, 'Sealdesk')).toEqual({
    title: 'Sealdesk',
    body: '12 new messages in 2 conversations',
  })
})

test('a hostile name and text act on nothing and end in time', () => {
  const hostile = {
    title: `Bank\u202e\u0007\n\u200b${'x'.repeat(500)}`,
    author: null,
    kind: 'text' as const,
    text: `\u202efdp.exe\u202c\u0000\nline ${'😀'.repeat(200)}`,
  }
  const { title, body } = wordNotification([told({ content: hostile })], 'Sealdesk')
  expect(title).toMatch(/^Bank x{75}$/)
  expect(body).toMatch(/^fdp\.exe line (?:😀)+$/u)
  expect(body.length).toBeLessThanOrEqual(200)
  expect(wordNotification([told({ content: { ...hostile, title: '\u200b', text: '\u2060' } })], 'Sealdesk')).toEqual({
    title: 'No name',
    body: 'New message',
  })
})

test('markup for the servers that read it is text', () => {
  expect(escapeMarkup('<a href="https://x.example">pay</a> & <img src=x>')).toBe(
    '&lt;a href="https://x.example"&gt;pay&lt;/a&gt; &amp; &lt;img src=x&gt;',
  )
})
