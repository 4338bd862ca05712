/** What a packaged build says of itself. */

export const packaged: boolean = true
