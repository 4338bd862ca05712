/** What may be said and shown of a file whose name and type a stranger chose. */
import type { FileDetails } from '../../shared/contracts/neutral-message.ts'
import { safeLine } from '../text/safe-text.ts'
import { numberFormat } from '../text/formats.ts'

/** Only types that are drawn or played without running anything of them; everything else is only named. */
const shown = {
  image: new Map([
    ['image/jpeg', 'image/jpeg'],
    ['image/jpg', 'image/jpeg'],
    ['image/png', 'image/png'],
    ['image/webp', 'image/webp'],
    ['image/gif', 'image/gif'],
    ['image/avif', 'image/avif'],
    ['image/bmp', 'image/bmp'],
  ]),
  video: new Map([
    ['video/mp4', 'video/mp4'],
    ['video/quicktime', 'video/mp4'],
    ['video/webm', 'video/webm'],
  ]),
  audio: new Map([
    ['audio/ogg', 'audio/ogg'],
    ['application/ogg', 'audio/ogg'],
    ['audio/opus', 'audio/ogg'],
    ['audio/mpeg', 'audio/mpeg'],
    ['audio/mp3', 'audio/mpeg'],
    ['audio/mp4', 'audio/mp4'],
    ['audio/m4a', 'audio/mp4'],
    ['audio/x-m4a', 'audio/mp4'],
    ['audio/aac', 'audio/aac'],
    ['audio/webm', 'audio/webm'],
    ['audio/wav', 'audio/wav'],
    ['audio/x-wav', 'audio/wav'],
    ['audio/flac', 'audio/flac'],
  ]),
  text: new Map([
    ['text/plain', 'text/plain'],
    ['text/csv', 'text/plain'],
    ['text/markdown', 'text/plain'],
    ['application/json', 'text/plain'],
  ]),
  pdf: new Map([
    ['application/pdf', 'application/pdf'],
    ['application/x-pdf', 'application/pdf'],
  ]),
} as const

export type ShownAs = keyof typeof shown

/** As what a file is shown and under which type; null: it is only named. */
export function shownAs(mime: string): { as: ShownAs; mime: string } | null {
  const plain = (mime.split(';')[0] ?? '').trim().toLowerCase()
  for (const as of ['image', 'video', 'audio', 'text', 'pdf'] as const) {
    const type = shown[as].get(plain)
    if (type) return { as, mime: type }
  }
  return null
}

/** Of a document: the sender's program may not have known the type. What is called a PDF is tried as one; its first bytes decide then. */
export function documentShownAs(file: Pick<FileDetails, 'name' | 'mime'> | undefined): ReturnType<typeof shownAs> {
  const type = shownAs(file?.mime ?? '')
  if (type || fileExtension(file?.name ?? null) !== 'PDF') return type
  return { as: 'pdf', mime: 'application/pdf' }
}

/** One line without ways out of a folder; empty where nothing visible is left. */
export function safeFileName(name: string | null, most = 120): string {
  const line = safeLine((name ?? '').replace(/[\\/:*?"<>|]/g, '_'), 1024).replace(/^\.+/, '')
  if (line.length <= most) return line
  // The end of a name tells what the file is; it is what a stranger would like to have cut off.
  const end = line.slice(-16)
  return `${line.slice(0, most - 17)}…${end}`
}

/** Up to four letters for the icon. */
export function fileExtension(name: string | null): string {
  const found = /\.([\p{L}\p{N}]{1,8})$/u.exec(safeFileName(name))
  return (found?.[1] ?? '').slice(0, 4).toLocaleUpperCase()
}

/** For example `420 kB` or `1.3 MB`. */
export function fileSize(language: string, bytes: number): string {
  const [value, unit] =
    bytes < 1_000_000
      ? // Nobody counts single bytes, but a file that is there is not of size 0.
        [Math.max(bytes / 1000, bytes > 0 ? 0.1 : 0), 'kilobyte']
      : bytes < 1_000_000_000
        ? [bytes / 1_000_000, 'megabyte']
        : [bytes / 1_000_000_000, 'gigabyte']
  const digits = Number(value) < 10 ? 1 : 0
  const options = {
    style: 'unit',
    unit: String(unit),
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  } as const
  return numberFormat(`size ${unit} ${digits}`, language, options).format(Number(value))
}

/** `1:05`, `1:02:09`. */
export function playTime(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0
  const pad = (n: number): string => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`
}

const most = { width: 320, height: 340 }
const least = { width: 220, height: 100 }

/** The box that a picture will fill, known before a byte of it is here: the list must not move when it comes. */
export function pictureBox(file: FileDetails | undefined): { width: number; height: number } {
  const { width, height } = { width: file?.width ?? 0, height: file?.height ?? 0 }
  if (width <= 0 || height <= 0) return { width: 280, height: 210 }
  // A small picture is enlarged so far that its caption has room beside the time.
  const scale = Math.min(most.width / width, most.height / height, Math.max(1, least.width / width))
  return {
    width: Math.round(Math.max(width * scale, least.width)),
    height: Math.round(Math.max(height * scale, least.height)),
  }
}
