/** What the page may ask the system for: the microphone for voice notes and writing text to the clipboard, nothing else. */
import { pageOrigin } from './page-files.ts'

export interface PermissionAsked {
  permission: string
  /** Who asks, as Chromium tells it: an origin or an address. */
  origin: string
  /** Kinds of media for `media`; empty: not told. */
  media: readonly string[]
  mainFrame: boolean
}

export function mayPage({ permission, origin, media, mainFrame }: PermissionAsked): boolean {
  if (!mainFrame || (origin !== pageOrigin && !origin.startsWith(`${pageOrigin}/`))) return false
  if (permission === 'clipboard-sanitized-write') return true
  return permission === 'media' && media.length > 0 && media.every((kind) => kind === 'audio')
}
