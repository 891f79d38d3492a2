-- The budgets' file. Times are milliseconds since 1970; subjects and announced texts are escaped as KeyText.cs says.
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- What CounterRow.cs has; slots: SqliteLedgerText.cs.
CREATE TABLE counters (
  series TEXT NOT NULL, subject TEXT NOT NULL, held INTEGER NOT NULL, held_until INTEGER NOT NULL, first_at INTEGER, warned INTEGER NOT NULL, warned_at INTEGER NOT NULL,
  kept_until INTEGER NOT NULL, slots BLOB NOT NULL, UNIQUE (series, subject));
CREATE INDEX counters_by_end ON counters (kept_until);

-- Holds, the live ones and those that can still be settled late. id: 16 bytes; lines: SqliteLedgerText.cs.
CREATE TABLE holds (id BLOB PRIMARY KEY, admitted_at INTEGER NOT NULL, deadline INTEGER NOT NULL, live INTEGER NOT NULL, lines BLOB NOT NULL);
CREATE INDEX holds_by_deadline ON holds (live, deadline);

-- The ids of what was settled: what makes settling again harmless.
CREATE TABLE settled (id BLOB PRIMARY KEY, kept_until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX settled_by_end ON settled (kept_until);

-- Limits said at run time. subject empty: everybody's. amount null: unlimited.
CREATE TABLE overrides (
  name TEXT NOT NULL, subject TEXT NOT NULL, amount INTEGER, kept_until INTEGER NOT NULL, PRIMARY KEY (name, subject)) WITHOUT ROWID;

-- What limits there are, for readers that do not have the application's configuration.
CREATE TABLE announced (name TEXT PRIMARY KEY, text TEXT NOT NULL, kept_until INTEGER NOT NULL) WITHOUT ROWID;
