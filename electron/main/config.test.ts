import { expect, test } from 'vitest'
import { captureStatus } from './capture-status.ts'
import { readConfig } from './config.ts'

const build = { name: 'Sealdesk', packaged: false }

test('own arguments are read among those of others, in both forms', () => {
  const config = readConfig(
    [
      '--no-sandbox',
      '--app-path=/x',
      '--remote-debugging-port=0',
      '--profile',
      '/p/one',
      '--enrol=CODE',
      '--data',
      '/d',
    ],
    {},
    build,
  )
  expect(config).toMatchObject({
    profile: '/p/one',
    enrolmentCode: { text: 'CODE', linked: false },
    theme: 'system',
    language: null,
  })
})

test('what is not understood falls back to what is safe', () => {
  const config = readConfig(['--theme=neon', '--enrol', '--profile'], { XDG_DATA_HOME: '/data' }, build)
  expect(config.theme).toBe('system')
  expect(config.enrolmentCode).toBeNull()
  if (process.platform === 'linux') expect(config.profile).toBe('/data/sealdesk')
})

test('a test package has a profile of its own', () => {
  const config = readConfig([], { XDG_DATA_HOME: '/data' }, { name: 'Sealdesk TEST', packaged: true })
  if (process.platform === 'linux') expect(config.profile).toBe('/data/sealdesk-test')
  else expect(config.profile).toContain('Sealdesk TEST')
})

test('an enrolment link is as good as the switch, and the switch wins', () => {
  const link = 'sealdesk:enrol?code=LINKED'
  expect(readConfig([link], {}, build).enrolmentCode).toEqual({ text: 'LINKED', linked: true })
  expect(readConfig([link, '--enrol=GIVEN'], {}, build).enrolmentCode).toEqual({ text: 'GIVEN', linked: false })
})

test("in a package Node's own variables do not reach the engine", () => {
  const env = { HOME: '/h', NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_EXTRA_CA_CERTS: '/x', ELECTRON_RUN_AS_NODE: '1' }
  expect(readConfig([], env, { name: 'Sealdesk', packaged: true }).env).toEqual({ HOME: '/h' })
  expect(readConfig([], env, build).env).toEqual(env)
})

test('capture protection is never called better than it is', () => {
  expect(captureStatus('linux', '6.1.0')).toBe('marked-only')
  expect(captureStatus('win32', '10.0.22631')).toBe('enforced')
  expect(captureStatus('darwin', '23.6.0')).toBe('enforced')
  expect(captureStatus('darwin', '24.0.0')).toBe('partial')
  expect(captureStatus('freebsd', '14')).toBe('marked-only')
})
