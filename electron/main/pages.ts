/** Serves the window's pages from the package under `app://`, and closes its session to everything else. */
import { readFile } from 'node:fs/promises'
import { protocol, session as sessions, type Session } from 'electron'
import { findPageFile, pageHeaders, pageOrigin, pageScheme } from './page-files.ts'
import { mayPage } from './page-permissions.ts'

/** Must run before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: pageScheme, privileges: { standard: true, secure: true, supportFetchAPI: false, codeCache: true } },
  ])
}

/**
 * The window's session. It keeps nothing but the salesperson's taste (theme, language): there is no HTTP cache, and the network
 * is closed by request filter, by policy header and by permission.
 */
export function openPageSession(root: string, packaged: boolean): Session {
  const session = sessions.fromPartition('persist:window', { cache: false })
  session.protocol.handle(pageScheme, async (request) => {
    const file = request.method === 'GET' ? findPageFile(root, request.url) : null
    const body = file && (await readFile(file.path).catch(() => null))
    if (!file || !body) return new Response(null, { status: 404, headers: pageHeaders('text/plain') })
    return new Response(new Uint8Array(body), { headers: pageHeaders(file.type) })
  })
  session.webRequest.onBeforeRequest((details, decide) => {
    const own = details.url.startsWith(`${pageOrigin}/`) || /^(?:data|blob):/.test(details.url)
    decide({ cancel: !own && !(!packaged && details.url.startsWith('devtools://')) })
  })
  session.setPermissionRequestHandler((_contents, permission, decide, details) => {
    const media = 'mediaTypes' in details ? (details.mediaTypes ?? []) : []
    decide(mayPage({ permission, origin: details.requestingUrl, media, mainFrame: details.isMainFrame }))
  })
  session.setPermissionCheckHandler((_contents, permission, origin, details) => {
    const media = details.mediaType ? [details.mediaType] : []
    return mayPage({ permission, origin, media, mainFrame: details.isMainFrame })
  })
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event) => event.preventDefault())
  return session
}
