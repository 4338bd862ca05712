/** The one channel between main and preload: it carries nothing but the window's port. */
export const portChannel = 'sealdesk:port'
