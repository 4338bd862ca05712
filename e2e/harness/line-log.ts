/** Lines of JSON that somebody prints, kept and waited for. */

export type Line = Record<string, unknown>

/** What an engine is to its caller, whether a process of its own or not. */
export interface LineProgram {
  readonly lines: Line[]
  /** Where it runs. */
  readonly pid: number
  /** What it said on stderr, the last of it. */
  readonly errors: string
  readonly exited: Promise<number | null>
  /** The first line, past or to come (from index `from`), that fits. */
  wait(fits: (line: Line) => boolean, deadlineMs?: number, from?: number): Promise<Line>
  write(line: Line): void
  stop(): Promise<void>
  kill(): Promise<void>
}

export class LineLog {
  readonly lines: Line[] = []
  readonly #waiting = new Set<() => void>()
  #gone = false
  /** Added to the error of who waited in vain. */
  readonly #remarks: () => string

  constructor(remarks: () => string) {
    this.#remarks = remarks
  }

  add(line: Line): void {
    this.lines.push(line)
    for (const wake of this.#waiting) wake()
  }

  /** Nothing more will come. */
  end(): void {
    this.#gone = true
    for (const wake of this.#waiting) wake()
  }

  wait(fits: (line: Line) => boolean, deadlineMs = 30_000, from = 0): Promise<Line> {
    return new Promise((resolve, reject) => {
      let next = from
      const look = (): void => {
        for (; next < this.lines.length; next++) {
          const line = this.lines[next]!
          if (fits(line)) return end(() => resolve(line))
        }
        if (this.#gone) end(() => reject(new Error(`the process has ended: ${this.#remarks().trim()}`)))
      }
      const timer = setTimeout(() => {
        const last = this.lines.slice(-5).map((line) => JSON.stringify(line).slice(0, 300))
        end(() => reject(new Error(`no such line in time; last: ${last.join(' ')} ${this.#remarks().slice(-1500)}`)))
      }, deadlineMs)
      const end = (then: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        then()
      }
      this.#waiting.add(look)
      look()
    })
  }
}
