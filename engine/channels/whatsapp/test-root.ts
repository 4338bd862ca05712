/** Points the library at a simulator on loopback; packaged builds get test-root.closed.ts in this module's place. */
import { ChannelError } from '../channel.ts'
import type { WhatsAppEndpoint } from '../channel.ts'

/**
 * Makes the endpoint's root the one that must have signed the server's certificate, for the whole process, and returns
 * the URL to connect to. Throws ChannelError `endpoint_refused` for what is not loopback or no key.
 */
export function useTestRoot(
  endpoint: WhatsAppEndpoint,
  library: { WA_CERT_DETAILS: { PUBLIC_KEY: Uint8Array } },
): string {
  const host = URL.canParse(endpoint.url) ? new URL(endpoint.url).hostname : ''
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(host))
    throw new ChannelError('endpoint_refused', 'the test endpoint is not on loopback')
  if (!/^[0-9a-f]{64}$/.test(endpoint.rootKey))
    throw new ChannelError('endpoint_refused', 'the test root is not a hex public key')
  library.WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(endpoint.rootKey, 'hex')
  return endpoint.url
}
