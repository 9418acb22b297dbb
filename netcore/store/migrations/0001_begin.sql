-- References are written down for the reader; SQLite is not asked to enforce
-- them. Unsigned 64-bit numbers are kept as the signed ones of the same bits.

PRAGMA application_id = 0x50524c43; -- "PRLC"

CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Short numbers for 32-byte keys.
CREATE TABLE devices (
	id  INTEGER PRIMARY KEY,
	key BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE peers (
	device    INTEGER PRIMARY KEY REFERENCES devices,
	name      TEXT NOT NULL,
	trust     TEXT NOT NULL,
	addresses TEXT NOT NULL,    -- one a line, the latest first
	last_seen INTEGER NOT NULL, -- milliseconds since 1970, 0: never
	instance  INTEGER NOT NULL, -- of its last announcement
	sequence  INTEGER NOT NULL
) STRICT;

CREATE TABLE conversations (
	id      INTEGER PRIMARY KEY,
	uid     BLOB NOT NULL UNIQUE,
	kind    TEXT NOT NULL,
	title   TEXT NOT NULL,
	peer    INTEGER REFERENCES devices, -- of a direct conversation
	address TEXT,                       -- of a plain one
	-- What the writer keeps up to date, so that nobody ever counts:
	clock   INTEGER NOT NULL DEFAULT 0, -- the highest hybrid time
	count   INTEGER NOT NULL DEFAULT 0, -- messages
	unread  INTEGER NOT NULL DEFAULT 0, -- messages of others with a number above seen
	seen    INTEGER NOT NULL DEFAULT 0, -- the highest number when the user looked last
	last    INTEGER REFERENCES messages -- the message at the highest position
) STRICT;

CREATE TABLE members (
	conversation INTEGER NOT NULL REFERENCES conversations,
	device       INTEGER NOT NULL REFERENCES devices,
	PRIMARY KEY (conversation, device)
) STRICT, WITHOUT ROWID;

-- Apart from conversations, whose rows are rewritten at every commit.
CREATE TABLE drafts (
	conversation INTEGER PRIMARY KEY REFERENCES conversations,
	text         TEXT NOT NULL
) STRICT;

CREATE TABLE logs (
	id           INTEGER PRIMARY KEY,
	conversation INTEGER NOT NULL REFERENCES conversations,
	author       INTEGER NOT NULL REFERENCES devices,
	incarnation  INTEGER NOT NULL,
	lowest       INTEGER NOT NULL,
	highest      INTEGER NOT NULL,
	hash         BLOB NOT NULL, -- of the highest entry
	UNIQUE (conversation, author, incarnation)
) STRICT;

-- Receipts: the peer has the log up to highest on its disk.
CREATE TABLE told (
	log     INTEGER NOT NULL REFERENCES logs,
	peer    INTEGER NOT NULL REFERENCES devices,
	highest INTEGER NOT NULL,
	PRIMARY KEY (log, peer)
) STRICT, WITHOUT ROWID;

-- The truth: the bytes that were signed.
CREATE TABLE entries (
	place INTEGER PRIMARY KEY, -- log << 40 | sequence
	raw   BLOB NOT NULL
) STRICT;

-- What the screen reads. Numbers are given in order of arrival.
CREATE TABLE messages (
	number       INTEGER PRIMARY KEY,
	conversation INTEGER NOT NULL REFERENCES conversations,
	position     BLOB NOT NULL,
	id           BLOB NOT NULL,
	log          INTEGER REFERENCES logs, -- its sequence stands in the position
	own          INTEGER NOT NULL,
	sent         INTEGER NOT NULL, -- milliseconds since 1970
	received     INTEGER NOT NULL,
	state        TEXT, -- these two only without a log
	address      TEXT,
	text         TEXT NOT NULL -- neutralised
) STRICT;

-- Not unique: authors choose IDs, and could choose somebody else's.
CREATE INDEX messages_position ON messages (conversation, position);
CREATE INDEX messages_id ON messages (id);
