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
]
