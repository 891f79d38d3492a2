-- Rows of further figures (FigureName.cs): apart from spend, so that neither a report of calls nor an earlier version meets them. As there, but with the
-- key's text itself: keys drops what spend does not use. A store that an earlier version made gets the table when it is opened to write.
CREATE TABLE IF NOT EXISTS figures (grain INTEGER NOT NULL, period INTEGER NOT NULL, text TEXT NOT NULL, measures BLOB NOT NULL, PRIMARY KEY (grain, period, text)) WITHOUT ROWID;
