package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Receipts returns how far an own message has come, by name: to each present
// member but this device; in the lobby to each peer that has it. The error
// wraps chat.ErrUnknown if there is no own message with that ID.
func (s *Store) Receipts(ctx context.Context, conversation chat.ConversationID, id chat.MessageID) ([]chat.Receipt, error) {
	var list []chat.Receipt
	err := s.read(ctx, "receipts", func(q querier) error {
		log, sequence, err := s.findOwn(ctx, q, conversation, id)
		if err != nil {
			return err
		}
		return each(ctx, q, func(scan func(...any) error) error {
			var key []byte
			var name sql.NullString
			var highest, read int64
			if err := scan(&key, &name, &highest, &read); err != nil {
				return err
			}
			r := chat.Receipt{State: chat.Queued}
			copy(r.Peer.Device[:], key)
			r.Peer.Name = cmp.Or(name.String, r.Peer.Device.Short())
			switch {
			case uint64(read) >= sequence:
				r.State = chat.Read
			case uint64(highest) >= sequence:
				r.State = chat.Delivered
			}
			list = append(list, r)
			return nil
		}, `
			SELECT d.key, p.name, coalesce(t.highest, 0), coalesce(t.read, 0)
			FROM logs l JOIN conversations c ON c.id = l.conversation
				JOIN devices d ON d.id <> l.author AND CASE c.kind
					WHEN 'lobby' THEN d.id IN (SELECT peer FROM told WHERE log = l.id AND max(highest, read) >= ?)
					ELSE d.id IN (SELECT device FROM members WHERE conversation = c.id AND current) END
				LEFT JOIN told t ON t.log = l.id AND t.peer = d.id
				LEFT JOIN peers p ON p.device = d.id
			WHERE l.id = ?`, int64(sequence), log)
	})
	slices.SortFunc(list, func(a, b chat.Receipt) int {
		return cmp.Or(cmp.Compare(a.Peer.Name, b.Peer.Name), slices.Compare(a.Peer.Device[:], b.Peer.Device[:]))
	})
	return list, err
}

// findOwn returns the log and the sequence of the entry that says what an own
// message is now; without a log both are 0.
func (s *Store) findOwn(ctx context.Context, q querier, conversation chat.ConversationID, id chat.MessageID) (log int64, sequence uint64, err error) {
	found := false
	at := target{id: id}
	err = each(ctx, q, func(scan func(...any) error) error {
		found = true
		var number sql.NullInt64
		var position []byte
		if err := scan(&at.conversation, &number, &position); err != nil {
			return err
		}
		if log = number.Int64; log != 0 {
			sequence = binary.BigEndian.Uint64(position[16:])
		}
		return nil
	}, `
		SELECT conversation, log, position FROM messages
		WHERE id = ? AND conversation = (SELECT id FROM conversations WHERE uid = ?) AND own
		ORDER BY number LIMIT 1`, id[:], conversation[:])
	if err == nil && !found {
		err = fmt.Errorf("%w own message %s", chat.ErrUnknown, id)
	}
	if err != nil || log == 0 {
		return log, sequence, err
	}
	more := newDetails(s.self)
	more.latest[at] = 0
	if err = more.readLatest(ctx, q); err == nil && more.latest[at] != 0 {
		log, sequence = entryAt(more.latest[at])
	}
	return log, sequence, err
}

// Revisions returns the texts that a message had, oldest first; the last is the
// text of now. One that was taken back has none. The error wraps
// chat.ErrUnknown if there is no message with that ID.
func (s *Store) Revisions(ctx context.Context, conversation chat.ConversationID, id chat.MessageID) ([]chat.Revision, error) {
	var list []chat.Revision
	err := s.read(ctx, "revisions", func(q querier) error {
		var r struct {
			number, conversation, log, author sql.NullInt64
			position                          []byte
			sent                              int64
			text                              string
			retracted                         bool
			shown                             bool
		}
		found := false
		err := each(ctx, q, func(scan func(...any) error) error {
			found = true
			return scan(&r.number, &r.conversation, &r.log, &r.author, &r.position, &r.sent, &r.text, &r.retracted, &r.shown)
		}, `
			SELECT m.number, m.conversation, m.log, m.author, m.position, m.sent, m.text, m.retracted,
				m.change IS NULL AND `+admitted+`
			FROM messages m JOIN conversations c ON c.id = m.conversation
			WHERE m.id = ? AND c.uid = ? ORDER BY m.number LIMIT 1`, id[:], conversation[:])
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%w message %s", chat.ErrUnknown, id)
		}
		if r.retracted || !r.shown {
			return nil
		}
		original := chat.Revision{Text: r.text, Sent: time.UnixMilli(r.sent)}
		if r.log.Valid {
			var raw []byte
			at := place(r.log.Int64, binary.BigEndian.Uint64(r.position[16:]))
			if err := each(ctx, q, func(scan func(...any) error) error { return scan(&raw) },
				`SELECT raw FROM entries WHERE place = ?`, at); err != nil {
				return err
			}
			if e, err := wire.ParseEntry(raw); err == nil {
				s, _ := Show(e, "")
				original.Text = s.Text
			}
		}
		list = append(list, original)
		return each(ctx, q, func(scan func(...any) error) error {
			var sent int64
			var edit chat.Revision
			err := scan(&edit.Text, &sent)
			edit.Sent = time.UnixMilli(sent)
			list = append(list, edit)
			return err
		}, `
			SELECT text, sent FROM amendments
			WHERE conversation = ? AND target = ? AND kind = ? AND author = ? AND text IS NOT NULL ORDER BY position`,
			r.conversation, id[:], int64(wire.KindEdit), r.author)
	})
	return list, err
}
