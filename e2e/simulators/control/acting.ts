/** What customers do without saying anything: the route /activity. */
import { z } from 'zod'
import { ACTIVITIES, SimulatorError } from '../provider.ts'
import { id, parse, type Route } from './input.ts'

const activity = z.strictObject({
  customer: id,
  account: id.optional(),
  group: id.optional(),
  doing: z.enum(ACTIVITIES),
  /** Epoch ms, with `offline`; left out: now. */
  seenAt: z.int().min(0).optional(),
  /** How often, one right behind the other. */
  times: z.int().min(1).max(1_000_000).default(1),
  addressing: z.enum(['lid', 'number']).optional(),
})

const actRoute: Route = (input, { directory }) => {
  const { customer, account, group, doing, seenAt, times, addressing } = parse(activity, input)
  const simulator = directory.ofCustomer(customer)
  if ((account === undefined) === (group === undefined))
    throw new SimulatorError('bad_request', 'account or group, one of them')
  const other = account === undefined ? directory.ofGroup(group ?? '') : directory.ofAccount(account)
  if (other !== simulator) throw new SimulatorError('bad_request', 'the customer is on another channel')
  simulator.act({
    customer,
    account: account ?? null,
    group: group ?? null,
    doing,
    times,
    ...(seenAt === undefined ? {} : { seenAt }),
    ...(addressing ? { addressing } : {}),
  })
  return { ok: true }
}

export const actingRoutes: [string, Route][] = [['POST /activity', actRoute]]
