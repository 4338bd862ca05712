/** Down to the workstations: the journal of an account and the directory, sealed to the workstation's opening key. */
import { CodedError } from '../../../../shared/contracts/contract.ts'
import type { Directory, JournalPage } from '../../../../shared/contracts/device.ts'
import { seal } from '../../../../shared/formats/seal.ts'
import { createContent, type Content } from '../../content/content.ts'
import { journalAfter, type EventRow } from '../../content/queries.ts'
import type { Ground } from '../../ground.ts'
import type { Accounts } from '../accounts/service.ts'
import type { People } from '../people/service.ts'
import type { WorkstationRow } from '../workstations/queries.ts'

/** Payload bytes of one page; the first entry always fits. */
const pageBytes = 1024 * 1024

export interface Journals {
  /** Throws CodedError('not_assigned'). The caller has checked the PIN proof. */
  pull(
    workstation: WorkstationRow,
    input: { account: string; after: number; limit: number },
  ): Promise<{ sealed: string; upTo: number; head: number }>
  directory(workstation: WorkstationRow): Promise<{ sealed: string }>
}

export interface JournalNeeds {
  people: Pick<People, 'get'>
  accounts: Pick<Accounts, 'allowed' | 'get' | 'listFor' | 'telegramApi'>
  holderName(account: string): Promise<string | null>
  /** Employee of the workstation that this ledger belongs to. */
  findEmployee(ledger: string): Promise<string | null>
}

export function createJournals({ store, keyring }: Ground, needs: JournalNeeds): Journals {
  const sealTo = (workstation: WorkstationRow, value: unknown, label: string): string =>
    seal(Buffer.from(JSON.stringify(value), 'utf8'), workstation.opening_key, label).toString('base64url')

  const readEntries = async (rows: readonly EventRow[]): Promise<{ entries: JournalPage['entries']; upTo: number }> => {
    const content = createContent(store, keyring)
    const entries: JournalPage['entries'] = []
    let upTo = 0
    let bytes = 0
    for (const row of rows) {
      const payload = await content.payload(row)
      bytes += row.header.length + (payload?.length ?? 0)
      if (entries.length > 0 && bytes > pageBytes) break
      upTo = row.position ?? upTo
      // Erased: there is nothing left to send.
      if (!payload || row.position === null) continue
      entries.push({
        position: row.position,
        header: row.header.toString('base64url'),
        payload: payload.toString('base64url'),
        peer: await addressOf(content, row),
      })
    }
    return { entries, upTo }
  }

  /** The conversation's address: in groups another one than the writer's. */
  const addressOf = async (content: Content, row: EventRow): Promise<string | null> => {
    const identity = row.peer ?? row.identity
    return identity === null ? null : ((await content.label(identity))?.address ?? null)
  }

  /** Who is behind the ledgers: colleagues are shown by name. */
  const writersOf = async (rows: readonly EventRow[]): Promise<JournalPage['writers']> => {
    const writers: JournalPage['writers'] = {}
    for (const ledger of new Set(rows.map((row) => row.ledger))) {
      const employee = await needs.findEmployee(ledger)
      if (employee !== null) writers[ledger] = { employee, name: (await needs.people.get(employee)).name }
    }
    return writers
  }

  return {
    async pull(workstation, { account, after, limit }) {
      const { actor } = await needs.people.get(workstation.employee)
      if (!(await needs.accounts.allowed(actor, 'conversation.read', account)))
        throw new CodedError('not_assigned', 'this account is not assigned to this workstation')
      const rows = await journalAfter(store, account, after, limit)
      const page = await readEntries(rows)
      const { journal_head: head } = await needs.accounts.get(account)
      const upTo = rows.length === 0 ? Math.max(after, 0) : page.upTo
      const body: JournalPage = { writers: await writersOf(rows), entries: page.entries }
      return { sealed: sealTo(workstation, body, 'journal'), upTo, head }
    },
    async directory(workstation) {
      const { actor, name } = await needs.people.get(workstation.employee)
      const accounts = await needs.accounts.listFor(actor, 'account.run')
      const directory: Directory = {
        company: keyring.company,
        employee: { id: workstation.employee, name },
        accounts: await Promise.all(
          accounts.slice(0, 1000).map(async (row) => ({
            id: row.id,
            channel: row.channel,
            name: row.name,
            telegramApi: needs.accounts.telegramApi(row),
            holder: await needs.holderName(row.id),
            journalHead: row.journal_head,
          })),
        ),
      }
      return { sealed: sealTo(workstation, directory, 'directory') }
    },
  }
}
