/** Which file an `app://` address stands for, and the headers its answer carries: pure, so that confinement can be tested. */
import { extname, join, sep } from 'node:path'

export const pageScheme = 'app'
export const pageOrigin = 'app://sealdesk'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Nothing from anywhere but the package; no inline script or style, no connection of any kind. Workers read and draw PDFs. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  'media-src blob:',
  "font-src 'self'",
  "connect-src 'none'",
  "object-src 'none'",
  "frame-src 'none'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function pageHeaders(type: string): Record<string, string> {
  return {
    'content-type': type,
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(self), display-capture=(), geolocation=(), usb=(), serial=(), hid=()',
    'cache-control': 'no-store',
  }
}

/**
 * The file below `root` (absolute) for an address, with its type; null for another host, another kind of file or any way out of
 * the folder. Percent-encoded separators, dots and NUL bytes are refused as written, not resolved.
 */
export function findPageFile(root: string, address: string): { path: string; type: string } | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.protocol !== `${pageScheme}:` || url.host !== 'sealdesk') return null
  const name = url.pathname === '/' ? '/index.html' : url.pathname
  if (!/^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(name)) return null
  const type = types[extname(name)]
  if (!type) return null
  const path = join(root, name)
  return path.startsWith(root.endsWith(sep) ? root : root + sep) ? { path, type } : null
}
