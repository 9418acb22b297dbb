-- Entries are signed in another form now, and those of the old one cannot be
-- read any more. What they said stays as history, without a log; the device's
-- own logs begin anew, under an incarnation that is drawn when it is missing.

CREATE TABLE messages_now (
	number       INTEGER PRIMARY KEY,
	conversation INTEGER NOT NULL REFERENCES conversations,
	position     BLOB NOT NULL,
	id           BLOB NOT NULL,
	log          INTEGER REFERENCES logs,    -- its sequence stands in the position
	author       INTEGER REFERENCES devices, -- NULL where nobody has a key
	own          INTEGER NOT NULL,
	counted      INTEGER NOT NULL, -- it is unread while its number is above seen
	mentioned    INTEGER NOT NULL, -- it calls this device's user
	retracted    INTEGER NOT NULL,
	reacted      INTEGER NOT NULL, -- there are reactions among the amendments
	sent         INTEGER NOT NULL, -- milliseconds since 1970
	received     INTEGER NOT NULL,
	edited       INTEGER,          -- milliseconds since 1970
	state        TEXT,             -- these two only without a log
	address      TEXT,
	about        BLOB,             -- the ID of the message that it answers
	people       BLOB,             -- keys one after the other: whom it calls, or a change is about
	change       TEXT,             -- of the group; then text is the group's name
	text         TEXT NOT NULL     -- neutralised, as last edited
) STRICT;

INSERT INTO messages_now
	(number, conversation, position, id, author, own, counted, mentioned, retracted, reacted,
	sent, received, state, address, text)
	SELECT m.number, m.conversation, m.position, m.id, l.author, m.own, NOT m.own, 0, 0, 0,
		m.sent, m.received, CASE WHEN m.log IS NOT NULL AND m.own THEN 'delivered' ELSE m.state END, m.address, m.text
	FROM messages m LEFT JOIN logs l ON l.id = m.log;

DROP TABLE messages;
ALTER TABLE messages_now RENAME TO messages;

-- Not unique: authors choose IDs, and could choose somebody else's.
CREATE INDEX messages_position ON messages (conversation, position);
CREATE INDEX messages_id ON messages (id);

DELETE FROM entries;
DELETE FROM told;
DELETE FROM logs;
DELETE FROM meta WHERE key = 'incarnation';

ALTER TABLE conversations ADD COLUMN mentioned INTEGER NOT NULL DEFAULT 0; -- unread messages that call the user
ALTER TABLE conversations ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN request INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN called TEXT; -- as it calls itself in what it wrote, neutralised
ALTER TABLE members ADD COLUMN current INTEGER NOT NULL DEFAULT 1;  -- 0: it was one
ALTER TABLE logs ADD COLUMN read INTEGER NOT NULL DEFAULT 0;        -- this device's user has seen it so far
ALTER TABLE told ADD COLUMN read INTEGER NOT NULL DEFAULT 0;        -- the peer's user has

-- What entries say about messages, which may come before them: edits,
-- retractions, reactions (of each author the latest); and, as texts about
-- themselves, further entries of messages that are shown at another place.
CREATE TABLE amendments (
	place        INTEGER PRIMARY KEY REFERENCES entries,
	conversation INTEGER NOT NULL REFERENCES conversations,
	target       BLOB NOT NULL,    -- a message's ID
	kind         INTEGER NOT NULL, -- of the entry
	author       INTEGER NOT NULL REFERENCES devices,
	position     BLOB NOT NULL,
	sent         INTEGER NOT NULL, -- milliseconds since 1970
	text         TEXT              -- neutralised; NULL where it is erased or there is none
) STRICT;

CREATE INDEX amendments_target ON amendments (conversation, target, kind, author, position);

-- Where the entries are that say who is in which group.
CREATE TABLE membership (
	place INTEGER PRIMARY KEY REFERENCES entries
) STRICT;

-- Messages that the search index has to take up again, or to drop. Numbers are
-- never given twice, not even to the rows after the last.
CREATE TABLE revised (
	revision INTEGER PRIMARY KEY AUTOINCREMENT,
	message  INTEGER NOT NULL, -- its number
	time     INTEGER NOT NULL  -- milliseconds since 1970, by which it was ordered
) STRICT;

-- Second entries under one number, as evidence. By keys, for they may belong to
-- nothing else here.
CREATE TABLE forks (
	conversation BLOB NOT NULL,
	author       BLOB NOT NULL,
	incarnation  INTEGER NOT NULL,
	sequence     INTEGER NOT NULL,
	raw          BLOB NOT NULL,
	PRIMARY KEY (conversation, author, incarnation, sequence)
) STRICT, WITHOUT ROWID;
