/** The only components that show a stranger's text. */
import { safeLine } from './safe-text.ts'

/** One line, isolated from what stands beside it; `fallback` when nothing visible is left. */
export function Line({ text, fallback, className }: { text: string; fallback?: string; className?: string }) {
  const shown = safeLine(text)
  return (
    <bdi className={className} dir="auto">
      {shown || (fallback ?? '')}
    </bdi>
  )
}
