import { expect, test } from 'vitest'
import { collect, createRestLook } from './rest.ts'

const mb = 1024 ** 2

function setting() {
  const state = { busy: 0.5, resident: 190 * mb, frees: 40 * mb, given: 0, fails: false }
  const look = createRestLook({
    busyShare: () => state.busy,
    resident: () => state.resident,
    giveBack: async () => {
      state.given++
      if (state.fails) throw new Error('no')
      state.resident -= state.frees
    },
  })
  return { state, look }
}

test('memory is given back at the second quiet look, not while there is work', async () => {
  const { state, look } = setting()
  for (let i = 0; i < 10; i++) await look()
  expect(state.given).toBe(0)
  state.busy = 0.01
  await look()
  state.busy = 0.5
  await look()
  state.busy = 0.01
  await look()
  expect(state.given).toBe(0)
  expect(await look()).toBe(40 * mb)
  expect([state.given, state.resident]).toEqual([1, 150 * mb])
})

test('it is given back again only when it is worth while', async () => {
  const { state, look } = setting()
  state.busy = 0
  for (let i = 0; i < 10; i++) await look()
  expect(state.given).toBe(1)
  state.resident += 7 * mb
  expect(await look()).toBeNull()
  expect(state.given).toBe(1)
  state.resident += mb
  await look()
  expect([state.given, state.resident]).toEqual([2, 118 * mb])
})

test('what cannot be given back is not asked for at every look', async () => {
  const { state, look } = setting()
  ;[state.busy, state.fails] = [0, true]
  await look()
  await expect(look()).rejects.toThrow('no')
  for (let i = 0; i < 5; i++) await look()
  expect(state.given).toBe(1)
})

test('a collection takes what nobody holds and leaves what somebody does', async () => {
  const held = { text: 'held' }
  const refs = [new WeakRef(held), ...Array.from({ length: 3 }, () => new WeakRef({ text: 'let go' }))]
  await collect()
  expect(refs.map((ref) => ref.deref()?.text)).toEqual(['held', undefined, undefined, undefined])
  expect(held.text).toBe('held')
})
