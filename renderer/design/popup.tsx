/** A menu at a place of the window, part of the page like everything else: no native pop-up. */
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'
import { useReturnFocus } from './return-focus.ts'
import './popup.css'

export interface PopupProps {
  /** Where its corner should be; it moves to stay inside the window. */
  at: { x: number; y: number }
  label: string
  /** Grows upwards from its place, for what stands at the foot of the window. */
  above?: boolean
  /** `menu` takes arrow keys for its items. */
  role?: 'menu' | 'dialog'
  onClose(): void
  children: ReactNode
  testId: string
}

const margin = 8

export function Popup({ at, label, above = false, role = 'menu', onClose, children, testId }: PopupProps) {
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState<{ left: number; top: number } | null>(null)
  useReturnFocus()
  useLayoutEffect(() => {
    const size = box.current?.getBoundingClientRect()
    if (!size) return
    const top = above ? at.y - size.height : at.y
    setPlace({
      left: Math.max(margin, Math.min(at.x, window.innerWidth - size.width - margin)),
      top: Math.max(margin, Math.min(top, window.innerHeight - size.height - margin)),
    })
  }, [at.x, at.y, above])
  useEffect(() => {
    if (place) box.current?.querySelector<HTMLElement>('button:not(:disabled), input')?.focus()
  }, [place])
  useEffect(() => {
    const onPointer = (event: PointerEvent): void => {
      if (!(event.target instanceof Node) || !box.current?.contains(event.target)) onClose()
    }
    window.addEventListener('pointerdown', onPointer, true)
    window.addEventListener('blur', onClose)
    return () => {
      window.removeEventListener('pointerdown', onPointer, true)
      window.removeEventListener('blur', onClose)
    }
  }, [onClose])
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault()
      event.stopPropagation()
      return onClose()
    }
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
    if (role !== 'menu' || step === undefined) return
    event.preventDefault()
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>('button:not(:disabled)')]
    const now = items.findIndex((item) => item === document.activeElement)
    items[(now + step + items.length) % items.length]?.focus()
  }
  return (
    <div
      className="popup"
      ref={box}
      role={role}
      aria-label={label}
      style={{ left: place?.left ?? 0, top: place?.top ?? 0, visibility: place ? 'visible' : 'hidden' }}
      onKeyDown={onKeyDown}
      data-testid={testId}
    >
      {children}
    </div>
  )
}

export interface PopupItemProps {
  icon: IconName
  danger?: boolean
  onPress(): void
  children: ReactNode
  testId: string
}

export function PopupItem({ icon, danger, onPress, children, testId }: PopupItemProps) {
  return (
    <button
      type="button"
      className={`popup-item${danger ? ' popup-danger' : ''}`}
      role="menuitem"
      onClick={onPress}
      data-testid={testId}
    >
      <Icon name={icon} size={18} />
      {children}
    </button>
  )
}
