-- Records of single calls (docs/records.md), each a line of JSON. ended: ticks (100 ns since year 1, UTC) in which the call ended; id: 16 bytes, which are
-- ordered as ids are everywhere; user as kept, null where the call named none. What the other filters ask for is in the line alone. A store that an earlier
-- version made gets the table when records are first written to it.
CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY, ended INTEGER NOT NULL, id BLOB NOT NULL UNIQUE, user TEXT, line BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS records_by_time ON records (ended, id);
CREATE INDEX IF NOT EXISTS records_by_user ON records (user, ended, id) WHERE user IS NOT NULL;

-- How many there are: counting millions takes its time, and each write asks.
CREATE TABLE IF NOT EXISTS records_count (n INTEGER NOT NULL);
INSERT INTO records_count SELECT count(*) FROM records WHERE NOT EXISTS (SELECT 1 FROM records_count);
CREATE TRIGGER IF NOT EXISTS records_come AFTER INSERT ON records BEGIN UPDATE records_count SET n = n + 1; END;
CREATE TRIGGER IF NOT EXISTS records_go AFTER DELETE ON records BEGIN UPDATE records_count SET n = n - 1; END;
