-- Corrections by id, those in force (state 1) and those taken back (0); ord: the order in which that was last said; text: CorrectionText.cs. A store gets the
-- table with its first correction.
CREATE TABLE IF NOT EXISTS corrections (id TEXT PRIMARY KEY, state INTEGER NOT NULL, ord INTEGER NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;
