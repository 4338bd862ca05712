/** How large a file may be, in plain bytes, and how many are fetched at a time. */

/** Fetched as soon as the message is here. */
export const automaticBytes = 64 * 1024 * 1024
/** Fetched when somebody asks, and the largest that is sent. */
export const onDemandBytes = 256 * 1024 * 1024
/** References and thumbnails come from channels, which got them from strangers. */
export const referenceBytes = 64 * 1024
export const thumbnailBytes = 64 * 1024
export const fetchesPerAccount = 2
export const fetchesInAll = 4
