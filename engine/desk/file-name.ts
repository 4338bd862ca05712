/** File names and types as strangers give them, made fit to be shown and to be saved under. */

/** Control signs, bidi and zero-width signs (Cc, Cf), line separators, and what some system takes for a part of a path. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>:"/\\|?*]/gu
/** Names that Windows keeps for itself. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
const mostChars = 200

/** Null stays null; a name of which nothing is left becomes `file`. The ending stays: it tells what would be opened. */
export function showFileName(name: string | null): string | null {
  if (name === null) return null
  const plain = name
    .toWellFormed()
    .replace(unsafe, '')
    .replace(/^[.\s]+|[.\s]+$/g, '')
  if (plain === '') return 'file'
  const safe = reserved.test(plain) ? `_${plain}` : plain
  if (safe.length <= mostChars) return safe
  const ending = /\.[^.]{1,16}$/.exec(safe)?.[0] ?? ''
  return safe.slice(0, mostChars - ending.length).toWellFormed() + ending
}

/** A type that a browser may be told; anything odd is plain bytes. */
export function showMime(mime: string): string {
  const [type] = mime.toLowerCase().split(';')
  return type && /^[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,64}$/.test(type) ? type : 'application/octet-stream'
}
