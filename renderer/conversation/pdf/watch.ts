/** Notices that work which somebody waits for does not go on. */

export interface Watch {
  /** Something is being waited for. The answer ends the wait, and counts as a move. */
  begin(): () => void
  stop(): void
}

/** `stuck` is called once, after `patienceMs` in which work was waited for and nothing moved. */
export function createWatch(patienceMs: number, stuck: () => void): Watch {
  let waiting = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const moved = (): void => {
    clearTimeout(timer)
    if (isOver || waiting === 0) return
    timer = setTimeout(() => {
      isOver = true
      stuck()
    }, patienceMs)
  }
  return {
    begin() {
      waiting += 1
      if (waiting === 1) moved()
      let ended = false
      return () => {
        if (ended) return
        ended = true
        waiting -= 1
        moved()
      }
    },
    stop() {
      isOver = true
      clearTimeout(timer)
    },
  }
}
