/** Our own cache as a session opens it: one WhatsApp account, a ledger and a recorder. */
import type { Cache } from '../engine/cache/database.ts'
import { Cache as EncryptedCache } from '../engine/cache/database.ts'
import { createChannelStore } from '../engine/cache/inbox.ts'
import { putLines, type Lines } from '../engine/cache/lines.ts'
import type { ChannelStore } from '../engine/channels/channel.ts'
import { Ledger } from '../engine/ledger/ledger.ts'
import { applyChannelEvent } from '../engine/recorder/apply.ts'
import { newTouched } from '../engine/recorder/context.ts'
import { Recorder } from '../engine/recorder/recorder.ts'
import type { MessageEvent } from './corpus.ts'

export const account = 'bench-account'
export const now = (): number => 1_700_000_000_000

export interface OurCache {
  cache: Cache
  ledger: Ledger
  store: ChannelStore
  recorder: Recorder
}

/** `events` are found again by the inbox row's key: a decimal index. Translation is the channel's work and not measured here. */
export function openOurs(file: string, key: Uint8Array, events: MessageEvent[], ledgerId = 'bench-ledger'): OurCache {
  const cache = new EncryptedCache(file, key)
  cache.transaction((writer) =>
    writer.run("INSERT INTO accounts (id, channel, name) VALUES (?, 'whatsapp', 'Bench')", [account]),
  )
  const ledger = new Ledger(cache, ledgerId)
  const recorder = new Recorder({
    cache,
    ledger,
    now,
    epoch: () => '1.1',
    translate: (_account, row) => [events[Number(row.key)]!],
    committed: () => {},
    trouble: (code) => {
      if (code !== null) throw new Error(code)
    },
    log: (_level, code) => {
      throw new Error(code)
    },
  })
  return { cache, ledger, store: createChannelStore(cache, account, { now }), recorder }
}

/** One commit of many events through the path that the recorder uses, without the inbox. */
export function recordBatch({ cache, ledger }: OurCache, events: MessageEvent[]): void {
  const touched = newTouched()
  const places = new Map()
  const lines: Lines = new Map()
  cache.transaction((writer) => {
    const append = (draft: Parameters<Ledger['append']>[1]): void => void ledger.append(writer, draft)
    for (const event of events)
      applyChannelEvent(writer, { account, epoch: '1.1', now: now(), touched, append, places, lines }, event)
    putLines(writer, lines)
  })
}
