import { expect, test } from 'vitest'
import { findRefusedSwitch, refuseSwitches } from './switches.ts'

test.each([
  '--remote-debugging-port=9222',
  '--remote-debugging-pipe',
  '-remote-debugging-port=0',
  '--REMOTE-DEBUGGING-PORT=1',
  '--inspect',
  '--inspect-brk=0',
  '--js-flags=--expose-gc',
  '--load-extension=/tmp/x',
  '--disable-web-security',
  '--proxy-server=evil:1',
  '--proxy-pac-url=http://evil/',
  '--host-resolver-rules=MAP * 127.0.0.1',
  '--ignore-certificate-errors',
  '--ignore-certificate-errors-spki-list=x',
  '--password-store=basic',
  '--user-data-dir=/tmp/x',
  '--disable-features=IsolateOrigins',
  '--enable-blink-features=MojoJS',
  '--bypasscsp-schemes=app',
  '--allow-file-access-from-files',
  '--disable-site-isolation-trials',
  '--no-zygote',
  '--renderer-cmd-prefix=gdb',
  '--renderer-startup-dialog',
  '--enable-logging=file',
  '--log-file=/tmp/x',
  '--trace-startup=*',
  '--disk-cache-dir=/tmp/x',
  '--headless',
  '--use-fake-device-for-media-stream',
  '-r',
  '--require=/tmp/x.js',
])('%s is refused in a packaged build and allowed in others', (argument) => {
  const args = ['--profile', '/p', argument]
  expect(() => refuseSwitches(args, true, true)).toThrow(expect.objectContaining({ code: 'switch_refused' }))
  expect(() => refuseSwitches(args, false, false)).not.toThrow()
})

test.each([
  '--disable-gpu',
  '--force-device-scale-factor=2',
  '--ozone-platform=x11',
  '--disable-namespace-sandbox',
  '--noise',
])('%s is a matter of the machine and passes', (argument) =>
  expect(() => refuseSwitches([argument], true, false)).not.toThrow(),
)

test('own and harmless switches pass', () => {
  expect(
    findRefusedSwitch(['--profile=/p', '--enrol', 'code', '--lang=de', '--theme=dark', '--r-value', 'inspect']),
  ).toBe(null)
})

test('the sandbox may be missing only where Chromium cannot have it: as root', () => {
  expect(() => refuseSwitches(['--no-sandbox'], true, true)).not.toThrow()
  expect(() => refuseSwitches(['--no-sandbox'], true, false)).toThrow('--no-sandbox is refused')
})

test('the message names the switch but not its value', () => {
  expect(() => refuseSwitches(['--proxy-server=secret.example'], true, false)).toThrow(/^--proxy-server is refused/)
})
