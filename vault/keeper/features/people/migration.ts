/** Employees, their console logins and sessions. */
import type { Feature } from '../../../database/migrate.ts'

export const peopleMigration: Feature = {
  name: 'people',
  steps: [
    `CREATE TABLE employee (
       id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, team TEXT, active INTEGER NOT NULL DEFAULT 1,
       service INTEGER NOT NULL DEFAULT 0, made_at INTEGER NOT NULL) STRICT;
     CREATE TABLE login (
       employee TEXT PRIMARY KEY REFERENCES employee (id), name TEXT NOT NULL UNIQUE, salt BLOB NOT NULL, hash BLOB NOT NULL,
       totp BLOB NOT NULL, last_step INTEGER NOT NULL DEFAULT 0) STRICT;
     CREATE TABLE sign_in_attempt (
       name BLOB PRIMARY KEY, failed INTEGER NOT NULL, blocks INTEGER NOT NULL, blocked_until INTEGER NOT NULL,
       at INTEGER NOT NULL) STRICT;
     CREATE TABLE session (
       token BLOB PRIMARY KEY, employee TEXT NOT NULL REFERENCES employee (id), csrf TEXT NOT NULL,
       made_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) STRICT;`,
  ],
}
