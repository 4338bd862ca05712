/** Refuses command-line switches that would open a packaged workstation to whoever starts it. */
import { CodedError } from '../../shared/contracts/contract.ts'

/**
 * Chromium and Node read these before or beside our code, and the fuses do not stop them (measured). Names without leading
 * dashes; a trailing `*` stands for any ending.
 */
const refused = [
  'remote-debugging-*',
  'remote-allow-origins',
  'inspect*',
  'debug*',
  'js-flags',
  'enable-features',
  'disable-features',
  'enable-blink-features',
  'disable-blink-features',
  'enable-experimental-web-platform-features',
  '*-schemes',
  'test-type*',
  'load-extension',
  'load-apps',
  'disable-extensions-except',
  'allow-file-access*',
  'disable-web-security',
  'disable-site-isolation*',
  'isolate-origins',
  'allow-running-insecure-content',
  'disable-setuid-sandbox',
  'disable-seccomp-filter-sandbox',
  'disable-gpu-sandbox',
  'no-zygote*',
  'allow-sandbox-debugging',
  'disable-kill-after-bad-ipc',
  'single-process',
  'in-process-gpu',
  '*-cmd-prefix',
  '*-launcher',
  '*-startup-dialog',
  'browser-subprocess-path',
  'proxy-*',
  'host-rules',
  'host-resolver-rules',
  'ignore-certificate-errors*',
  'ignore-urlfetcher-cert-requests',
  'allow-insecure-localhost',
  'password-store',
  'use-mock-keychain',
  'user-data-dir',
  'enable-logging',
  'log-file',
  'trace-*',
  'enable-tracing*',
  'enable-crash-reporter*',
  'crash-dumps-dir',
  'disk-cache-dir',
  'log-net-log',
  'net-log-*',
  'ssl-key-log-file',
  'auth-server-*',
  'auth-negotiate-*',
  'enable-automation',
  'headless',
  'auto-open-devtools-for-tabs',
  'use-fake-*',
  'auto-accept-*',
  'auto-select-*',
  'enable-usermedia-screen-capturing',
  'unsafely-*',
  'require',
  'r',
  'import',
  'loader',
  'experimental-loader',
]
const pattern = new RegExp(
  `^--?(?:${refused.map((name) => name.replace(/[-]/g, '\\-').replace('*', '.*')).join('|')})(?:=|$)`,
  'i',
)
const noSandbox = /^--?no-sandbox(?:=|$)/i

/** The first refused switch among the arguments, null when there is none. Chromium takes one dash as well as two. */
export function findRefusedSwitch(args: readonly string[]): string | null {
  return args.find((argument) => pattern.test(argument)) ?? null
}

/**
 * Throws CodedError('switch_refused'); the caller exits with 78 (EX_CONFIG). `args` without the executable. Chromium's sandbox
 * cannot run as root at all, so only there `--no-sandbox` is no weakening.
 */
export function refuseSwitches(args: readonly string[], packaged: boolean, asRoot: boolean): void {
  if (!packaged) return
  const found = findRefusedSwitch(args) ?? (asRoot ? null : (args.find((argument) => noSandbox.test(argument)) ?? null))
  if (found) throw new CodedError('switch_refused', `${found.split('=')[0] ?? found} is refused in a packaged build`)
}
