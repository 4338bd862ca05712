/** Turns a chosen, pasted or dropped file into what can be sent: kind, size in pixels, length and a small picture of it. */
import type { FileDetails, MediaKind } from '../../../shared/contracts/neutral-message.ts'
import { shownAs } from '../../media/file-words.ts'
import type { DraftFile } from './draft.ts'

const thumbnailPx = 320
/** The contract takes 64 KiB of JPEG. */
const mostThumbnail = 64 * 1024
const patienceMs = 8_000

/** As the provider takes pictures; others travel as documents. */
const sentAsImage = new Set(['image/jpeg', 'image/png', 'image/webp'])

export function kindOf(mime: string): MediaKind {
  const type = shownAs(mime)
  if (type?.as === 'image') return sentAsImage.has(type.mime) ? 'image' : 'document'
  if (type?.as === 'video') return type.mime === 'video/mp4' ? 'video' : 'document'
  return type?.as === 'audio' ? 'audio' : 'document'
}

/** How it may be sent beside its own kind. */
export function otherKind(file: DraftFile): MediaKind | null {
  if (file.kind !== 'document') return 'document'
  const kind = kindOf(file.file.mime)
  return kind === 'document' ? null : kind
}

let made = 0

export async function readDraftFile(blob: File): Promise<DraftFile> {
  const mime = (blob.type || 'application/octet-stream').slice(0, 128)
  const kind = kindOf(mime)
  made += 1
  const file: FileDetails = {
    name: blob.name.slice(0, 512) || null,
    mime,
    bytes: blob.size,
    width: null,
    height: null,
    durationS: null,
    waveform: null,
  }
  const plain: DraftFile = { key: `file-${made}`, kind, blob, file, thumbnail: null, url: null }
  if (kind !== 'image' && kind !== 'video') return plain
  const url = URL.createObjectURL(blob)
  try {
    const found = kind === 'image' ? await readImage(url) : await readVideo(url)
    return { ...plain, url, thumbnail: found.thumbnail, file: { ...file, ...found.size } }
  } catch {
    // Not what its name says: it travels as a document, as it is.
    URL.revokeObjectURL(url)
    return { ...plain, kind: 'document' }
  }
}

interface Found {
  thumbnail: string | null
  size: Pick<FileDetails, 'width' | 'height' | 'durationS'>
}

async function readImage(url: string): Promise<Found> {
  const image = new Image()
  image.src = url
  await image.decode()
  const [width, height] = [image.naturalWidth, image.naturalHeight]
  return { thumbnail: await draw(image, width, height), size: { width, height, durationS: null } }
}

async function readVideo(url: string): Promise<Found> {
  const video = document.createElement('video')
  video.muted = true
  video.preload = 'auto'
  video.src = url
  try {
    await happens(video, 'loadeddata')
    const length = Number.isFinite(video.duration) ? video.duration : 0
    video.currentTime = Math.min(0.5, length / 2)
    await happens(video, 'seeked')
    const [width, height] = [video.videoWidth, video.videoHeight]
    return {
      thumbnail: await draw(video, width, height),
      size: { width, height, durationS: Math.round(length) },
    }
  } finally {
    video.removeAttribute('src')
    video.load()
  }
}

function happens(video: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the video does not answer')), patienceMs)
    const settle = (run: () => void) => () => {
      clearTimeout(timer)
      run()
    }
    video.addEventListener(name, settle(resolve), { once: true })
    video.addEventListener(
      'error',
      settle(() => reject(new Error('the video cannot be read'))),
      { once: true },
    )
  })
}

/** A JPEG that is small enough, or null. */
async function draw(source: CanvasImageSource, width: number, height: number): Promise<string | null> {
  if (width === 0 || height === 0) throw new Error('a picture without a size')
  for (const [px, quality] of [
    [thumbnailPx, 0.72],
    [thumbnailPx, 0.5],
    [160, 0.5],
  ] as const) {
    const scale = Math.min(1, px / Math.max(width, height))
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)))
    const context = canvas.getContext('2d')
    if (!context) return null
    // JPEG has no transparency: what is clear becomes white.
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.drawImage(source, 0, 0, canvas.width, canvas.height)
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
    if (blob.size <= mostThumbnail) return toBase64(new Uint8Array(await blob.arrayBuffer()))
  }
  return null
}

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192))
  return btoa(text)
}
