-- What each session used and spent so far: apart from spend, because one session is asked for by its id while it runs. tenant, session: one
-- part each of KeyText.cs; rest: provider and model. first and last: when its first and last call ended; kept_until: the row's, while the
-- session is kept as long as any of its rows. A store that an earlier version made gets the table when it is opened to write.
CREATE TABLE IF NOT EXISTS sessions (session TEXT NOT NULL, tenant TEXT NOT NULL, rest TEXT NOT NULL, measures BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, kept_until INTEGER NOT NULL, PRIMARY KEY (session, tenant, rest)) WITHOUT ROWID;
