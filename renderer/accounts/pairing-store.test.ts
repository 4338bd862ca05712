import { expect, test } from 'vitest'
import { sampleEngine } from '../samples/engine.ts'
import { createPairing } from './pairing-store.ts'

/** A pairing for account `a` whose code is on the screen, and what was cancelled. */
async function begun() {
  const cancelled: string[] = []
  const pairing = createPairing(
    sampleEngine({
      'pairing.start': () => ({}),
      'pairing.cancel': ({ account }) => {
        cancelled.push(account)
        return {}
      },
    }),
  )
  pairing.getState().openFor('a')
  await pairing.getState().start('qr', null)
  pairing.getState().apply('a', { step: 'qr', text: 'code', expiresAt: null })
  return { pairing, cancelled }
}

test('closing the panel ends the pairing in the engine', async () => {
  const { pairing, cancelled } = await begun()
  pairing.getState().close()
  expect(pairing.getState().account).toBeNull()
  await expect.poll(() => cancelled).toEqual(['a'])
})

test('what is done is not cancelled, and a lock leaves the engine to itself', async () => {
  const done = await begun()
  done.pairing.getState().apply('a', { step: 'done', address: 'user:1' })
  done.pairing.getState().close()
  const locked = await begun()
  locked.pairing.getState().clear()
  expect(locked.pairing.getState()).toMatchObject({ account: null, step: { step: 'choose' } })
  // Calls go out in order: had one been made, it would have come before this one.
  await locked.pairing.getState().start('qr', null)
  await done.pairing.getState().start('qr', null)
  expect([...done.cancelled, ...locked.cancelled]).toEqual([])
})
