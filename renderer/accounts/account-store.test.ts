import { expect, test } from 'vitest'
import { CodedError } from '../../shared/contracts/contract.ts'
import { sampleEngine, type Answers } from '../samples/engine.ts'
import { createAccountPage, type LinkedDevice } from './account-store.ts'

const device = (id: string): LinkedDevice => ({ id, name: id, platform: null, current: false, activeAt: null })
const connect = (answers: Answers) => createAccountPage(sampleEngine(answers))

test('a removed device is gone from the list; a refused removal tells why and leaves it', async () => {
  let devices = [device('old phone'), device('fresh')]
  const page = connect({
    'account.devices': () => ({ devices }),
    'account.removeDevice': ({ device: id }) => {
      if (id === 'fresh') throw new CodedError('device_too_fresh', 'no')
      devices = devices.filter((one) => one.id !== id)
      return {}
    },
  })
  page.getState().openFor('a')
  await page.getState().load()
  await page.getState().removeDevice('old phone')
  expect(page.getState().devices?.map((one) => one.id)).toEqual(['fresh'])
  await page.getState().removeDevice('fresh')
  expect(page.getState()).toMatchObject({ failure: 'device_too_fresh', busy: false })
  expect(page.getState().devices).toHaveLength(1)
})

test('an answer for the page of another account is not shown', async () => {
  let reply: (() => void) | null = null
  const page = connect({
    'account.devices': () =>
      new Promise((resolve) => {
        reply = () => resolve({ devices: [device('x')] })
      }),
  })
  page.getState().openFor('a')
  const loading = page.getState().load()
  page.getState().openFor('b')
  await expect.poll(() => reply).not.toBeNull()
  reply!()
  await loading
  expect(page.getState()).toMatchObject({ account: 'b', devices: null, busy: false })
})
