/** What a packaged build has instead of test roots: nothing can move the certificate root. */
import { ChannelError } from '../channel.ts'
import type { WhatsAppEndpoint } from '../channel.ts'

/** Always throws ChannelError `endpoint_refused`. */
export function useTestRoot(_endpoint: WhatsAppEndpoint, _certificates: { PUBLIC_KEY: Uint8Array }): string {
  throw new ChannelError('endpoint_refused', 'this build has no test endpoints')
}
