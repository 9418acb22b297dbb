package store

// statements are what the writer has prepared.
type statements struct {
	beginTransaction, commitTransaction *statement
	measureLog, copyLog, restartLog     *statement

	findDevice, insertDevice                            *statement
	findTally, insertConversation, updateTally          *statement
	updateConversation, insertMember                    *statement
	findLog, insertLog, updateLog, upsertTold, findRaw  *statement
	insertEntry, insertMessage, updateState             *statement
	upsertDraft, deleteDraft, upsertPeer, upsertSetting *statement
}

func (s *statements) prepareAll(c *conn) error {
	for _, p := range []struct {
		to    **statement
		query string
	}{
		{&s.beginTransaction, `BEGIN IMMEDIATE`},
		{&s.commitTransaction, `COMMIT`},
		{&s.measureLog, `PRAGMA wal_checkpoint(NOOP)`},
		{&s.copyLog, `PRAGMA wal_checkpoint(PASSIVE)`},
		{&s.restartLog, `PRAGMA wal_checkpoint(RESTART)`},

		{&s.findDevice, `SELECT id FROM devices WHERE key = ?`},
		{&s.insertDevice, `INSERT INTO devices (key) VALUES (?)`},

		{&s.findTally, `
			SELECT c.id, c.clock, c.count, c.unread, c.seen, c.last, m.position
			FROM conversations c LEFT JOIN messages m ON m.number = c.last
			WHERE c.uid = ?`},
		{&s.insertConversation, `INSERT INTO conversations (uid, kind, title, peer, address) VALUES (?, ?, ?, ?, ?)`},
		{&s.updateConversation, `
			UPDATE conversations SET title = coalesce(nullif(?, ''), title), address = coalesce(?, address)
			WHERE id = ?`},
		{&s.updateTally, `UPDATE conversations SET clock = ?, count = ?, unread = ?, seen = ?, last = ? WHERE id = ?`},
		{&s.insertMember, `INSERT OR IGNORE INTO members (conversation, device) VALUES (?, ?)`},

		{&s.findLog, `
			SELECT id, lowest, highest, hash FROM logs
			WHERE conversation = ? AND author = ? AND incarnation = ?`},
		{&s.insertLog, `
			INSERT INTO logs (conversation, author, incarnation, lowest, highest, hash)
			VALUES (?, ?, ?, ?, ?, ?)`},
		{&s.updateLog, `UPDATE logs SET lowest = ?, highest = ?, hash = ? WHERE id = ?`},
		{&s.upsertTold, `
			INSERT INTO told (log, peer, highest) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET highest = excluded.highest WHERE excluded.highest > highest`},
		{&s.findRaw, `SELECT raw FROM entries WHERE place = ?`},
		{&s.insertEntry, `INSERT INTO entries (place, raw) VALUES (?, ?)`},
		{&s.insertMessage, `
			INSERT INTO messages (number, conversation, position, id, log, own, sent, received, state, address, text)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},

		{&s.updateState, `UPDATE messages SET state = ? WHERE id = ? AND log IS NULL`},

		{&s.upsertDraft, `
			INSERT INTO drafts (conversation, text) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET text = excluded.text`},
		{&s.deleteDraft, `DELETE FROM drafts WHERE conversation = ?`},
		{&s.upsertPeer, `
			INSERT INTO peers (device, name, trust, addresses, last_seen, instance, sequence)
			VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET
				name = excluded.name, trust = excluded.trust, addresses = excluded.addresses,
				last_seen = excluded.last_seen, instance = excluded.instance, sequence = excluded.sequence`},
		{&s.upsertSetting, `
			INSERT INTO settings (key, value) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET value = excluded.value`},
	} {
		var err error
		if *p.to, err = c.prepare(p.query); err != nil {
			return err
		}
	}
	return nil
}
