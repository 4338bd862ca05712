/** Makes a stranger's text harmless to look at: it stays text, and no character of it acts outside its own place. */

/** Embeddings and overrides can turn a file name or an amount round within its own line; isolates and marks cannot. */
const embeddings = /[\u202a-\u202e]/gu
/** C0 and C1 controls but tab and line feed; they have no place in text and fonts draw them as anything. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu
/** Invisible characters that make two names look alike. ZWJ and ZWNJ stay: emoji and Persian need them. */
const invisible =
  /\u034f|\u17b4|\u17b5|[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e0fff}]/gu
/** More than this many marks on one letter draw over the lines around it. */
const stacked = /(\p{M}{8})\p{M}+/gu

/** Text of several lines, for a bubble. */
export function safeText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(embeddings, '').replace(controls, '').replace(stacked, '$1')
}

/** Text for one line: a title, a snippet, a name. Empty when nothing visible is left. */
export function safeLine(text: string, maxLength = 300): string {
  return safeText(text.slice(0, maxLength * 4))
    .replace(invisible, '')
    .replace(/\s+/gu, ' ')
    .trim()
    .slice(0, maxLength)
}

/** The first `end` UTF-16 units, one less where that would halve a character. */
export function cutAt(text: string, end: number): string {
  const last = text.charCodeAt(end - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end)
}
