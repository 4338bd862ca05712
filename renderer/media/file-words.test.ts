import { expect, test } from 'vitest'
import type { FileDetails } from '../../shared/contracts/neutral-message.ts'
import { documentShownAs, fileExtension, fileSize, pictureBox, playTime, safeFileName, shownAs } from './file-words.ts'

const file = (width: number | null, height: number | null): FileDetails => ({
  name: null,
  mime: 'image/jpeg',
  bytes: 1,
  width,
  height,
  durationS: null,
  waveform: null,
})

test('only what is drawn or played without running anything is shown', () => {
  expect(shownAs('image/JPEG; q=1')).toEqual({ as: 'image', mime: 'image/jpeg' })
  expect(shownAs('audio/ogg; codecs=opus')).toEqual({ as: 'audio', mime: 'audio/ogg' })
  for (const mime of ['image/svg+xml', 'text/html', 'application/zip', 'application/xhtml+xml', '', '__proto__']) {
    expect(shownAs(mime), mime).toBeNull()
  }
})

test('a document of unknown type that is called a PDF is tried as one; a known type counts more than the name', () => {
  const pdf = { as: 'pdf', mime: 'application/pdf' }
  expect(documentShownAs({ name: 'offer', mime: 'Application/PDF' })).toEqual(pdf)
  for (const mime of ['application/octet-stream', 'application/zip', '', '__proto__']) {
    expect(documentShownAs({ name: 'offer.Pdf', mime }), mime).toEqual(pdf)
    expect(documentShownAs({ name: 'offer.pdf.exe', mime }), mime).toBeNull()
    expect(documentShownAs({ name: null, mime }), mime).toBeNull()
  }
  expect(documentShownAs({ name: 'offer.pdf', mime: 'image/png' })).toEqual({ as: 'image', mime: 'image/png' })
  expect(documentShownAs(undefined)).toBeNull()
})

test('a file name is one line, leads nowhere and keeps its true end', () => {
  expect(safeFileName('../../etc/passwd')).toBe('_.._etc_passwd')
  expect(safeFileName('invoice\u202efdp.exe')).toBe('invoicefdp.exe')
  expect(safeFileName(`${'a'.repeat(400)}.pdf.exe`)).toMatch(/…a+\.pdf\.exe$/)
  expect(safeFileName(null)).toBe('')
  expect(fileExtension('offer.final.Xlsx')).toBe('XLSX')
  expect(fileExtension('noname')).toBe('')
})

test('sizes and times are told shortly', () => {
  expect([fileSize('en', 12), fileSize('en', 4_200), fileSize('de', 1_310_000)]).toEqual(['0.1 kB', '4.2 kB', '1,3 MB'])
  expect([playTime(0), playTime(65.9), playTime(3729), playTime(Number.NaN)]).toEqual([
    '0:00',
    '1:05',
    '1:02:09',
    '0:00',
  ])
})

test('a picture has its box before it has come, whatever its sender claims', () => {
  expect(pictureBox(file(4000, 3000))).toEqual({ width: 320, height: 240 })
  expect(pictureBox(file(1000, 4000))).toEqual({ width: 220, height: 340 })
  expect(pictureBox(file(1, 9_000_000))).toEqual({ width: 220, height: 340 })
  expect(pictureBox(file(null, null))).toEqual({ width: 280, height: 210 })
})
