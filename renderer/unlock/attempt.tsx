/** What both forms of the lock need: one attempt at a time, and the reason why the last one failed. */
import { useState } from 'react'

export function useAttempt(explain: (error: unknown) => string) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (busy) return
    setBusy(true)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(explain(error))
    } finally {
      setBusy(false)
    }
  }
  return { busy, problem, setProblem, attempt }
}

export const pinField = { type: 'password', autoComplete: 'off', maxLength: 64 } as const

export function Problem({ text }: { text: string | null }) {
  if (text === null) return null
  return (
    <p className="note note-danger" role="alert" data-testid="unlock-error">
      {text}
    </p>
  )
}
