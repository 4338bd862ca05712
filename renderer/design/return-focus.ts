/** Gives the keyboard back to where it was when a menu, panel or form closes. */
import { useEffect } from 'react'

/** Must be called before an effect that moves the focus; whoever has taken the focus meanwhile keeps it. */
export function useReturnFocus(): void {
  useEffect(() => {
    const before = document.activeElement
    return () => {
      const isLost = document.activeElement === null || document.activeElement === document.body
      if (isLost && before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
}
