/** Waiting for something that comes to be true by itself: looked at until it fits, never a fixed pause. */

/** Asks until it fits; the end of the last answer stands in the error. */
export async function eventually<T>(
  look: () => Promise<T>,
  fits: (value: T) => boolean,
  { deadlineMs = 30_000, everyMs = 50 }: { deadlineMs?: number; everyMs?: number } = {},
): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const value = await look()
    if (fits(value)) return value
    if (Date.now() > end) throw new Error(`it stays ${JSON.stringify(value)?.slice(-3000)}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
