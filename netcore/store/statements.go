package store

// statements are what the writer has prepared.
type statements struct {
	beginTransaction, commitTransaction          *statement
	measureLog, copyLog, restartLog, emptyLog    *statement
	findDevice, insertDevice, updateCalled       *statement
	findTally, insertConversation, updateTally   *statement
	updateConversation, updateMuted, updateAsked *statement
	insertMember, insertFormer, dismissMembers   *statement
	findLog, insertLog, updateLog, deleteLog     *statement
	findNextLog, upsertTold, deleteTold          *statement
	findRaw, insertEntry, updateRaw, deleteEntry *statement
	findEntries                                  *statement
	insertMembership, deleteMembership           *statement
	findKnown, findMessage, findMessages         *statement
	findAmong                                    *statement
	insertMessage, updateMessage, moveMessage    *statement
	deleteMessage, findLastMessage, findOldPlain *statement
	updateState, findHighest                     *statement
	findAmendment, findEdit, findReaction        *statement
	insertAmendment, deleteAmendment, eraseTexts *statement
	insertRevised, deleteRevised                 *statement
	insertRoll, insertFork                       *statement
	upsertDraft, deleteDraft                     *statement
	upsertPeer, upsertSetting, upsertMeta        *statement
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
		{&s.emptyLog, `PRAGMA wal_checkpoint(TRUNCATE)`},

		{&s.findDevice, `SELECT id FROM devices WHERE key = ?`},
		{&s.insertDevice, `INSERT INTO devices (key) VALUES (?)`},
		{&s.updateCalled, `UPDATE devices SET called = ? WHERE id = ?`},

		{&s.findTally, `
			SELECT c.id, c.kind, c.clock, c.count, c.unread, c.mentioned, c.seen, c.last, m.position
			FROM conversations c LEFT JOIN messages m ON m.number = c.last
			WHERE c.uid = ?`},
		{&s.insertConversation, `
			INSERT INTO conversations (uid, kind, title, peer, address, request) VALUES (?, ?, ?, ?, ?, ?)`},
		{&s.updateConversation, `
			UPDATE conversations SET title = coalesce(nullif(?, ''), title), address = coalesce(?, address)
			WHERE id = ?`},
		{&s.updateTally, `
			UPDATE conversations SET clock = ?, count = ?, unread = ?, mentioned = ?, seen = ?, last = ?
			WHERE id = ?`},
		{&s.updateMuted, `UPDATE conversations SET muted = ? WHERE id = ?`},
		{&s.updateAsked, `UPDATE conversations SET request = ? WHERE id = ?`},
		{&s.dismissMembers, `UPDATE members SET current = 0 WHERE conversation = ?`},
		{&s.insertMember, `
			INSERT INTO members (conversation, device) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET current = 1`},
		{&s.insertFormer, `INSERT OR IGNORE INTO members (conversation, device, current) VALUES (?, ?, 0)`},

		{&s.findLog, `
			SELECT id, lowest, highest, hash, read FROM logs
			WHERE conversation = ? AND author = ? AND incarnation = ?`},
		{&s.insertLog, `
			INSERT INTO logs (conversation, author, incarnation, lowest, highest, hash)
			VALUES (?, ?, ?, ?, ?, ?)`},
		{&s.updateLog, `UPDATE logs SET lowest = ?, highest = ?, hash = ?, read = ? WHERE id = ?`},
		{&s.deleteLog, `DELETE FROM logs WHERE id = ?`},
		{&s.findNextLog, `
			SELECT d.key, l.incarnation FROM logs l JOIN devices d ON d.id = l.author
			WHERE +l.conversation = ? AND l.id >= ? ORDER BY l.id LIMIT 1`},
		{&s.upsertTold, `
			INSERT INTO told (log, peer, highest, read) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET highest = max(highest, excluded.highest), read = max(read, excluded.read)
			WHERE excluded.highest > highest OR excluded.read > read`},
		{&s.deleteTold, `DELETE FROM told WHERE log = ?`},

		{&s.findRaw, `SELECT raw FROM entries WHERE place = ?`},
		{&s.findEntries, `SELECT place, raw FROM entries WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?`},
		{&s.insertEntry, `INSERT INTO entries (place, raw) VALUES (?, ?)`},
		{&s.updateRaw, `UPDATE entries SET raw = ? WHERE place = ?`},
		{&s.deleteEntry, `DELETE FROM entries WHERE place = ?`},
		{&s.insertMembership, `INSERT INTO membership (place) VALUES (?)`},
		{&s.deleteMembership, `DELETE FROM membership WHERE place = ?`},

		{&s.findKnown, `
			SELECT (SELECT number FROM messages
					WHERE id = ? AND conversation = ? AND author = ? AND log IS NOT NULL LIMIT 1),
				EXISTS (SELECT 1 FROM amendments WHERE conversation = ? AND target = ?)`},
		{&s.findAmong, `
			SELECT EXISTS (SELECT 1 FROM messages WHERE id BETWEEN ?1 AND ?2)
				OR EXISTS (SELECT 1 FROM amendments WHERE conversation = ?3 AND target BETWEEN ?1 AND ?2)`},
		{&s.findMessage, `
			SELECT log, author, id, position, counted, mentioned, retracted, change, text
			FROM messages WHERE number = ?`},
		{&s.findMessages, `SELECT number FROM messages WHERE id = ? AND conversation = ? AND (? = 0 OR author = ?)`},
		{&s.insertMessage, `
			INSERT INTO messages (number, conversation, position, id, log, author, own, counted, mentioned, retracted, reacted,
				sent, received, state, address, about, people, change, text)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.updateMessage, `
			UPDATE messages SET text = ?, edited = ?, retracted = ?, reacted = ?, mentioned = ? WHERE number = ?`},
		{&s.moveMessage, `UPDATE messages SET position = ?, log = ?, sent = ? WHERE number = ?`},
		{&s.deleteMessage, `DELETE FROM messages WHERE number = ?`},
		{&s.findLastMessage, `
			SELECT number, position FROM messages WHERE conversation = ?
			ORDER BY position DESC, number DESC LIMIT 1`},
		{&s.findHighest, `
			SELECT max(coalesce((SELECT max(position) FROM messages WHERE conversation = ?1), x''),
				coalesce((SELECT max(position) FROM amendments WHERE conversation = ?1), x''))`},
		{&s.findOldPlain, `
			SELECT number FROM messages WHERE conversation = ? AND position < ? AND log IS NULL
			ORDER BY position LIMIT ?`},

		{&s.findAmendment, `
			SELECT place, position, sent FROM amendments
			WHERE conversation = ? AND target = ? AND kind = ? AND author = ? ORDER BY position`},
		{&s.findEdit, `
			SELECT text, sent FROM amendments
			WHERE conversation = ? AND target = ? AND kind = ? AND author = ? ORDER BY position DESC LIMIT 1`},
		{&s.findReaction, `
			SELECT place FROM amendments
			WHERE conversation = ? AND target = ? AND kind = ? AND text <> '' LIMIT 1`},
		{&s.insertAmendment, `
			INSERT INTO amendments (place, conversation, target, kind, author, position, sent, text)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.deleteAmendment, `DELETE FROM amendments WHERE place = ?`},
		{&s.eraseTexts, `
			UPDATE amendments SET text = NULL
			WHERE conversation = ? AND target = ? AND kind = ? AND author = ?`},

		{&s.insertRevised, `INSERT INTO revised (message, time) VALUES (?, ?)`},
		{&s.deleteRevised, `DELETE FROM revised WHERE revision <= ?`},
		{&s.insertRoll, `INSERT OR IGNORE INTO roll (hash, raw) VALUES (?, ?)`},
		{&s.insertFork, `
			INSERT OR IGNORE INTO forks (conversation, author, incarnation, sequence, raw)
			SELECT ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM forks) < ?`},

		{&s.updateState, `UPDATE messages SET state = ?, refusal = ? WHERE id = ? AND log IS NULL`},

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
		{&s.upsertMeta, `
			INSERT INTO meta (key, value) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET value = excluded.value`},
	} {
		var err error
		if *p.to, err = c.prepare(p.query); err != nil {
			return err
		}
	}
	return nil
}
