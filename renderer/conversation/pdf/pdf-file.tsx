/** A PDF to be read: its pages one under the other, of which only those in sight exist, and a bar to walk and zoom. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PdfBar } from './pdf-bar.tsx'
import { PdfPage } from './pdf-page.tsx'
import { PdfError, openPdf, type PdfFault, type PdfReader } from './pdf-reader.ts'
import { keepPlace, layPages, pagesInSight, topOf, zoomBy, type PageLayout, type PageSize } from './page-layout.ts'
import './pdf.css'

const sidePx = 16

export interface PdfFileProps {
  blob: Blob
  onFault(fault: PdfFault): void
}

export function PdfFile({ blob, onFault }: PdfFileProps) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState<{ reader: PdfReader; first: PageSize } | null>(null)
  useEffect(() => {
    const closing = new AbortController()
    const { signal } = closing
    const fail = (fault: PdfFault): void => {
      if (!signal.aborted) onFault(fault)
    }
    const open = async (): Promise<void> => {
      const reader = await openPdf(blob, fail, signal)
      const first = await reader.size(0)
      if (!signal.aborted) setOpened({ reader, first })
    }
    open().catch((error: unknown) => fail(error instanceof PdfError ? error.code : 'damaged'))
    return () => closing.abort()
  }, [blob, onFault])
  if (!opened) {
    return (
      <p className="viewer-note" role="status">
        {t('conversation.loading')}
      </p>
    )
  }
  return <Pages reader={opened.reader} first={opened.first} />
}

/** The room for pages, the device's pixels, and where the reader is. */
interface View {
  width: number
  height: number
  ratio: number
  top: number
}

function Pages({ reader, first }: { reader: PdfReader; first: PageSize }) {
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  const [zoom, setZoom] = useState(1)
  const [sizes, setSizes] = useState<readonly PageSize[]>(() => Array.from({ length: reader.pages }, () => first))
  const view = useView(scroller)
  const layout = useKeptPlace(scroller, sizes, view.width - 2 * sidePx, zoom)
  const sight = pagesInSight(layout, view.top, view.height)
  useKeys(scroller, setZoom)
  useEffect(() => {
    // The keys scroll at once; whoever has gone elsewhere meanwhile stays there.
    if (document.activeElement?.contains(scroller.current)) scroller.current?.focus({ preventScroll: true })
  }, [])
  const learn = useCallback(
    (page: number, size: PageSize): void =>
      setSizes((known) =>
        known[page]?.width === size.width && known[page].height === size.height ? known : known.with(page, size),
      ),
    [],
  )
  const seen = layout.boxes.slice(sight.first, sight.last + 1)
  return (
    <div className="pdf" data-testid="viewer-pdf" data-pages={reader.pages} data-page={sight.current + 1}>
      <div
        className="pdf-scroll"
        ref={scroller}
        tabIndex={0}
        role="region"
        aria-label={t('media.pdfPages', { count: reader.pages })}
        onKeyDown={(event) => {
          const { scrollWidth, clientWidth } = event.currentTarget
          // Wider than its room: the arrows move the page, not the viewer.
          if (/^Arrow(?:Left|Right)$/.test(event.key) && scrollWidth > clientWidth) event.stopPropagation()
        }}
      >
        <div className="pdf-column" style={{ height: layout.height, minWidth: layout.width + 2 * sidePx }}>
          {seen.map((box, i) => (
            <PdfPage
              key={sight.first + i}
              reader={reader}
              page={sight.first + i}
              box={box}
              ratio={view.ratio}
              onSize={learn}
            />
          ))}
        </div>
      </div>
      {reader.cut && <p className="pdf-cut">{t('media.cut')}</p>}
      <PdfBar
        page={sight.current}
        pages={reader.pages}
        zoom={zoom}
        onPage={(page) => scroller.current?.scrollTo({ top: topOf(layout, page) })}
        onZoom={setZoom}
      />
    </div>
  )
}

function useView(scroller: React.RefObject<HTMLDivElement | null>): View {
  const [view, setView] = useState<View>({ width: 800, height: 600, ratio: 1, top: 0 })
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const look = (): void => {
      const now = { width: element.clientWidth, height: element.clientHeight, ratio: devicePixelRatio }
      setView({ ...now, top: element.scrollTop })
    }
    look()
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [scroller])
  return view
}

/** The layout; when it changes, the reader stays with what was read. */
function useKeptPlace(
  scroller: React.RefObject<HTMLDivElement | null>,
  sizes: readonly PageSize[],
  room: number,
  zoom: number,
): PageLayout {
  const [made, setMade] = useState({ sizes, room, zoom, layout: layPages(sizes, room, zoom) })
  const isSame = made.sizes === sizes && made.room === room && made.zoom === zoom
  const now = isSame ? made : { sizes, room, zoom, layout: layPages(sizes, room, zoom) }
  if (!isSame) setMade(now)
  const shown = useRef(now.layout)
  useLayoutEffect(() => {
    const [element, before] = [scroller.current, shown.current]
    shown.current = now.layout
    if (!element || before === now.layout) return
    const middle = (element.scrollLeft + element.clientWidth / 2) * (now.layout.width / before.width)
    element.scrollTop = keepPlace(before, now.layout, element.scrollTop)
    element.scrollLeft = middle - element.clientWidth / 2
  }, [scroller, now.layout])
  return now.layout
}

/** Ctrl with plus, minus, 0 and the wheel: the page is zoomed, not the window, and no account is chosen. */
function useKeys(
  scroller: React.RefObject<HTMLDivElement | null>,
  setZoom: (change: (zoom: number) => number) => void,
): void {
  useEffect(() => {
    const changes: Record<string, (zoom: number) => number> = {
      '+': (zoom) => zoomBy(zoom, 1),
      '=': (zoom) => zoomBy(zoom, 1),
      '-': (zoom) => zoomBy(zoom, -1),
      '0': () => 1,
    }
    const onKeyDown = (event: KeyboardEvent): void => {
      const change = (event.ctrlKey || event.metaKey) && !event.altKey ? changes[event.key] : undefined
      if (!change) return
      event.preventDefault()
      event.stopPropagation()
      setZoom(change)
    }
    let turned = 0
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      // A touchpad sends many small turns, a wheel one large.
      turned += event.deltaY
      if (Math.abs(turned) < 40) return
      const way = turned < 0 ? 1 : -1
      turned = 0
      setZoom((zoom) => zoomBy(zoom, way))
    }
    const element = scroller.current
    window.addEventListener('keydown', onKeyDown, true)
    element?.addEventListener('wheel', onWheel, { passive: false })
    return () => {
      window.removeEventListener('keydown', onKeyDown, true)
      element?.removeEventListener('wheel', onWheel)
    }
  }, [scroller, setZoom])
}
