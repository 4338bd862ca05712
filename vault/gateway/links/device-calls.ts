/** What a workstation may ask over its link: the policy from the copy, what it holds back noted here, everything else from the keeper. */
import type { z } from 'zod'
import { CodedError, type Client, type Handlers } from '../../../shared/contracts/contract.ts'
import { deviceContract } from '../../../shared/contracts/device.ts'
import type { keeperContract } from '../../../shared/contracts/keeper-link.ts'
import type { SignedDocument } from '../../../shared/contracts/signed-document.ts'
import type { Devices } from '../devices/devices.ts'
import type { Link } from './links.ts'

type Relayed = Exclude<keyof typeof deviceContract, 'policy.get' | 'outbox.tell'>

export function createDeviceHandlers(
  copies: { policy(): SignedDocument | null },
  devices: Pick<Devices, 'told'>,
  keeper: Client<typeof keeperContract>,
): Handlers<typeof deviceContract, Link> {
  const relay =
    <T>(method: Relayed, output: z.ZodType<T>) =>
    async (input: unknown, link: Link): Promise<T> => {
      const { workstation, connection, address } = link
      const reply = await keeper('device.call', { workstation, connection, address, method, input })
      const parsed = output.safeParse(reply.output)
      if (!parsed.success) throw new CodedError('keeper_away', 'the vault answered something else')
      return parsed.data
    }
  return {
    'policy.get': () => {
      const document = copies.policy()
      if (!document) throw new CodedError('keeper_away', 'the vault has no policy yet')
      return { document }
    },
    'outbox.tell': async (report, { workstation }) => {
      await devices.told(workstation, report)
      return {}
    },
    'unlock.nonce': relay('unlock.nonce', deviceContract['unlock.nonce'].output),
    'unlock.prove': relay('unlock.prove', deviceContract['unlock.prove'].output),
    'directory.get': relay('directory.get', deviceContract['directory.get'].output),
    'lease.acquire': relay('lease.acquire', deviceContract['lease.acquire'].output),
    'lease.release': relay('lease.release', deviceContract['lease.release'].output),
    'media.pull': relay('media.pull', deviceContract['media.pull'].output),
    'send.take': relay('send.take', deviceContract['send.take'].output),
    'send.return': relay('send.return', deviceContract['send.return'].output),
    'desk.presence': relay('desk.presence', deviceContract['desk.presence'].output),
    'journal.pull': relay('journal.pull', deviceContract['journal.pull'].output),
  }
}
