/** The loaded stretch of a conversation: grows at both ends, begins anew elsewhere, and keeps what is read where it is on the screen. */
import { useLayoutEffect, useRef, useState, type RefObject } from 'react'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { useApi, type Answer } from '../app/api.ts'
import { codedError } from '../elements/use-load.ts'

type Read = Answer<'conversations.read'>
export type Step = { what: 'earlier' | 'later' | 'newest' } | { what: 'day'; at: number }

export interface History {
  read: Read
  busy: Step['what'] | undefined
  error: CodedError | undefined
  scroller: RefObject<HTMLDivElement | null>
  load(step: Step): void
}

export function useHistory(props: { conversation: string; purpose: string; first: Read }): History {
  const api = useApi()
  const [read, setRead] = useState(props.first)
  const [busy, setBusy] = useState<Step['what']>()
  const [error, setError] = useState<CodedError>()
  const scroller = useRef<HTMLDivElement>(null)
  /** What the next layout restores: a distance to the end or from the beginning; null: nothing. */
  const restore = useRef<{ toEnd: number } | { toStart: number } | null>({ toEnd: 0 })
  useLayoutEffect(() => {
    const [element, wanted] = [scroller.current, restore.current]
    if (!element || !wanted) return
    element.scrollTop = 'toEnd' in wanted ? element.scrollHeight - wanted.toEnd : wanted.toStart
    restore.current = null
  }, [read])

  const load = async (step: Step) => {
    setBusy(step.what)
    setError(undefined)
    try {
      const page = await api.call('conversations.read', {
        conversation: props.conversation,
        purpose: props.purpose,
        before: step.what === 'earlier' ? read.before : null,
        after: step.what === 'later' ? read.after : null,
        at: step.what === 'day' ? step.at : null,
      })
      const element = scroller.current
      if (element && step.what === 'earlier') restore.current = { toEnd: element.scrollHeight - element.scrollTop }
      if (element && step.what === 'later') restore.current = { toStart: element.scrollTop }
      if (step.what === 'newest') restore.current = { toEnd: 0 }
      if (step.what === 'day') restore.current = { toStart: 0 }
      setRead((had) => (step.what === 'earlier' ? joined(page, had) : step.what === 'later' ? joined(had, page) : page))
    } catch (thrown) {
      setError(codedError(thrown))
    } finally {
      setBusy(undefined)
    }
  }
  return { read, busy, error, scroller, load: (step) => void load(step) }
}

/** Pages may overlap where something was recorded between two calls; each message stands once. */
export function joined(earlier: Read, later: Read): Read {
  const known = new Set(later.messages.map((message) => message.id))
  const fresh = earlier.messages.filter((message) => !known.has(message.id))
  return {
    ...earlier,
    messages: [...fresh, ...later.messages],
    names: { ...earlier.names, ...later.names },
    after: later.after,
  }
}
