/** Names and types of files that others sent: hostile until shown otherwise. */

const extensions: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/wav': 'wav',
  'application/pdf': 'pdf',
}
const shown = {
  image: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
  video: ['video/mp4', 'video/webm'],
  audio: ['audio/ogg', 'audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/wav', 'audio/webm'],
  // By the browser's own viewer, which is locked away from the page; the page's policy lets it load nothing.
  pages: ['application/pdf'],
  // Read as text and nothing else.
  text: ['text/plain', 'text/csv', 'text/markdown', 'application/json'],
}
export type ShownAs = keyof typeof shown
const longest = 120

/** Without parameters, lower case: `audio/ogg; codecs=opus` is `audio/ogg`. */
function plainType(mime: string): string {
  return mime.split(';')[0]!.trim().toLowerCase()
}

/** How the page may show a file, by a short list of types; null: as a download only. */
export function showable(mime: string): { as: ShownAs; type: string } | null {
  const type = plainType(mime)
  for (const as of ['image', 'video', 'audio', 'pages', 'text'] as const)
    if (shown[as].includes(type)) return { as, type }
  return null
}

/**
 * A name for the download: one part, no path, no control or direction characters, no leading dot, at most 120 characters with the
 * extension kept. `fallback` (without extension) where nothing is left.
 */
export function safeName(name: string | null, mime: string, fallback: string): string {
  const cleaned = (name ?? '')
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '')
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '')
  if (cleaned === '' || /^_+$/.test(cleaned)) return `${fallback}.${extensions[plainType(mime)] ?? 'bin'}`
  const characters = [...cleaned]
  if (characters.length <= longest) return cleaned
  const end = /\.[^.]{1,12}$/.exec(cleaned)?.[0] ?? ''
  return `${characters.slice(0, longest - end.length).join('')}${end}`
}
