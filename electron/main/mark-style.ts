/** The style that paints the visible mark: who is looking, at which workstation, in which minute. Pure text. */

export interface MarkOwner {
  /** Null until somebody is known: then the workstation stands alone. */
  employee: string | null
  workstation: string
}

const maxNameLength = 24

/** Text of one tile, for example `E-1042 · K7QF · 2026-11-23 14:32` (UTC offset of the workstation). */
export function markText(owner: MarkOwner, at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const parts = [owner.employee, owner.workstation, `${day} ${two(at.getHours())}:${two(at.getMinutes())}`]
  return parts
    .filter((part) => part !== null && part !== '')
    .map((part) => part!.slice(0, maxNameLength))
    .join(' · ')
}

function escapeXml(text: string): string {
  return text.replace(/[^\p{L}\p{N} .:·_@+-]/gu, '').replace(/[&<>"']/g, '')
}

/**
 * Two layers of the text, a dark and a light one shifted by a pixel, so that it can be read on both themes and on any picture:
 * about 20 levels of 255 on white and on the dark theme alike, because people read through it all day.
 * Tiles are offset in rows: no region of 420 × 180 CSS px is without one.
 */
function tile(text: string): string {
  const shown = escapeXml(text)
  const line = (x: number, y: number): string =>
    `<g transform="rotate(-18 ${x} ${y})" font-family="sans-serif" font-size="15" font-weight="600">` +
    `<text x="${x + 1}" y="${y + 1}" fill="#fff" fill-opacity="0.06">${shown}</text>` +
    `<text x="${x}" y="${y}" fill="#6b7280" fill-opacity="0.13">${shown}</text></g>`
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="460" height="300" viewBox="0 0 460 300">` +
    `${line(30, 130)}${line(-200, 280)}${line(260, 280)}</svg>`
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
}

/**
 * A user-origin `!important` beats every author `!important`, but only for the properties named: one that is forgotten lets the
 * page move, fade or hide the mark. `all: initial` catches those that do not exist yet; pseudo-elements take it too.
 */
export function markStyle(text: string): string {
  const pinned: Record<string, string> = {
    all: 'initial',
    content: '""',
    display: 'block',
    position: 'fixed',
    inset: '0',
    width: 'auto',
    height: 'auto',
    'min-width': '100vw',
    'min-height': '100vh',
    'max-width': 'none',
    'max-height': 'none',
    margin: '0',
    padding: '0',
    border: '0',
    outline: 'none',
    'box-sizing': 'border-box',
    'z-index': '2147483647',
    'pointer-events': 'none',
    'user-select': 'none',
    visibility: 'visible',
    opacity: '1',
    color: 'transparent',
    'background-color': 'transparent',
    'background-image': `url("${tile(text)}")`,
    'background-repeat': 'repeat',
    'background-position': '0 0',
    'background-size': '460px 300px',
    'background-attachment': 'scroll',
    'background-clip': 'border-box',
    'background-origin': 'padding-box',
    'background-blend-mode': 'normal',
    'mix-blend-mode': 'normal',
    'image-rendering': 'auto',
    transform: 'none',
    translate: 'none',
    rotate: 'none',
    scale: 'none',
    zoom: '1',
    perspective: 'none',
    'offset-path': 'none',
    'clip-path': 'none',
    clip: 'auto',
    filter: 'none',
    'backdrop-filter': 'none',
    'mask-image': 'none',
    'mask-border-source': 'none',
    'box-shadow': 'none',
    overflow: 'visible',
    contain: 'none',
    'content-visibility': 'visible',
    isolation: 'auto',
    float: 'none',
    columns: 'auto',
    animation: 'none',
    transition: 'none',
    'will-change': 'auto',
    'view-transition-name': 'none',
    'forced-color-adjust': 'none',
    'color-scheme': 'light',
  }
  const declarations = Object.entries(pinned)
    .map(([name, value]) => `${name}: ${value} !important;`)
    .join(' ')
  // What the root does to all below it would reach the mark as well.
  const root = ['transform', 'filter', 'clip-path', 'mask-image', 'perspective', 'translate', 'rotate', 'scale']
    .map((name) => `${name}: none !important;`)
    .join(' ')
  return (
    `html::after { ${declarations} }\n` +
    `html { ${root} display: block !important; visibility: visible !important; opacity: 1 !important; ` +
    `content-visibility: visible !important; contain: none !important; overflow: clip !important; }\n` +
    // The top layer is painted above everything; nothing of ours uses it.
    `:modal, :popover-open, ::backdrop { display: none !important; }`
  )
}
