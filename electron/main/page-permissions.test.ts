import { expect, test } from 'vitest'
import { mayPage } from './page-permissions.ts'

const own = { origin: 'app://sealdesk/', media: ['audio'], mainFrame: true }

test('our own page may use the microphone and put text on the clipboard', () => {
  expect(mayPage({ ...own, permission: 'media' })).toBe(true)
  expect(mayPage({ ...own, permission: 'media', origin: 'app://sealdesk' })).toBe(true)
  expect(mayPage({ ...own, permission: 'clipboard-sanitized-write', media: [] })).toBe(true)
})

test.each([
  { ...own, permission: 'media', media: ['video'] },
  { ...own, permission: 'media', media: ['audio', 'video'] },
  { ...own, permission: 'media', media: [] },
  { ...own, permission: 'media', media: ['unknown'] },
  { ...own, permission: 'media', origin: 'app://sealdesk.other/' },
  { ...own, permission: 'media', origin: 'https://example.com' },
  { ...own, permission: 'media', mainFrame: false },
  { ...own, permission: 'clipboard-read' },
  { ...own, permission: 'display-capture' },
  { ...own, permission: 'geolocation' },
  { ...own, permission: 'notifications' },
])('everything else is refused: $permission of $origin with $media', (asked) => {
  expect(mayPage(asked)).toBe(false)
})
