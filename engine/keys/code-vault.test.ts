import { expect, test } from 'vitest'
import { encodeEnrolmentCode } from '../../shared/formats/enrolment-code.ts'
import { describeWaiting, readCodeVault } from './code-vault.ts'

const root = 'a1'.repeat(32)
const codeFor = (gateway: string): string => encodeEnrolmentCode({ gateway, root, ca: null, secret: 's'.repeat(22) })

test('a code tells its vault before it is used', () => {
  expect(readCodeVault(` ${codeFor('https://vault.nordlicht.example:8443')}\n`)).toEqual({
    gateway: 'vault.nordlicht.example:8443',
    root,
  })
})

test('a gateway cannot pretend to be another one', () => {
  const pretending = codeFor('https://vault.nordlicht.example@evil.example:8443/vault.nordlicht.example')
  expect(readCodeVault(pretending).gateway).toBe('evil.example:8443')
})

test('a damaged code is refused, and where it waits it names no vault', () => {
  const damaged = codeFor('https://vault.example:1').slice(0, -1)
  expect(() => readCodeVault(damaged)).toThrow(expect.objectContaining({ code: 'enrolment_code_malformed' }))
  expect(describeWaiting({ text: damaged, linked: true })).toEqual({ vault: null, linked: true })
})
