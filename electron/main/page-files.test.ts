import { expect, test } from 'vitest'
import { contentSecurityPolicy, findPageFile, pageHeaders } from './page-files.ts'

const root = '/opt/sealdesk/renderer'

test('pages and assets are found below the folder, with their type', () => {
  expect(findPageFile(root, 'app://sealdesk/')).toEqual({
    path: `${root}/index.html`,
    type: 'text/html; charset=utf-8',
  })
  expect(findPageFile(root, 'app://sealdesk/assets/index-B1_x.js?v=1#top')?.path).toBe(`${root}/assets/index-B1_x.js`)
})

test.each([
  'app://sealdesk/../main/index.js',
  'app://sealdesk/assets/../../main/index.js',
  'app://sealdesk/%2e%2e/main/index.js',
  'app://sealdesk/..%2fmain/index.js',
  'app://sealdesk/..%5cmain/index.js',
  'app://sealdesk/assets\\..\\..\\index.js',
  'app://sealdesk//etc/passwd.js',
  'app://sealdesk/.hidden.js',
  'app://sealdesk/assets/.hidden.js',
  'app://sealdesk/index.html%00.js',
  'app://sealdesk/index.html/',
  'app://sealdesk/device.json',
  'app://sealdesk/cache-1.db',
  'app://other/index.html',
  'app://sealdesk:80/index.html',
  'file:///etc/passwd.js',
  'https://sealdesk/index.html',
  'not an address',
])('%s leads nowhere outside the pages', (address) => {
  const found = findPageFile(root, address)
  if (found) expect(found.path.startsWith(`${root}/`) && !found.path.includes('..')).toBe(true)
  // A parser may resolve dots itself; then what is left stands below the folder and is no secret.
  expect(found === null || found.path === `${root}/main/index.js` || found.path === `${root}/index.js`).toBe(true)
})

test('every answer carries a policy that allows nothing from elsewhere and nothing inline', () => {
  expect(pageHeaders('text/html')['content-security-policy']).toBe(contentSecurityPolicy)
  expect(contentSecurityPolicy).toContain("default-src 'none'")
  expect(contentSecurityPolicy).toContain("connect-src 'none'")
  expect(contentSecurityPolicy).toContain("worker-src 'self'")
  expect(contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*/)
})
