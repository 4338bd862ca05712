/** One page that is in sight or next to it: white until it is drawn, then its picture; what is written on it for screen readers. */
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { canvasSize, type PageBox, type PageSize } from './page-layout.ts'
import type { PdfReader } from './pdf-reader.ts'

export interface PdfPageProps {
  reader: PdfReader
  /** From 0. */
  page: number
  box: PageBox
  /** Pixels of the device in one of CSS. */
  ratio: number
  onSize(page: number, size: PageSize): void
}

export function PdfPage({ reader, page, box, ratio, onSize }: PdfPageProps) {
  const { t } = useTranslation()
  const sheet = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<'waiting' | 'drawn' | 'broken'>('waiting')
  const [words, setWords] = useState('')
  const { width, height } = canvasSize(box, ratio)
  useEffect(() => {
    let gone = false
    reader.size(page).then(
      (size) => gone || onSize(page, size),
      () => gone || setState('broken'),
    )
    reader.words(page).then(
      (read) => gone || setWords(read),
      () => undefined,
    )
    return () => {
      gone = true
    }
  }, [reader, page, onSize])
  useEffect(() => {
    let gone = false
    const drawing = reader.draw(page, { width, height })
    drawing.canvas.then(
      (canvas) => {
        if (gone) return release(canvas)
        sheet.current?.querySelectorAll('canvas').forEach(release)
        sheet.current?.append(canvas)
        setState('drawn')
      },
      () => gone || setState('broken'),
    )
    return () => {
      gone = true
      drawing.stop()
    }
  }, [reader, page, width, height])
  useEffect(() => {
    const element = sheet.current
    return () => element?.querySelectorAll('canvas').forEach(release)
  }, [])
  return (
    <section
      className="pdf-page"
      style={{ top: box.top, width: box.width, height: box.height }}
      aria-label={t('media.pdfPage', { page: page + 1, pages: reader.pages })}
      data-testid="pdf-page"
      data-page={page + 1}
      data-state={state}
    >
      <div ref={sheet} className="pdf-sheet" aria-hidden="true" />
      {state === 'broken' ? <p className="pdf-broken">{t('media.pageBroken')}</p> : null}
      {words !== '' && <p className="unseen">{words}</p>}
    </section>
  )
}

/** The memory of a canvas is given back when it has no pixels, not when it is collected. */
function release(canvas: HTMLCanvasElement): void {
  canvas.remove()
  canvas.width = 0
  canvas.height = 0
}
