/** Below the pages: which one is read, the way to its neighbours, and the zoom. */
import type { MouseEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../design/icons.tsx'
import { numberFormat } from '../../text/formats.ts'
import { zoomBy } from './page-layout.ts'

export interface PdfBarProps {
  /** From 0. */
  page: number
  pages: number
  zoom: number
  onPage(page: number): void
  onZoom(zoom: number): void
}

export function PdfBar({ page, pages, zoom, onPage, onZoom }: PdfBarProps) {
  const { t, i18n } = useTranslation()
  const percent = numberFormat('percent', i18n.language, { style: 'percent' }).format(zoom)
  return (
    <div className="pdf-bar" role="toolbar" aria-label={t('media.pdfBar')} onMouseDown={keepFocus}>
      <BarButton
        icon="up"
        label={t('media.pageBefore')}
        isOff={page === 0}
        onClick={() => onPage(page - 1)}
        testId="pdf-before"
      />
      <span className="pdf-number" role="status" data-testid="pdf-number">
        <span className="unseen">{t('media.pdfPage', { page: page + 1, pages })}</span>
        <span aria-hidden="true">
          {page + 1} / {pages}
        </span>
      </span>
      <BarButton
        icon="down"
        label={t('media.pageAfter')}
        isOff={page === pages - 1}
        onClick={() => onPage(page + 1)}
        testId="pdf-after"
      />
      <span className="pdf-gap" />
      <BarButton
        icon="minus"
        label={t('media.zoomOut')}
        isOff={zoomBy(zoom, -1) === zoom}
        onClick={() => onZoom(zoomBy(zoom, -1))}
        testId="pdf-smaller"
      />
      <button
        type="button"
        className="pdf-zoom"
        title={t('media.zoomFit')}
        aria-label={`${percent} · ${t('media.zoomFit')}`}
        onClick={() => onZoom(1)}
        data-testid="pdf-fit"
      >
        {percent}
      </button>
      <BarButton
        icon="plus"
        label={t('media.zoomIn')}
        isOff={zoomBy(zoom, 1) === zoom}
        onClick={() => onZoom(zoomBy(zoom, 1))}
        testId="pdf-larger"
      />
    </div>
  )
}

/** A click leaves the keys where they scroll. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault()
}

function BarButton(props: { icon: IconName; label: string; isOff: boolean; onClick(): void; testId: string }) {
  return (
    <button
      type="button"
      className="viewer-button pdf-button"
      aria-label={props.label}
      title={props.label}
      // Not disabled: the keyboard would be lost where the steps end.
      aria-disabled={props.isOff}
      onClick={() => props.isOff || props.onClick()}
      data-testid={props.testId}
    >
      <Icon name={props.icon} size={20} />
    </button>
  )
}
