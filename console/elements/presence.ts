/** Whether somebody is at the page: what refreshes by itself must not keep an abandoned session alive. */
const awayAfterMs = 10 * 60_000

let lastInputAt = Date.now()
const returned = new Set<() => void>()

function isPresent(): boolean {
  return !document.hidden && Date.now() - lastInputAt < awayAfterMs
}

function noteInput(): void {
  const wasAway = !isPresent()
  lastInputAt = Date.now()
  if (wasAway) for (const run of returned) run()
}

/** Call once, when the page starts. */
export function watchPresence(): void {
  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel'])
    window.addEventListener(kind, noteInput, { passive: true, capture: true })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) for (const run of returned) run()
  })
}

/** Runs every `everyMs` while somebody is there (an input in the last 10 minutes, page visible), and on their return. */
export function repeatWhilePresent(run: () => void, everyMs: number): () => void {
  const timer = setInterval(() => {
    if (isPresent()) run()
  }, everyMs)
  returned.add(run)
  return () => {
    clearInterval(timer)
    returned.delete(run)
  }
}
