/** Waiting for something that comes to be true by itself: looked at until it fits, never a fixed pause. */
import type { EngineClient } from './engine.ts'

/** Asks until it fits; the last answer stands in the error. */
export async function eventually<T>(
  look: () => Promise<T>,
  fits: (value: T) => boolean,
  { deadlineMs = 30_000, everyMs = 50 }: { deadlineMs?: number; everyMs?: number } = {},
): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const value = await look()
    if (fits(value)) return value
    if (Date.now() > end) throw new Error(`it stays ${JSON.stringify(value)?.slice(0, 3000)}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

export interface EngineStatus {
  lock: string
  vault: { connected: boolean; waiting: number }
  accounts: { id: string; state: string; fault: { code: string } | null; holder: string | null }[]
}

export async function statusOf(engine: EngineClient): Promise<EngineStatus> {
  return (await engine.ask({ status: {} })) as unknown as EngineStatus
}

export function statusWhen(
  engine: EngineClient,
  fits: (status: EngineStatus) => boolean,
  deadlineMs = 30_000,
): Promise<EngineStatus> {
  return eventually(() => statusOf(engine), fits, { deadlineMs })
}
