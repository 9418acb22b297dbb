-- Membership entries of groups that stand in no log held here. They never go:
-- one that comes to stand in a log counts once.
CREATE TABLE roll (
	hash BLOB PRIMARY KEY,
	raw  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
