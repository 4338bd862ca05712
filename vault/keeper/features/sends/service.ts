/** Sends of those who do not run the account: each handed to one epoch at a time, and only while its author may send. */
import { CodedError, type Input, type Output } from '../../../../shared/contracts/contract.ts'
import type { deviceContract } from '../../../../shared/contracts/device.ts'
import type { Reader } from '../../../database/open.ts'
import type { Ground } from '../../ground.ts'
import type { WorkstationRow } from '../workstations/queries.ts'
import { findIntended, findWaiting, isActive, isAnswered, isKnown, putTaken, type WaitingSend } from './queries.ts'

type Taking = Input<typeof deviceContract, 'send.take'>
type Verdict = Output<typeof deviceContract, 'send.take'>

export interface Sends {
  /** Throws CodedError('lease_lost') where the caller does not hold the account under this epoch. */
  take(workstation: WorkstationRow, input: Taking): Promise<Verdict>
  /** Nothing happens when it was not handed to this epoch. Throws as take. */
  giveBack(workstation: WorkstationRow, input: Omit<Taking, 'after'>): Promise<void>
}

export interface SendNeeds {
  /** Holder and epoch of the account's lease. */
  findRunner(db: Reader, account: string): Promise<{ holder: string | null; epoch: string } | null>
  findByLedger(ledger: string): Promise<WorkstationRow | null>
  /** may(…, 'conversation.send', …) for the workstation's employee. */
  maySend(workstation: WorkstationRow, account: string): Promise<boolean>
}

/** null: nobody knows the ledger. */
type Author = { employee: string; may: boolean } | null

const over = new Set(['sent', 'delivered', 'read', 'failed'])
const refused = (code: string): Verdict => ({ verdict: 'refused', code })
const plain = (verdict: Verdict['verdict']): Verdict => ({ verdict, code: null })

export function createSends({ store }: Ground, needs: SendNeeds): Sends {
  const requireRunner = async (
    db: Reader,
    workstation: WorkstationRow,
    account: string,
    epoch: string,
  ): Promise<void> => {
    const runner = await needs.findRunner(db, account)
    if (runner?.holder !== workstation.id || runner.epoch !== epoch)
      throw new CodedError('lease_lost', 'this workstation does not run the account under this epoch')
  }
  /** Why it may not leave, or null. */
  const refusal = async (
    db: Reader,
    author: Author,
    row: WaitingSend,
    conversation: string,
  ): Promise<string | null> => {
    if (author === null || !(await isActive(db, row.ledger))) return 'revoked'
    if (!author.may) return 'not_assigned'
    if (row.seen === null) return null
    const one = { ...row, seen: row.seen, conversation, employee: author.employee }
    return (await isAnswered(db, one)) ? 'answered_meanwhile' : null
  }
  return {
    async take(workstation, { account, epoch, ledger, seq, after }) {
      const writer = await needs.findByLedger(ledger)
      const author = writer && { employee: writer.employee, may: await needs.maySend(writer, account) }
      return store.transaction(async (db) => {
        await requireRunner(db, workstation, account, epoch)
        if (!(await isKnown(db, ledger, seq))) return plain('wait')
        const row = await findWaiting(db, ledger, seq)
        if (row?.account !== account) return refused('not_executable')
        const message = await findIntended(db, row)
        if (!message || message.erased_at !== null) return refused('erased')
        if (over.has(message.state)) return plain('done')
        if (after > 0 && !(await isKnown(db, workstation.ledger, after))) return plain('wait')
        const code = await refusal(db, author, row, message.conversation)
        // Once two have had it, it may have left; whoever may not send any more cannot call it back.
        const again = row.again === 1 || (row.taken !== null && row.taken !== epoch)
        if (code !== null && !again) return refused(code)
        await putTaken(db, { ...row, taken: epoch, again: again ? 1 : 0 })
        return { verdict: again ? 'again' : 'send', code }
      })
    },
    giveBack: (workstation, { account, epoch, ledger, seq }) =>
      store.transaction(async (db) => {
        await requireRunner(db, workstation, account, epoch)
        const row = await findWaiting(db, ledger, seq)
        if (row?.account === account && row.taken === epoch) await putTaken(db, { ...row, taken: null })
      }),
  }
}
