/** Tells builds for development and tests from packaged ones; packaged builds get build-kind.closed.ts in this module's place. */

/** Unpackaged: DevTools, remote debugging and test endpoints are allowed. */
export const packaged: boolean = false
