-- A spend store. Periods and times are Unix seconds; a day or month is named by its first midnight, as if in UTC.
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Provider, model, user, tenant and feature as one text (KeyText.cs), kept once for all their rows.
CREATE TABLE keys (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- grain 0: hour, 1: day, 2: month. measures: PackedMeasures.cs.
CREATE TABLE spend (grain INTEGER NOT NULL, period INTEGER NOT NULL, key INTEGER NOT NULL, measures BLOB NOT NULL, PRIMARY KEY (grain, period, key)) WITHOUT ROWID;

-- The last batch applied of each exporter's life: what makes sending a batch again harmless. schema: that of the version which sent it.
CREATE TABLE batches (instance TEXT NOT NULL, partition TEXT NOT NULL, number INTEGER NOT NULL, applied INTEGER NOT NULL, schema INTEGER, PRIMARY KEY (instance, partition)) WITHOUT ROWID;
