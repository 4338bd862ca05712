/** Accounts and who may work with them. */
import type { Feature } from '../../../database/migrate.ts'

export const accountsMigration: Feature = {
  name: 'accounts',
  steps: [
    `CREATE TABLE account (
       id TEXT PRIMARY KEY, channel TEXT NOT NULL, name TEXT NOT NULL, telegram_api BLOB,
       journal_head INTEGER NOT NULL DEFAULT 0, own_address BLOB, made_at INTEGER NOT NULL) STRICT;
     CREATE TABLE assignment (
       employee TEXT NOT NULL REFERENCES employee (id), account TEXT NOT NULL REFERENCES account (id),
       from_at INTEGER NOT NULL, until_at INTEGER, PRIMARY KEY (account, employee, from_at)) STRICT, WITHOUT ROWID;
     CREATE INDEX assignment_employee ON assignment (employee);`,
    // Number and linked devices as the provider lists them: content, sealed to the company like the address.
    'ALTER TABLE account ADD COLUMN devices BLOB',
  ],
}
