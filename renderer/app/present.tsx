/** What time it is for the parts of the window that show ages; what does not change is not rendered again. */
import { useEffect, useState, type ReactNode } from 'react'
import { dayOf } from '../text/times.ts'

/** `read()`, asked each `stepMs`; the component is rendered again only when the answer is another one. */
function useEach(stepMs: number, read: () => number): number {
  const [, setValue] = useState(read)
  useEffect(() => {
    const timer = setInterval(() => setValue(read()), stepMs)
    return () => clearInterval(timer)
  })
  return read()
}

const dayStepMs = 10_000

/** Midnight of the engine's present day, epoch ms: enough for whoever tells today from yesterday. */
export function useToday(offsetMs: number): number {
  return useEach(dayStepMs, () => dayOf(Date.now() + offsetMs))
}

/** Renders with the engine's time, again each `stepMs`, so that nothing around it is rendered with it. */
export function Each(props: { stepMs: number; offsetMs: number; children(now: number): ReactNode }): ReactNode {
  return props.children(useEach(props.stepMs, () => Date.now()) + props.offsetMs)
}
