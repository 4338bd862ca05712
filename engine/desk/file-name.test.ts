import { expect, test } from 'vitest'
import { showFileName } from './file-name.ts'

test.each([
  ['invoice.pdf', 'invoice.pdf'],
  ['../../etc/passwd', 'etcpasswd'],
  ['C:\\Windows\\a.exe', 'CWindowsa.exe'],
  ['a\u202Egpj.exe', 'agpj.exe'],
  ['\u0000\u200b', 'file'],
  ['con.txt', '_con.txt'],
  [null, null],
])('the file name %j is shown as %j', (given, shown) => {
  expect(showFileName(given)).toBe(shown)
})

test('a very long name keeps its ending', () => {
  expect(showFileName(`${'x'.repeat(500)}.pdf`)).toMatch(/^x{196}\.pdf$/)
})
