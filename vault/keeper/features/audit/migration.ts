/** The audit log: append-only by trigger; reasons stand beside it, encrypted, and may be taken away. */
import type { Feature } from '../../../database/migrate.ts'

export const auditMigration: Feature = {
  name: 'audit',
  steps: [
    `CREATE TABLE audit (seq INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;
     CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
     CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
     CREATE TABLE audit_reason (seq INTEGER PRIMARY KEY REFERENCES audit (seq), bytes BLOB NOT NULL) STRICT;
     CREATE TABLE audit_checkpoint (seq INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT;
     CREATE TRIGGER audit_checkpoint_no_update BEFORE UPDATE ON audit_checkpoint
       BEGIN SELECT raise(ABORT, 'checkpoints are append-only'); END;
     CREATE TRIGGER audit_checkpoint_no_delete BEFORE DELETE ON audit_checkpoint
       BEGIN SELECT raise(ABORT, 'checkpoints are append-only'); END;`,
    // The entry's bytes stay what was hashed; what is looked for is read out of them.
    `ALTER TABLE audit ADD COLUMN at INTEGER GENERATED ALWAYS AS (json_extract(CAST(entry AS TEXT), '$.at')) VIRTUAL;
     ALTER TABLE audit ADD COLUMN actor TEXT GENERATED ALWAYS AS (json_extract(CAST(entry AS TEXT), '$.actor')) VIRTUAL;
     ALTER TABLE audit ADD COLUMN action TEXT GENERATED ALWAYS AS (json_extract(CAST(entry AS TEXT), '$.action')) VIRTUAL;
     ALTER TABLE audit ADD COLUMN subject TEXT GENERATED ALWAYS AS (json_extract(CAST(entry AS TEXT), '$.subject')) VIRTUAL;
     CREATE INDEX audit_at ON audit (at);
     CREATE INDEX audit_actor ON audit (actor);
     CREATE INDEX audit_action ON audit (action);
     CREATE INDEX audit_subject ON audit (subject) WHERE subject IS NOT NULL;`,
  ],
}
