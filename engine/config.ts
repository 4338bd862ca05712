/** The engine's only look at the environment. */
import { readTestEndpoints } from './test-endpoints.ts'
import type { ChannelOptions } from './channels/channel.ts'

export const software = 'sealdesk/0.1.0'

/** Throws EndpointRefused: the caller exits with 78 (EX_CONFIG). */
export function readEndpoints(): ChannelOptions['endpoints'] {
  return readTestEndpoints(process.env)
}
