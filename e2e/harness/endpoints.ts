/** How programs under test find the simulators: the SEALDESK_* environment, with its key files in a folder. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningSimulators } from '../simulators/index.ts'

/** What the ready line says: as the simulators' endpoints, but with paths in place of PEM texts. */
export interface ReachedEndpoints {
  whatsapp: Record<string, string>
  telegram: { address: string; rsa: string }
  control: string
}

/** Writes the PEM files into this folder. */
export function writeEndpoints({ endpoints }: RunningSimulators, folder: string): ReachedEndpoints {
  const keep = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const { mediaCa, ...whatsapp } = endpoints.whatsapp
  return {
    whatsapp: mediaCa === undefined ? whatsapp : { ...whatsapp, mediaCa: keep('whatsapp-media-ca.pem', mediaCa) },
    telegram: { address: endpoints.telegram.address, rsa: keep('telegram-rsa.pem', endpoints.telegram.rsa) },
    control: endpoints.control,
  }
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
