import { expect, test } from 'vitest'
import type { CustomerView } from '../../shared/contracts/own-desk.ts'
import { sampleEngine } from '../samples/engine.ts'
import { createCustomer } from './customer-store.ts'

test('a file is asked for only while it is shown, and belongs to the open conversation', async () => {
  const asked: string[] = []
  const store = createCustomer(
    sampleEngine({
      'customer.get': ({ conversation }): CustomerView => {
        asked.push(conversation)
        return { name: conversation, since: null, identities: [] }
      },
    }),
  )
  await store.getState().follow('c1')
  expect(asked).toEqual([])
  await store.getState().setPanel(true)
  expect(store.getState().view?.name).toBe('c1')
  const late = store.getState().follow('c2')
  expect(store.getState().view).toBeNull()
  await store.getState().follow('c3')
  await late
  expect(store.getState().view?.name).toBe('c3')
  await store.getState().follow(null)
  expect(store.getState().view).toBeNull()
  expect(asked).toEqual(['c1', 'c2', 'c3'])
})
