/** The policy: what holds, what held, and signing the next one. */
import type { Keeper } from '../keeper.ts'
import type { Access, ConsoleHandlers } from './access.ts'
import { namesOf } from './names.ts'

const policyPage = 50

export function createPolicyHandlers(
  keeper: Keeper,
  { inTeam, require }: Access,
): Pick<ConsoleHandlers, 'policy.list' | 'policy.change'> {
  const { policies, audit } = keeper
  return {
    'policy.list': async ({ before }, { actor }) => {
      require(actor, 'policy.read')
      const versions = await policies.page(before, policyPage)
      const signed = await audit.about(
        'policy.sign',
        versions.map((one) => String(one.number)),
      )
      const names = await namesOf(
        keeper,
        [...signed.values()].map((one) => one.actor),
      )
      const seesReasons = inTeam(actor, 'audit.read', null)
      return {
        versions: versions.map(({ number, issuedAt, fields }) => {
          const entry = signed.get(String(number))
          const by = entry?.actor ?? 'keeper'
          return {
            number,
            issuedAt: issuedAt ?? entry?.at ?? 0,
            by: names.get(by) ?? by,
            reason: entry && (seesReasons || entry.actor === actor.employee) ? entry.reasonText : null,
            fields,
          }
        }),
        before: versions.length === policyPage ? versions.at(-1)!.number : null,
      }
    },
    'policy.change': async (input, { actor }) => {
      require(actor, 'policy.change')
      return { number: await policies.change(actor.employee, input) }
    },
  }
}
