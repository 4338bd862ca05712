/** What a packaged build has instead of test media servers: the provider's hosts and nothing else. */
import type { WhatsAppEndpoint } from '../../channel.ts'

export interface MediaServer {
  host: string | null
  ca: string | null
  allows(host: string): boolean
}

export function mediaServer(_endpoint: WhatsAppEndpoint | null): MediaServer {
  return { host: null, ca: null, allows: (host) => /^(?:[a-z0-9-]{1,63}\.){1,4}whatsapp\.net$/.test(host) }
}
