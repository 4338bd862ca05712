/**
 * Reads a stranger's PDF: parsed and drawn in two workers of its own, which end with the reader, whatever they are doing. Nothing of the
 * file is run, followed or fetched: no scripts, no forms, no links, no XFA.
 */
import { GlobalWorkerOptions, PDFWorker, getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { safeText } from '../../text/safe-text.ts'
import { soundSize, type PageSize } from './page-layout.ts'
import { ReaderData } from './reader-data.ts'
import { createWatch, type Watch } from './watch.ts'

/** Why there is nothing to be seen: `unlike` is a file that is no PDF, `slow` one that does not come to an end. */
export type PdfFault = 'password' | 'damaged' | 'unlike' | 'slow'

export class PdfError extends Error {
  readonly code: PdfFault
  constructor(code: PdfFault) {
    super(`the PDF cannot be shown: ${code}`)
    this.code = code
  }
}

export interface Drawing {
  /** Rejects when the page cannot be drawn, and when it was stopped. */
  canvas: Promise<HTMLCanvasElement>
  stop(): void
}

export interface PdfReader {
  pages: number
  /** There are more, which are not shown. */
  cut: boolean
  /** Numbers from 0. */
  size(page: number): Promise<PageSize>
  /** In pixels of the canvas. */
  draw(page: number, size: PageSize): Drawing
  /** What is written on it, for those who do not see it. */
  words(page: number): Promise<string>
}

/** More pages than these are a book or an attack. */
const mostPages = 5_000
const mostWords = 20_000
/** Points are 1/72 inch, CSS pixels 1/96. */
const naturalScale = 96 / 72
/** A picture above this is left out: its pixels alone would be 400 MB. */
const mostImagePixels = 100_000_000
/** In which neither the file is opened nor a page finished: a drawing that only grows would fill the memory meanwhile. */
const patienceMs = 20_000
/** For the workers to end by themselves. */
const graceMs = 1_000
/** By the standard the mark may stand within the first KiB. */
const markWithin = 1_024

/** Whether the first bytes say that it is a PDF, whatever name and type say. */
export async function isPdf(blob: Blob): Promise<boolean> {
  const head = new Uint8Array(await blob.slice(0, markWithin).arrayBuffer())
  return String.fromCharCode(...head).includes('%PDF-')
}

/**
 * Throws PdfError. `fail` hears what comes to light later; then the reader is at its end, as it is with the signal, even while the file
 * is still being opened.
 */
export async function openPdf(blob: Blob, fail: (fault: PdfFault) => void, closing: AbortSignal): Promise<PdfReader> {
  if (!(await isPdf(blob))) throw new PdfError('unlike')
  const data = await blob.arrayBuffer()
  closing.throwIfAborted()
  const parser = new Worker(new URL('./parser-worker.ts', import.meta.url), { type: 'module' })
  const drawer = new Worker(new URL('./drawer-worker.ts', import.meta.url), { type: 'module' })
  GlobalWorkerOptions.rendererPorts = [drawer]
  const task = getDocument({
    data,
    worker: PDFWorker.create({ port: parser }),
    verbosity: 0,
    BinaryDataFactory: ReaderData,
    useWorkerFetch: false,
    // Its decoders as plain JavaScript, which the page's policy allows; compiled ones it does not.
    useWasm: false,
    wasmUrl: new URL('pdf/', document.baseURI).href,
    // The same on every machine: the fonts that come along. Only what those do not have, such as Chinese, is the system's.
    useSystemFonts: false,
    maxImageSize: mostImagePixels,
    enableXfa: false,
  })
  // It is taken by now; kept here it would outlive the reader.
  GlobalWorkerOptions.rendererPorts = []
  let isClosed = false
  const close = (): void => {
    if (isClosed) return
    isClosed = true
    watch.stop()
    const end = (): void => [parser, drawer].forEach((one) => one.terminate())
    const timer = setTimeout(end, graceMs)
    task.destroy().then(
      () => {
        clearTimeout(timer)
        end()
      },
      () => undefined,
    )
  }
  const opening = Promise.withResolvers<PDFDocumentProxy>()
  const watch = createWatch(patienceMs, () => {
    close()
    opening.reject(new PdfError('slow'))
    fail('slow')
  })
  closing.addEventListener('abort', close)
  const opened = watch.begin()
  parser.addEventListener('error', () => opening.reject(new PdfError('damaged')))
  task.promise.then(opening.resolve, opening.reject)
  try {
    const document = await opening.promise
    opened()
    return readerOf(document, watch)
  } catch (error) {
    close()
    if (error instanceof PdfError) throw error
    const isLocked = error instanceof Error && error.name === 'PasswordException'
    throw new PdfError(isLocked ? 'password' : 'damaged')
  }
}

function readerOf(document: PDFDocumentProxy, watch: Watch): PdfReader {
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    const end = watch.begin()
    try {
      return await work
    } finally {
      end()
    }
  }
  const page = (number: number) => document.getPage(number + 1)
  return {
    pages: Math.min(document.numPages, mostPages),
    cut: document.numPages > mostPages,
    async size(number) {
      const { width, height } = (await watched(page(number))).getViewport({ scale: naturalScale })
      return soundSize({ width, height })
    },
    draw(number, size) {
      let stop: (() => void) | null = null
      let isStopped = false
      const draw = async (): Promise<HTMLCanvasElement> => {
        const found = await page(number)
        if (isStopped) throw new Error('nobody looks at this page any more')
        const canvas = window.document.createElement('canvas')
        Object.assign(canvas, size)
        const natural = found.getViewport({ scale: 1 })
        const viewport = found.getViewport({ scale: size.width / natural.width })
        const task = found.render({ canvas, viewport })
        stop = () => {
          task.cancel()
          // Its decoded pictures; they come again when it is looked at again.
          found.cleanup()
        }
        await task.promise
        return canvas
      }
      return {
        canvas: watched(draw()),
        stop() {
          isStopped = true
          stop?.()
        },
      }
    },
    async words(number) {
      const { items } = await watched(page(number).then((found) => found.getTextContent()))
      const text = items.map((one) => ('str' in one ? one.str + (one.hasEOL ? '\n' : '') : '')).join('')
      return safeText(text.slice(0, mostWords))
    },
  }
}
