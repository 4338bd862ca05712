/** Who is looking at a conversation or typing in it: relayed to colleagues at once, kept nowhere. */
import { CodedError } from '../../../../shared/contracts/contract.ts'
import { presenceSchema, type Colleague, type Presence } from '../../../../shared/contracts/device.ts'
import { openSealed, seal, sealedTo } from '../../../../shared/formats/seal.ts'
import type { Ground } from '../../ground.ts'
import type { Accounts } from '../accounts/service.ts'
import type { People } from '../people/service.ts'
import type { WorkstationRow } from '../workstations/queries.ts'
import type { Workstations } from '../workstations/service.ts'

export interface Presences {
  /** Throws CodedError: seal_refused, not_assigned. The caller has checked the PIN proof. */
  tell(workstation: WorkstationRow, sealed: string): Promise<void>
}

export interface PresenceNeeds {
  people: Pick<People, 'get'>
  accounts: Pick<Accounts, 'allowed' | 'assignedTo'>
  pushEach: Workstations['pushEach']
}

export function createPresences({ keyring }: Pick<Ground, 'keyring'>, needs: PresenceNeeds): Presences {
  const read = (sealed: string): Presence => {
    try {
      const blob = Buffer.from(sealed, 'base64url')
      const key = keyring.openingKey(sealedTo(blob))
      if (key) return presenceSchema.parse(JSON.parse(openSealed(blob, key, 'presence').toString('utf8')))
    } catch {
      // Refused below, whatever it was.
    }
    throw new CodedError('seal_refused', 'this does not open')
  }
  return {
    async tell(workstation, sealed) {
      const presence = read(sealed)
      const { actor, name } = await needs.people.get(workstation.employee)
      if (!(await needs.accounts.allowed(actor, 'conversation.send', presence.account)))
        throw new CodedError('not_assigned', 'this account is not assigned to this workstation')
      const told: Colleague = { ...presence, workstation: workstation.id, employee: workstation.employee, name }
      const body = Buffer.from(JSON.stringify(told), 'utf8')
      const others = (await needs.accounts.assignedTo(presence.account)).filter((one) => one !== workstation.employee)
      await needs.pushEach(others, ({ opening_key: key }) => ({
        push: 'colleague',
        sealed: seal(body, key, 'colleague').toString('base64url'),
      }))
    },
  }
}
