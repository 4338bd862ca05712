/** The wall clock of the simulated world: real time plus an offset that only POST /clock moves. */
import type { SimulatorClock } from '../provider.ts'

export class MovableClock implements SimulatorClock {
  #offsetMs = 0
  readonly #listeners = new Set<(now: number) => void>()

  now(): number {
    return Date.now() + this.#offsetMs
  }

  /** Sets the clock to this moment (epoch ms); it goes on from there. */
  set(now: number): void {
    this.#offsetMs = Math.round(now) - Date.now()
    for (const listener of this.#listeners) listener(this.now())
  }

  /** Called after each move; returns the way to stop. */
  onMove(listener: (now: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
