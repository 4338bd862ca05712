/** A token bucket per address, for a bounded number of addresses. */

const rememberedAddresses = 10_000

/** Returns false when the address has to wait. Time is monotonic, in milliseconds. */
export function createRateLimit(
  limits: { perSecond: number; burst: number },
  now: () => number = () => performance.now(),
): (address: string) => boolean {
  const buckets = new Map<string, { left: number; at: number }>()
  return (address) => {
    const at = now()
    const bucket = buckets.get(address) ?? { left: limits.burst, at }
    const left = Math.min(limits.burst, bucket.left + ((at - bucket.at) / 1000) * limits.perSecond)
    buckets.delete(address)
    if (buckets.size >= rememberedAddresses) buckets.delete(buckets.keys().next().value ?? '')
    buckets.set(address, { left: Math.max(0, left - 1), at })
    return left >= 1
  }
}
