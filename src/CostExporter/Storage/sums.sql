-- Sums beside the rows of days and months, so that a report that asks for less does not read them all. sums: all users together, text as in keys, without
-- the user. tops: one name alone (dimension: SpendDimension.cs) of one tenant, each one part of KeyText.cs; cost, in pico-USD, only to order by.
CREATE TABLE IF NOT EXISTS sums (grain INTEGER NOT NULL, period INTEGER NOT NULL, text TEXT NOT NULL, measures BLOB NOT NULL, PRIMARY KEY (grain, period, text)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tops (grain INTEGER NOT NULL, period INTEGER NOT NULL, dimension INTEGER NOT NULL, tenant TEXT NOT NULL, text TEXT NOT NULL, measures BLOB NOT NULL, cost REAL NOT NULL, PRIMARY KEY (grain, period, dimension, tenant, text)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tops_by_cost ON tops (grain, period, dimension, tenant, cost DESC, text);
