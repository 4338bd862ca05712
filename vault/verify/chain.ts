/** Finds the first entry of a hash chain that is not what its neighbours say. */

export interface ChainEntry {
  seq: number
  /** SHA-256 of the entry's bytes, base64url. */
  hash: string
  /** What the entry says about the one before it. */
  prev: string
}
export interface Fault {
  seq: number
  reason:
    'malformed' | 'missing' | 'out_of_order' | 'changed' | 'signature' | 'not_covered' | 'other_root' | 'checkpoint'
}
export interface Verdict {
  sound: boolean
  firstBad: Fault | null
}

export const sound: Verdict = { sound: true, firstBad: null }
export const bad = (seq: number, reason: Fault['reason']): Verdict => ({ sound: false, firstBad: { seq, reason } })

/**
 * Entries must have the sequences 1, 2, … in this order; `genesis` is what the first one says about its predecessor. `vouched`: a
 * signature holds over exactly this entry. Where two neighbours contradict each other, it tells which of them was changed.
 */
export function firstFault(
  entries: readonly ChainEntry[],
  genesis: string,
  vouched: (seq: number) => boolean,
): Fault | null {
  let before = genesis
  for (const [index, entry] of entries.entries()) {
    const seq = index + 1
    if (entry.seq !== seq) {
      return { seq, reason: entries.some((one) => one.seq === seq) ? 'out_of_order' : 'missing' }
    }
    if (entry.prev !== before) {
      const isFirst = index === 0 || vouched(seq - 1)
      return { seq: !isFirst && standsUp(entries, index, vouched) ? seq - 1 : seq, reason: 'changed' }
    }
    before = entry.hash
  }
  return null
}

/** A signature or the successor speaks for the entry; the last one of all gets the benefit of the doubt. */
function standsUp(entries: readonly ChainEntry[], index: number, vouched: (seq: number) => boolean): boolean {
  const next = entries[index + 1]
  return vouched(index + 1) || !next || next.prev === entries[index]?.hash
}
