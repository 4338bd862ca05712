import { expect, test } from 'vitest'
import { cutAt, initials, preview, previewLength, previewLines, safeLine, safeText } from './safe-text.ts'

test('markup stays what it is: characters', () => {
  const text = '<b>bold</b> &amp; <script>alert(1)</script>'
  expect(safeText(text)).toBe(text)
})

test('overrides and controls cannot turn a text round; letters, emoji and line feeds stay', () => {
  expect(safeText('invoice\u202efdp.exe\u202c')).toBe('invoicefdp.exe')
  expect(safeText('a\u0000\u0007\u009bb\r\nc\td')).toBe('ab\nc\td')
  expect(safeText('👩‍👧 می‌خواهم مرحبا')).toBe('👩‍👧 می‌خواهم مرحبا')
})

test('stacked marks are cut before they draw over other lines', () => {
  expect(safeText(`o${'\u0301'.repeat(500)}k`)).toBe(`o${'\u0301'.repeat(8)}k`)
})

test('a line has no breaks and nothing invisible, so two names that look alike are alike', () => {
  expect(safeLine('  Ana\u200b \n\t Sou\u00adza\ufeff ')).toBe('Ana Souza')
  expect(safeLine('\u200b\u2060\u3164\u{e0041}')).toBe('')
  expect(safeLine('x'.repeat(10_000_000), 50)).toHaveLength(50)
})

test('a long text is previewed by length and by lines, never through a character', () => {
  expect(preview('short')).toEqual({ text: 'short', cut: false })
  expect(preview('x'.repeat(previewLength + 1)).text).toHaveLength(previewLength)
  expect(preview('\n'.repeat(500))).toEqual({ text: '\n'.repeat(previewLines - 1), cut: true })
  const emoji = `${'x'.repeat(previewLength - 1)}😀😀`
  expect(preview(emoji).text).toBe('x'.repeat(previewLength - 1))
  expect(cutAt('a😀', 2)).toBe('a')
  expect(cutAt('a😀', 3)).toBe('a😀')
})

test('initials come from names in any script', () => {
  expect(initials('ana maria Souza')).toBe('AM')
  expect(initials('李小伟')).toBe('小伟')
  expect(initials('\u202e  ')).toBe('#')
  expect(initials('😀')).toBe('#')
})
