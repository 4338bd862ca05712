/** The library, imported when the first account connects, so that an engine without WhatsApp accounts does not pay for it. */
import { hardenCurve } from './harden.ts'
import { silenceSessionPrinting } from './session-printing.ts'

export type Baileys = typeof import('@whiskeysockets/baileys')
export type WhatsAppSocket = ReturnType<Baileys['makeWASocket']>

let loading: Promise<Baileys> | null = null

/** Imports once per process, after the console has been guarded and before anybody can use the unverifying curve. */
export function loadLibrary(): Promise<Baileys> {
  loading ??= importHardened()
  return loading
}

async function importHardened(): Promise<Baileys> {
  silenceSessionPrinting(console)
  const baileys = await import('@whiskeysockets/baileys')
  await hardenCurve(baileys)
  return baileys
}
