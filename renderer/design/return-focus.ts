/** Gives the keyboard back to where it was when a menu, panel or form closes. */
import { useEffect, useState } from 'react'

/** Where the keyboard can go back to, the nearest first. */
type Trail = readonly Element[]
/** Of what is open now. A dialog that a menu's item opened outlives the item: then the way leads back to before the menu. */
const open: Trail[] = []

/** Looks where the keyboard is while it renders, before anything of it can take it; whoever has taken the focus meanwhile keeps it. */
export function useReturnFocus(): void {
  const [trail] = useState<Trail>(() => {
    const at = document.activeElement
    return [...(at === null || at === document.body ? [] : [at]), ...(open.at(-1) ?? [])]
  })
  useEffect(() => {
    open.push(trail)
    return () => {
      open.splice(open.lastIndexOf(trail), 1)
      const isLost = document.activeElement === null || document.activeElement === document.body
      const back = trail.find((one) => one instanceof HTMLElement && one.isConnected)
      if (isLost && back instanceof HTMLElement) back.focus()
    }
  }, [trail])
}
