/** Where files are fetched and put: a simulator on loopback in tests; packaged builds get endpoint.closed.ts in this module's place. */
import { ChannelError } from '../../channel.ts'
import type { WhatsAppEndpoint } from '../../channel.ts'

export interface MediaServer {
  /** `host:port` in place of the one that the provider names; null: the provider's. */
  host: string | null
  /** PEM of the authority that signed the server's certificate; null: the usual ones. */
  ca: string | null
  /** What the provider calls a host may be used. */
  allows(host: string): boolean
}

const PROVIDER: MediaServer = {
  host: null,
  ca: null,
  allows: (host) => /^(?:[a-z0-9-]{1,63}\.){1,4}whatsapp\.net$/.test(host),
}

/** Throws ChannelError `endpoint_refused` for what is not loopback. */
export function mediaServer(endpoint: WhatsAppEndpoint | null): MediaServer {
  const media = endpoint?.media
  if (!media) return PROVIDER
  const url = `https://${media.host}`
  const name = URL.canParse(url) ? new URL(url).hostname : ''
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(name))
    throw new ChannelError('endpoint_refused', 'the test media server is not on loopback')
  return { host: media.host, ca: media.ca, allows: (host) => host === media.host }
}
