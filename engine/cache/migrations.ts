/** The cache's schema: numbered, forward only, importing nothing of the program. Index in the list + 1 = user_version. */
export const migrations: string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

  CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    telegramApi TEXT,
    address TEXT,
    journalPosition INTEGER NOT NULL DEFAULT 0,
    listed INTEGER NOT NULL DEFAULT 1
  ) STRICT, WITHOUT ROWID;

  -- The provider's own state (ratchets, sessions, update counters); a last-writer-wins store.
  CREATE TABLE providerState (
    account TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (account, type, id)
  ) STRICT, WITHOUT ROWID;

  -- Raw events in the order of arrival. A done row keeps its key, so that a redelivery is known, and loses its content.
  CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, raw BLOB NOT NULL,
    receivedAt INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, key)
  ) STRICT;
  CREATE INDEX inboxOpen ON inbox (id) WHERE done = 0;

  -- The ledger's tail that the vault has not acknowledged.
  CREATE TABLE outbox (seq INTEGER PRIMARY KEY, header BLOB NOT NULL, payload BLOB NOT NULL) STRICT;

  CREATE TABLE identities (
    id INTEGER PRIMARY KEY, opaque TEXT NOT NULL, account TEXT NOT NULL, address TEXT NOT NULL, name TEXT
  ) STRICT;
  CREATE TABLE addresses (
    account TEXT NOT NULL, address TEXT NOT NULL, identity INTEGER NOT NULL REFERENCES identities (id),
    PRIMARY KEY (account, address)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE conversations (
    id INTEGER PRIMARY KEY, opaque TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
    identity INTEGER NOT NULL REFERENCES identities (id),
    lastText TEXT NOT NULL DEFAULT '', lastDirection INTEGER NOT NULL DEFAULT 0, lastAt INTEGER NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, identity)
  ) STRICT;
  CREATE INDEX conversationsByTime ON conversations (lastAt DESC);

  -- Clustered: the newest page of a conversation is one range of the tree. n is unique in this cache, in the order of arrival.
  CREATE TABLE messages (
    conversation INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL,
    opaque TEXT NOT NULL, mine INTEGER NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL,
    providerId TEXT, clientId TEXT, state TEXT NOT NULL, fault TEXT, replyTo TEXT, text TEXT NOT NULL,
    PRIMARY KEY (conversation, at, n)
  ) STRICT, WITHOUT ROWID;

  -- Asked first for duplicates: own sends, and everything of the last 30 days.
  CREATE TABLE recent (
    account TEXT NOT NULL, providerId TEXT NOT NULL, mine INTEGER NOT NULL, peer INTEGER NOT NULL,
    conversation INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (account, providerId, mine, peer)
  ) STRICT, WITHOUT ROWID;

  -- Own sends by the id that was fixed before they left.
  CREATE TABLE sends (
    account TEXT NOT NULL, clientId TEXT NOT NULL, conversation INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, notBefore INTEGER NOT NULL DEFAULT 0, seq INTEGER NOT NULL,
    PRIMARY KEY (account, clientId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sendsOpen ON sends (account, n) WHERE state IN ('queued', 'sending', 'unknown');

  -- Full text over bigrams; rowid is messages.n, places tells where that is.
  CREATE VIRTUAL TABLE search USING fts5 (text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
  CREATE TABLE places (n INTEGER PRIMARY KEY AUTOINCREMENT, conversation INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
  `,
  `
  -- What the list, the status bar and a read receipt ask must not grow with the history.
  CREATE INDEX addressesByIdentity ON addresses (identity);
  DROP INDEX conversationsByTime;
  CREATE INDEX conversationsByTime ON conversations (lastAt DESC, id DESC);
  CREATE INDEX conversationsOfAccount ON conversations (account, lastAt DESC, id DESC);
  CREATE INDEX conversationsUnread ON conversations (account, unread) WHERE unread > 0;
  CREATE INDEX messagesNotRead ON messages (conversation, at, n) WHERE mine = 1 AND state IN ('sent', 'delivered');
  CREATE INDEX inboxDone ON inbox (receivedAt) WHERE done = 1;
  `,
  `
  -- Every message kind, groups and files. author: identity of who wrote it in a group, where it was not the account.
  ALTER TABLE messages ADD COLUMN author INTEGER;
  ALTER TABLE messages ADD COLUMN entities TEXT;
  ALTER TABLE messages ADD COLUMN details TEXT;
  ALTER TABLE messages ADD COLUMN target TEXT;
  ALTER TABLE conversations ADD COLUMN lastKind TEXT NOT NULL DEFAULT 'text';
  ALTER TABLE conversations ADD COLUMN lastAuthor INTEGER;

  -- What changes or answers a message, beside the message that it is about; n as in messages. author 0: not in a group, or the account.
  CREATE TABLE changes (
    conversation INTEGER NOT NULL, target TEXT NOT NULL, n INTEGER NOT NULL,
    opaque TEXT NOT NULL, kind TEXT NOT NULL, author INTEGER NOT NULL DEFAULT 0, mine INTEGER NOT NULL, at INTEGER NOT NULL,
    text TEXT NOT NULL, entities TEXT, details TEXT, providerId TEXT, clientId TEXT, state TEXT NOT NULL, fault TEXT,
    PRIMARY KEY (conversation, target, n)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX changesById ON changes (conversation, providerId, mine, author) WHERE providerId IS NOT NULL;

  -- target: the send is a change of this message, and its row stands in changes.
  ALTER TABLE sends ADD COLUMN target TEXT;

  -- One per message that has a file; n as in messages. source: provider, vault (held there), others (another workstation fetches it).
  CREATE TABLE attachments (
    n INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, at INTEGER NOT NULL, account TEXT NOT NULL,
    state TEXT NOT NULL, source TEXT NOT NULL, wanted INTEGER NOT NULL DEFAULT 0,
    reference BLOB, claimedBytes INTEGER, claimedSha256 TEXT,
    received INTEGER NOT NULL DEFAULT 0, key BLOB, blob TEXT, sha256 TEXT, bytes INTEGER, mime TEXT NOT NULL,
    thumbnail BLOB, fault TEXT, attempts INTEGER NOT NULL DEFAULT 0, notBefore INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX attachmentsByBlob ON attachments (blob) WHERE blob IS NOT NULL;
  CREATE INDEX attachmentsOpen ON attachments (account, source, wanted DESC, n, notBefore) WHERE state IN ('waiting', 'fetching');

  CREATE TABLE groups (
    conversation INTEGER PRIMARY KEY, subject TEXT NOT NULL, description TEXT, announce INTEGER NOT NULL, inviteLink TEXT,
    seen TEXT NOT NULL
  ) STRICT;
  CREATE TABLE groupMembers (
    conversation INTEGER NOT NULL, identity INTEGER NOT NULL, role TEXT NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (conversation, identity)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The message of the same account that a send forwards; JSON.
  ALTER TABLE sends ADD COLUMN origin TEXT;

  -- stale 1: the reference is another authorization's and must be asked for anew before the first fetch.
  ALTER TABLE attachments ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- The salesperson's own order of the list, and sentences kept for answers. They belong to this workstation and are told to nobody.
  ALTER TABLE conversations ADD COLUMN pinnedAt INTEGER;
  ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversations ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversations ADD COLUMN markedUnread INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE quickReplies (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- ledger: whose intent it is, NULL: ours under our own lease. remote: its place in that ledger where it waits for the account's runner,
  -- else 0. taken: the epoch under which the vault has handed it to this workstation.
  ALTER TABLE sends ADD COLUMN ledger TEXT;
  ALTER TABLE sends ADD COLUMN remote INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sends ADD COLUMN taken TEXT;
  CREATE INDEX sendsOfConversation ON sends (conversation, seq);

  -- The employees behind other ledgers, as the vault names them.
  CREATE TABLE writers (ledger TEXT PRIMARY KEY, employee TEXT NOT NULL, name TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- Who has taken the customer: a ledger, or NULL.
  ALTER TABLE conversations ADD COLUMN claimedBy TEXT;
  ALTER TABLE conversations ADD COLUMN claimedAt INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- What one person has taken, in the list's order.
  CREATE INDEX conversationsTaken ON conversations (claimedBy, lastAt DESC, id DESC) WHERE claimedBy IS NOT NULL;
  `,
  `
  -- 1: an earlier attempt may have arrived, and a person has had it sent again.
  ALTER TABLE sends ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0;
  `,
]
