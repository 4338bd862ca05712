/** A vault from before groups and kinds goes on with what it held. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../database/open.ts'
import { keeperFeatures } from '../features.ts'

test('texts and raw rows of an older vault get their kinds, and no conversation becomes a group', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealdesk-content-'))
  const [file, key] = [join(folder, 'keeper.db'), randomBytes(32)]
  const older = keeperFeatures
    .filter((feature) => feature.name !== 'media' && feature.name !== 'activity')
    .map((feature) => (feature.name === 'content' ? { ...feature, steps: feature.steps.slice(0, 2) } : feature))
  const before = await openStore(file, key, older)
  await before.transaction(async (db) => {
    await db.run("INSERT INTO account (id, channel, name, made_at, journal_head) VALUES ('a', 'whatsapp', 'A', 1, 2)")
    await db.run("INSERT INTO identity (id, account, label, made_at) VALUES ('i', 'a', x'00', 1)")
    await db.run("INSERT INTO conversation (id, account, identity, last_at, messages) VALUES ('c', 'a', 'i', 1, 2)")
    for (const [ord, marks] of [
      ['1', 0],
      ['2', 4],
    ] as const)
      await db.run(
        `INSERT INTO message (conversation, at, ord, id, account, position, direction, path, state, marks, ledger, seq)
         VALUES ('c', 1, ?, ?, 'a', ?, 'in', 'live', 'received', ?, 'l', ?)`,
        [ord, `m${ord}`, Number(ord), marks, Number(ord)],
      )
  })
  await before.close()
  const after = await openStore(file, key, keeperFeatures)
  expect(await after.all('SELECT id, kind FROM message ORDER BY ord')).toEqual([
    { id: 'm1', kind: 'text' },
    { id: 'm2', kind: 'raw' },
  ])
  expect(await after.get('SELECT is_group FROM conversation')).toEqual({ is_group: 0 })
  await after.close()
  rmSync(folder, { recursive: true })
})
