/** The statements about claims. */
import type { Writer } from '../../../database/open.ts'

export async function putClaim(db: Writer, row: { conversation: string; ledger: string; at: number }): Promise<void> {
  await db.run(
    `INSERT INTO claim (conversation, ledger, at) VALUES (?, ?, ?) ON CONFLICT (conversation) DO UPDATE
     SET ledger = excluded.ledger, at = excluded.at`,
    [row.conversation, row.ledger, row.at],
  )
}

/** Only where the same person has it. */
export async function deleteClaim(db: Writer, conversation: string, ledger: string): Promise<void> {
  await db.run(
    `DELETE FROM claim WHERE conversation = ?1 AND (ledger = ?2 OR
       (SELECT employee FROM workstation WHERE workstation.ledger = claim.ledger) =
       (SELECT employee FROM workstation WHERE workstation.ledger = ?2))`,
    [conversation, ledger],
  )
}
