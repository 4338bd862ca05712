/** What the gateway may ask the keeper: enrolments, relayed device calls, and the hint that the intake has grown. */
import { z } from 'zod'
import { CodedError, type Handlers, type Input, type Output } from '../../../shared/contracts/contract.ts'
import { deviceContract } from '../../../shared/contracts/device.ts'
import type { keeperContract } from '../../../shared/contracts/keeper-link.ts'
import type { Enrolments } from '../features/enrolment/service.ts'
import type { Journals } from '../features/journal/service.ts'
import type { Leases } from '../features/leases/service.ts'
import type { Media } from '../features/media/service.ts'
import type { Presences } from '../features/presence/service.ts'
import type { Sends } from '../features/sends/service.ts'
import type { Unlock } from '../features/unlock/service.ts'
import type { WorkstationRow } from '../features/workstations/queries.ts'

export interface AnswerNeeds {
  enrolments: Enrolments
  unlock: Unlock
  leases: Leases
  journals: Journals
  getWorkstation(id: string): Promise<WorkstationRow>
  media: Pick<Media, 'pull'>
  sends: Sends
  presences: Presences
  intakeGrown(): void
  blobGrown(blob: string): void
}

type Relayed = Input<typeof keeperContract, 'device.call'>['method']
type DeviceInput<M extends Relayed> = z.infer<(typeof deviceContract)[M]['input']>
interface Caller {
  workstation: WorkstationRow
  connection: string
}
type RelayedHandlers = {
  [M in Relayed]: (input: DeviceInput<M>, caller: Caller) => Promise<Output<typeof deviceContract, M>>
}

export function createGatewayAnswers(needs: AnswerNeeds): Handlers<typeof keeperContract> {
  const relayed = createRelayed(needs)
  return {
    enrol: ({ request }) => needs.enrolments.enrol(request),
    'device.call': async ({ workstation, connection, method, input }) => {
      const caller = { workstation: await needs.getWorkstation(workstation), connection }
      return { output: await dispatch(relayed, method, input, caller) }
    },
    'blob.grown': ({ blob }) => {
      needs.blobGrown(blob)
      return {}
    },
    'intake.grown': () => {
      needs.intakeGrown()
      return {}
    },
  }
}

/** The gateway's check of the input counts nothing here. */
function dispatch<M extends Relayed>(
  handlers: RelayedHandlers,
  method: M,
  input: unknown,
  caller: Caller,
): Promise<unknown> {
  const parsed = deviceContract[method].input.safeParse(input)
  if (!parsed.success) throw new CodedError('bad_input', `${method}: the input has another shape`)
  return handlers[method](parsed.data as DeviceInput<M>, caller)
}

function createRelayed({ unlock, leases, journals, media, sends, presences }: AnswerNeeds): RelayedHandlers {
  return {
    'unlock.nonce': async (_input, { workstation, connection }) => ({
      nonce: unlock.nonce(workstation.id, connection),
    }),
    'unlock.prove': (input, { workstation, connection }) => unlock.prove(workstation, connection, input),
    'directory.get': async (_input, { workstation, connection }) => {
      await unlock.requireProof(workstation.id, connection)
      return journals.directory(workstation)
    },
    'lease.acquire': async ({ account }, { workstation }) => ({ document: await leases.acquire(workstation, account) }),
    'lease.release': async ({ account, epoch }, { workstation }) => {
      await leases.release(workstation, account, epoch)
      return {}
    },
    'media.pull': async (input, { workstation, connection }) => {
      await unlock.requireProof(workstation.id, connection)
      return media.pull(workstation, input)
    },
    'send.take': (input, { workstation }) => sends.take(workstation, input),
    'send.return': async (input, { workstation }) => {
      await sends.giveBack(workstation, input)
      return {}
    },
    'desk.presence': async ({ sealed }, { workstation, connection }) => {
      await unlock.requireProof(workstation.id, connection)
      await presences.tell(workstation, sealed)
      return {}
    },
    'journal.pull': async (input, { workstation, connection }) => {
      await unlock.requireProof(workstation.id, connection)
      return journals.pull(workstation, input)
    },
  }
}
