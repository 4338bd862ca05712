import { expect, test } from 'vitest'
import { CodedError } from '../../shared/contracts/contract.ts'
import { sampleEngine, type Answers } from '../samples/engine.ts'
import { createSendNew, toAddress } from './send-new.ts'

const warnings = [{ kind: 'typing' as const, name: 'Mara', at: null }]
const busy: Answers = {
  'send.new': ({ anyway }) => {
    if (!anyway) throw new CodedError('colleague_active', 'typing: Mara')
    return { message: 'm1', conversation: 'c1' }
  },
  'colleagues.warnings': ({ account, address }) => ({
    warnings: account === 'a' && address === '5511' ? warnings : [],
  }),
}

test('a message that is held back says who is there, and goes once the person wants it all the same', async () => {
  const send = createSendNew(sampleEngine(busy))
  expect(await send('a', '5511', 'hello', false)).toEqual({ warnings })
  expect(await send('a', '5511', 'hello', true)).toEqual({ conversation: 'c1' })
})

test('it stays held back where nothing more can be told, and any other refusal is the caller’s', async () => {
  const mute = createSendNew(sampleEngine({ 'send.new': busy['send.new']! }))
  expect(await mute('a', '5511', 'hello', false)).toEqual({ warnings: [] })
  const refused = createSendNew(
    sampleEngine({
      'send.new': () => {
        throw new CodedError('address_malformed', 'no')
      },
    }),
  )
  await expect(refused('a', 'x y z', 'hello', false)).rejects.toMatchObject({ code: 'address_malformed' })
})

test('typed numbers and ids become addresses', () => {
  expect(toAddress('whatsapp', '+55 (11) 98765-4321')).toBe('5511987654321')
  expect(toAddress('telegram', 'user:77812')).toBe('user:77812')
  expect(toAddress('telegram', ' 77812 ')).toBe('user:77812')
})
