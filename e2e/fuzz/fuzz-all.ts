/** Hostile input to every way in, one after the other. */
import { runFuzz } from './fuzz-run.ts'
import { EventsTarget } from './events-target.ts'
import { TelegramTarget } from './telegram-target.ts'
import { WhatsAppTarget } from './whatsapp-target.ts'

export interface FuzzAll {
  seed: number
  /** Inputs for each way in. */
  cases: { whatsapp: number; telegram: number; events: number }
  say(line: string): void
}

/** What was found, in words with seed, case numbers and inputs; empty when every promise held. */
export async function fuzzAll({ seed, cases, say }: FuzzAll): Promise<string[]> {
  say(`fuzzing: seed ${seed} (SEALDESK_SEED=${seed} repeats it)`)
  return [
    ...(await runFuzz(new WhatsAppTarget(), { seed, cases: cases.whatsapp, say })),
    ...(await runFuzz(new TelegramTarget(), { seed, cases: cases.telegram, say })),
    ...(await runFuzz(new EventsTarget(), { seed, cases: cases.events, say })),
  ]
}
