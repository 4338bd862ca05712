/** What a packaged build has instead of test endpoints: their mere presence ends the program. */

export class EndpointRefused extends Error {
  readonly code = 'endpoint_refused'
}

/** Throws EndpointRefused when any test endpoint is set; the caller exits with 78 (EX_CONFIG). */
export function readTestEndpoints(env: Record<string, string | undefined>): { whatsapp: null; telegram: null } {
  for (const name of Object.keys(env)) {
    if (/^SEALDESK_(WHATSAPP|TELEGRAM|CLOCK)_/.test(name))
      throw new EndpointRefused(`${name} is refused in a packaged build`)
  }
  return { whatsapp: null, telegram: null }
}
