/** How programs under test find the simulators: the SEALDESK_* environment, with its key files in a folder. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningSimulators } from '../simulators/index.ts'

/** What the ready line says: as the simulators' endpoints, with the path of a file in place of Telegram's PEM text. */
export type ReachedEndpoints = RunningSimulators['endpoints']

/** Writes the PEM files into this folder. */
export function writeEndpoints({ endpoints }: RunningSimulators, folder: string): ReachedEndpoints {
  const rsa = join(folder, 'telegram-rsa.pem')
  writeFileSync(rsa, endpoints.telegram.rsa)
  // The simulator's own folder is closed to other users; a window may run as one.
  const given = endpoints.whatsapp['mediaCa']
  const mediaCa = join(folder, 'whatsapp-media-ca.pem')
  if (given) writeFileSync(mediaCa, readFileSync(given))
  const whatsapp = { ...endpoints.whatsapp, ...(given ? { mediaCa } : {}) }
  return { ...endpoints, whatsapp, telegram: { ...endpoints.telegram, rsa } }
}

/** Without SEALDESK_CLOCK_URL: who wants the simulated clock adds it. */
export function endpointEnv({ whatsapp, telegram }: ReachedEndpoints): Record<string, string> {
  return {
    SEALDESK_WHATSAPP_URL: whatsapp['url'] ?? '',
    SEALDESK_WHATSAPP_ROOT: whatsapp['root'] ?? '',
    SEALDESK_WHATSAPP_MEDIA: whatsapp['media'] ?? '',
    SEALDESK_WHATSAPP_MEDIA_CA: whatsapp['mediaCa'] ?? '',
    SEALDESK_TELEGRAM_ADDRESS: telegram.address,
    SEALDESK_TELEGRAM_RSA: telegram.rsa,
  }
}
