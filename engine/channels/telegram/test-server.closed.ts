/** What a packaged build has instead of the way to a simulator: nothing. */

export function testSocket(): never {
  throw new Error('test endpoints are refused in a packaged build')
}

export function trustTestServer(): never {
  throw new Error('test endpoints are refused in a packaged build')
}
