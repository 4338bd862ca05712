/** Every benchmark, in the order in which they run. A new one is one file and one line here. */
import type { Benchmark } from './benchmark.ts'

/** Loaded one by one: what the others import is not in a benchmark's process. */
export const benchmarks: ReadonlyMap<string, () => Promise<Benchmark>> = new Map([
  ['cache-ingest', async () => (await import('./cache-ingest.ts')).cacheIngest],
  ['cache-live', async () => (await import('./cache-live.ts')).cacheLive],
  ['open', async () => (await import('./open.ts')).open],
  ['search', async () => (await import('./search.ts')).search],
  ['ipc', async () => (await import('./ipc.ts')).ipc],
  ['vault-ingest', async () => (await import('./vault-ingest.ts')).vaultIngest],
  ['sync', async () => (await import('./sync.ts')).sync],
  ['scroll', async () => (await import('./scroll.ts')).scroll],
  ['overlay', async () => (await import('./overlay.ts')).overlay],
  ['memory', async () => (await import('./memory.ts')).memory],
  ['cold-start', async () => (await import('./cold-start.ts')).coldStart],
])
