-- What receivers know: ids of the calls that were booked, with the day (Unix seconds of its first midnight, UTC) that each ended in; states of series by their
-- keys, and when each was written; for each source and UTC hour which form of telemetry is booked and which were sent, as digits (UsageSourceKind.cs), and
-- when that was last asked for. Partition as in batches. A store that an earlier version made gets the tables when it is opened to write.
CREATE TABLE IF NOT EXISTS received_ids (day INTEGER NOT NULL, partition TEXT NOT NULL, id BLOB NOT NULL, PRIMARY KEY (day, partition, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS received_states (partition TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, written INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (partition, key));
CREATE TABLE IF NOT EXISTS received_hours (source TEXT NOT NULL, hour INTEGER NOT NULL, booked INTEGER NOT NULL, sent TEXT NOT NULL, asked INTEGER NOT NULL, PRIMARY KEY (source, hour)) WITHOUT ROWID;
