import { expect, test } from 'vitest'
import { MessageOrder } from './message-order.ts'
import { REAL_TIMERS } from './tuning.ts'

const message = (id: string, attrs: Record<string, string> = {}) => ({ tag: 'message', attrs: { id, ...attrs } })
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('live messages are dealt with one after the other, and a failing one holds up nobody', async () => {
  const order = new MessageOrder(REAL_TIMERS)
  const log: string[] = []
  const first = order.pass(message('a'), async () => {
    log.push('a begins')
    await turn()
    log.push('a ends')
    throw new Error('broken')
  })
  const second = order.pass(message('b'), () => log.push('b'))
  await expect(first).rejects.toThrow('broken')
  await second
  expect(log).toEqual(['a begins', 'a ends', 'b'])
  expect(order.stalledMs()).toBe(0)
})

test('a live message waits for those of the offline queue, but not for ever', async () => {
  let at = 0
  const waiting: (() => void)[] = []
  const timers = {
    ...REAL_TIMERS,
    monotonic: () => at,
    after: (_ms: number, run: () => void) => {
      waiting.push(run)
      return () => undefined
    },
  }
  const order = new MessageOrder(timers)
  const log: string[] = []
  const [one, two] = [message('1', { offline: '0' }), message('2', { offline: '1' })]
  for (const node of [one, two]) {
    order.queued(node)
    await order.pass(node, () => log.push(`${node.attrs['id']} given`))
  }
  const live = order.pass(message('3'), () => log.push('live'))
  at = 70
  order.settled(one)
  await turn()
  expect(log).toEqual(['1 given', '2 given'])
  expect(order.stalledMs()).toBe(70)
  order.settled(two)
  await live
  const lost = message('4', { offline: '2' })
  order.queued(lost)
  const later = order.pass(message('5'), () => log.push('later'))
  await turn()
  waiting.at(-1)?.()
  await later
  expect(log).toEqual(['1 given', '2 given', 'live', 'later'])
})
