/** A panel over the page: positioned, never in the browser's top layer, which would be painted above the mark. */
import { useId, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import { Icon } from './icons.tsx'
import { keepInside } from './keep-inside.ts'
import { useReturnFocus } from './return-focus.ts'
import './dialog.css'

export interface DialogProps {
  title: string
  onClose(): void
  children: ReactNode
  testId: string
  wide?: boolean
}

export function Dialog({ title, onClose, children, testId, wide }: DialogProps) {
  const { t } = useTranslation()
  const panel = useRef<HTMLElement>(null)
  const id = useId()
  useReturnFocus()
  // With the panel itself, not a moment later: the next key is already meant for it.
  useLayoutEffect(() => {
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus()
  }, [])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      onClose()
    } else keepInside(event)
  }
  // At the end of the page: forms must not stand in forms, and a moved row would take a fixed panel with it.
  return createPortal(
    // React's events go on to whoever asked for the dialog: its form must not submit another one, which would send a draft.
    <div
      className="veil"
      onPointerDown={(event) => event.target === event.currentTarget && onClose()}
      onSubmit={(event) => event.stopPropagation()}
    >
      <section
        className={`dialog${wide ? ' dialog-wide' : ''}`}
        role="dialog"
        aria-modal="true"
        aria-labelledby={id}
        tabIndex={-1}
        ref={panel}
        onKeyDown={onKeyDown}
        data-testid={testId}
      >
        <header className="dialog-head">
          <h2 id={id}>{title}</h2>
          <button
            type="button"
            className="icon-button"
            aria-label={t('dialog.close')}
            onClick={onClose}
            data-testid={`${testId}-close`}
          >
            <Icon name="close" />
          </button>
        </header>
        {children}
      </section>
    </div>,
    document.body,
  )
}

export interface ConfirmProps {
  title: string
  text: ReactNode
  /** What the deciding button says. */
  action: string
  danger?: boolean
  onConfirm(): void
  onClose(): void
  testId: string
}

export function Confirm({ title, text, action, danger, onConfirm, onClose, testId }: ConfirmProps) {
  const { t } = useTranslation()
  const decide = (): void => {
    onClose()
    onConfirm()
  }
  return (
    <Dialog title={title} onClose={onClose} testId={testId}>
      <div className="dialog-text">{text}</div>
      <div className="dialog-actions">
        <button type="button" className="button button-quiet" onClick={onClose}>
          {t('dialog.cancel')}
        </button>
        <button
          type="button"
          className={`button${danger ? ' button-danger' : ''}`}
          onClick={decide}
          data-testid={`${testId}-yes`}
        >
          {action}
        </button>
      </div>
    </Dialog>
  )
}
