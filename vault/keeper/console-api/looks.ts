/** What each console session has opened with a purpose: files are given of those conversations only. In memory: after a restart it is asked for again. */

export interface Looks {
  opened(session: string, conversation: string, purpose: string): void
  /** null: not opened with a purpose in this session. */
  purposeOf(session: string, conversation: string): string | null
  /** True the first time that this session asks for this message's file. */
  isFirst(session: string, message: string): boolean
}

const mostSessions = 500
const mostEntries = 20_000

export function createLooks(): Looks {
  const sessions = new Map<string, { purposes: Map<string, string>; files: Set<string> }>()
  const of = (session: string): { purposes: Map<string, string>; files: Set<string> } => {
    let known = sessions.get(session)
    if (!known) {
      if (sessions.size >= mostSessions) sessions.delete(sessions.keys().next().value ?? '')
      sessions.set(session, (known = { purposes: new Map(), files: new Set() }))
    }
    return known
  }
  return {
    opened(session, conversation, purpose) {
      const { purposes } = of(session)
      if (purposes.size >= mostEntries) purposes.delete(purposes.keys().next().value ?? '')
      purposes.set(conversation, purpose)
    },
    purposeOf: (session, conversation) => sessions.get(session)?.purposes.get(conversation) ?? null,
    isFirst(session, message) {
      const { files } = of(session)
      if (files.has(message)) return false
      // Forgotten, it is written down once more.
      if (files.size >= mostEntries) files.clear()
      files.add(message)
      return true
    },
  }
}
