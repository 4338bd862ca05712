/** Hostile names and types of files. */
import { expect, test } from 'vitest'
import { safeName, showable } from './file-name.ts'
import { runsOf } from './formatted.ts'

test.each([
  ['offer.pdf', 'offer.pdf'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['C:\\windows\\a.exe', 'C__windows_a.exe'],
  ['invoice\u202egpj.exe', 'invoicegpj.exe'],
  ['.bashrc', 'bashrc'],
  ['a\u0000b\n.txt', 'ab.txt'],
  ['name. . ', 'name'],
  ['报价 2026.xlsx', '报价 2026.xlsx'],
  ['///', 'file-1.pdf'],
  ['', 'file-1.pdf'],
  [null, 'file-1.pdf'],
])('%j is saved as %j', (name, safe) => {
  expect(safeName(name, 'application/pdf', 'file-1')).toBe(safe)
})

test('a long name keeps its extension, an unknown type is .bin', () => {
  const long = safeName(`${'x'.repeat(400)}.pdf`, '', 'f')
  expect([long.length, long.endsWith('.pdf')]).toEqual([120, true])
  expect(safeName(null, 'text/html', 'f')).toBe('f.bin')
})

test('only a short list of types is shown in the page', () => {
  expect(showable('image/png')).toEqual({ as: 'image', type: 'image/png' })
  expect(showable('audio/ogg; codecs=opus')).toEqual({ as: 'audio', type: 'audio/ogg' })
  expect(showable('application/pdf')).toEqual({ as: 'pages', type: 'application/pdf' })
  expect(showable('text/csv; charset=utf-8')).toEqual({ as: 'text', type: 'text/csv' })
  for (const mime of ['image/svg+xml', 'text/html', 'text/xml', '', 'image/png\nx', 'constructor'])
    expect(showable(mime)).toBeNull()
})

test('formatting cuts a text into runs that together are the text, whatever the offsets claim', () => {
  const entities = [
    { type: 'bold', offset: 0, length: 5 },
    { type: 'italic', offset: 3, length: 2 ** 40 },
    { type: 'constructor', offset: 0, length: 9 },
    { type: 'code', offset: 500, length: 3 },
  ]
  const runs = runsOf('hello world', entities)
  expect(runs).toMatchObject([
    { text: 'hel', styles: ['bold'] },
    { text: 'lo', styles: ['bold', 'italic'] },
    { text: ' world', styles: ['italic'] },
  ])
  expect(
    runsOf('', entities)
      .map((run) => run.text)
      .join(''),
  ).toBe('')
})
