import { expect, test } from 'vitest'
import { captureStatus } from './capture-status.ts'
import { readConfig } from './config.ts'

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
  )
  expect(config).toMatchObject({ profile: '/p/one', enrolmentCode: 'CODE', theme: 'system', language: null })
})

test('what is not understood falls back to what is safe', () => {
  const config = readConfig(['--theme=neon', '--enrol', '--profile'], { XDG_DATA_HOME: '/data' })
  expect(config.theme).toBe('system')
  expect(config.enrolmentCode).toBeNull()
  if (process.platform === 'linux') expect(config.profile).toBe('/data/sealdesk')
})

test('capture protection is never called better than it is', () => {
  expect(captureStatus('linux', '6.1.0')).toBe('marked-only')
  expect(captureStatus('win32', '10.0.22631')).toBe('enforced')
  expect(captureStatus('darwin', '23.6.0')).toBe('enforced')
  expect(captureStatus('darwin', '24.0.0')).toBe('partial')
  expect(captureStatus('freebsd', '14')).toBe('marked-only')
})
