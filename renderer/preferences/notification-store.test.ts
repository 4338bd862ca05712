import { expect, test } from 'vitest'
import { sampleEngine } from '../samples/engine.ts'
import { createNotifications } from './notification-store.ts'

test('what the engine keeps is shown, and what is chosen is kept there', async () => {
  const kept: unknown[] = []
  const store = createNotifications(
    sampleEngine({
      'notifications.get': () => ({ level: 'off' }),
      'notifications.set': (input) => {
        kept.push(input)
        return {}
      },
      'conversation.watched': () => ({}),
    }),
  )
  await store.getState().load()
  expect(store.getState().level).toBe('off')
  store.getState().setLevel('plain')
  store.getState().setLanguage('de')
  expect(store.getState().level).toBe('plain')
  await expect.poll(() => kept).toEqual([{ level: 'plain' }, { language: 'de' }])
})

test('another engine is told again what it has not heard, and after a lock nothing of before', async () => {
  const said: unknown[] = []
  const store = createNotifications(
    sampleEngine({
      'notifications.get': () => ({ level: 'content' }),
      'notifications.set': ({ language }) => {
        said.push(language)
        return {}
      },
      'conversation.watched': ({ conversation }) => {
        said.push(conversation)
        return {}
      },
    }),
  )
  store.getState().setLanguage('zh-CN')
  store.getState().watch('c1')
  await store.getState().load()
  expect(said).toEqual(['zh-CN', 'c1', 'zh-CN', 'c1'])
  store.getState().clear()
  said.length = 0
  await store.getState().load()
  expect(said).toEqual(['zh-CN', null])
})
