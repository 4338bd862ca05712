/** Forwards and back through a list's pages; the page stands in the address. */
import { Button } from 'antd'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './icon.tsx'
import type { UrlState } from './url-state.ts'

/** `total` null: nobody has counted the pages. */
export function Pager(props: {
  url: UrlState
  shown: number
  after: string | null
  total: number | null
  size: number
}) {
  const { t } = useTranslation()
  const { params, go } = props.url
  const current = params.get('after')
  const page = Math.max(1, Number(params.get('page')) || 1)
  /** Where each page begins, as far as this visit has passed through it. */
  const begins = useRef(new Map<number, string | null>([[1, null]]))
  useEffect(() => {
    begins.current.set(page, current)
  }, [page, current])
  if (current === null && props.after === null)
    return props.shown === 0 ? null : (
      <div className="pager">
        <span data-testid="pager-range">{t('table.total', { count: props.total ?? props.shown })}</span>
      </div>
    )
  const back = () => {
    const to = begins.current.has(page - 1) ? page - 1 : 1
    go({ after: begins.current.get(to) ?? null, page: to === 1 ? null : String(to) })
  }
  const first = (page - 1) * props.size + 1
  return (
    <nav className="pager" aria-label={t('table.pages')}>
      <span data-testid="pager-range">
        {props.shown === 0
          ? t('table.total', { count: props.total ?? 0 })
          : props.total === null
            ? t('table.part', { from: first, to: first + props.shown - 1 })
            : t('table.range', { from: first, to: first + props.shown - 1, total: props.total })}
      </span>
      <Button
        size="small"
        icon={<Icon name="left" size={14} />}
        disabled={current === null}
        onClick={back}
        aria-label={t('table.back')}
        data-testid="pager-back"
      />
      <Button
        size="small"
        icon={<Icon name="right" size={14} />}
        disabled={props.after === null}
        onClick={() => go({ after: props.after, page: String(page + 1) })}
        aria-label={t('table.next')}
        data-testid="pager-next"
      />
    </nav>
  )
}
