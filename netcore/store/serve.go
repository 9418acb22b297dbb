package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Entries returns the raw bytes of consecutive entries of a log beginning with
// number from: as many as are held and maxBytes allows, but at least one if
// that is held. For those of them whose bodies are erased, retractions are the raw
// entries that say why, each once; they do not count towards maxBytes. The error
// wraps ErrDamaged if one is not what it was when it was stored: nobody would take it.
func (s *Store) Entries(ctx context.Context, log wire.LogID, from uint64, maxBytes int) (raw, retractions [][]byte, err error) {
	err = s.eachEntry(ctx, log, from, math.MaxUint64, func(r []byte) bool {
		maxBytes -= len(r)
		if len(raw) > 0 && maxBytes < 0 {
			return false
		}
		raw = append(raw, r)
		return true
	})
	if err != nil {
		return nil, nil, err
	}
	var erased []wire.SignedEntry
	var ids []chat.MessageID
	for _, r := range raw {
		e, err := parseStored(r)
		if err != nil {
			return nil, nil, fmt.Errorf("read entries: %w", s.explain(err))
		}
		if !e.Erased() {
			continue
		}
		id := e.ID
		if e.Kind == wire.KindEdit {
			id = e.About
		}
		erased = append(erased, e)
		ids = append(ids, id)
	}
	if len(erased) > 0 {
		retractions, err = s.retractions(ctx, log, ids, erased)
	}
	return raw, retractions, err
}

// retractions returns the entries for which erased ones, of messages with the
// IDs, may lack their bodies.
func (s *Store) retractions(ctx context.Context, log wire.LogID, ids []chat.MessageID, erased []wire.SignedEntry) ([][]byte, error) {
	var list [][]byte
	done := make(map[chat.MessageID]bool)
	err := s.read(ctx, "retractions", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var raw []byte
			if err := scan(&raw); err != nil {
				return err
			}
			r, err := wire.ParseEntry(raw)
			if err != nil {
				return err
			}
			// One is enough, should an author have taken something back twice.
			if !done[r.About] && slices.ContainsFunc(erased, func(e wire.SignedEntry) bool { return r.Retracts(e.Entry) }) {
				done[r.About] = true
				list = append(list, raw)
			}
			return nil
		}, `
			SELECT e.raw
			FROM amendments a JOIN entries e ON e.place = a.place
			WHERE a.conversation = (SELECT id FROM conversations WHERE uid = ?)
				AND a.target IN (SELECT unhex(value) FROM json_each(?))
				AND a.kind = ? AND a.author = (SELECT id FROM devices WHERE key = ?)
			ORDER BY a.place`,
			log.Conversation[:], idList(ids), int64(wire.KindRetraction), log.Author[:])
	})
	return list, err
}

// EntryHash returns the hash of one entry. The error wraps chat.ErrUnknown if it
// is not held.
func (s *Store) EntryHash(ctx context.Context, log wire.LogID, sequence uint64) (wire.Hash, error) {
	var hash wire.Hash
	var broken error
	found := false
	err := s.eachEntry(ctx, log, sequence, sequence, func(raw []byte) bool {
		var e wire.SignedEntry
		if e, broken = wire.ParseEntry(raw); broken == nil {
			hash, found = e.Hash, true
		}
		return true
	})
	if err == nil {
		err = broken
	}
	if err == nil && !found {
		err = fmt.Errorf("%w entry %d of %s", chat.ErrUnknown, sequence, log.Author.Short())
	}
	return hash, err
}

// MessageIDs returns the IDs of the messages that are what the entries numbered from
// to to, both included, say: of texts and of changes of a group, and of own messages
// that were edited or taken back there. An own message is not among them that is by
// now what another entry says.
func (s *Store) MessageIDs(ctx context.Context, log wire.LogID, from, to uint64) ([]chat.MessageID, error) {
	var ids, amended []chat.MessageID
	err := s.eachEntry(ctx, log, from, to, func(raw []byte) bool {
		// What does not parse never became a message.
		if e, err := wire.ParseEntry(raw); err == nil {
			// Where there is no group, nobody wrote of its changes.
			if _, ok := Show(e, chat.Group); ok {
				ids = append(ids, e.ID)
			} else if e.Kind == wire.KindEdit || e.Kind == wire.KindRetraction {
				amended = append(amended, e.About)
			}
		}
		return true
	})
	if err != nil || log.Author != s.self || len(ids)+len(amended) == 0 {
		return ids, err
	}
	latest, err := s.latestOwn(ctx, log.Conversation)
	if err != nil {
		return nil, err
	}
	here := func(id chat.MessageID) bool {
		at := latest[id]
		return at.incarnation == log.Incarnation && from <= at.sequence && at.sequence <= to
	}
	ids = slices.DeleteFunc(ids, func(id chat.MessageID) bool { return latest[id] != ownEntry{} && !here(id) })
	for _, id := range amended {
		if here(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// ownEntry is where an entry of this device is in a conversation.
type ownEntry struct{ incarnation, sequence uint64 }

// latestOwn returns, for each own message of a conversation that was edited or taken
// back, the entry that says what it is now.
func (s *Store) latestOwn(ctx context.Context, conversation chat.ConversationID) (map[chat.MessageID]ownEntry, error) {
	latest := make(map[chat.MessageID]ownEntry)
	err := s.read(ctx, "edits", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error {
			var id []byte
			var place, incarnation int64
			if err := scan(&id, &place, &incarnation); err != nil {
				return err
			}
			_, sequence := entryAt(place)
			latest[chat.MessageID(id)] = ownEntry{uint64(incarnation), sequence}
			return nil
		}, `
			SELECT a.target, a.place, l.incarnation
			FROM amendments a JOIN logs l ON l.id = a.place >> ?
			WHERE a.conversation = (SELECT id FROM conversations WHERE uid = ?)
				AND a.kind IN (?, ?) AND a.author = (SELECT id FROM devices WHERE key = ?)
			ORDER BY a.kind = ?, a.position -- the last one counts`,
			sequenceBits, conversation[:], int64(wire.KindEdit), int64(wire.KindRetraction), s.self[:], int64(wire.KindRetraction))
	})
	return latest, err
}

// eachEntry calls f with the bytes of the consecutive entries held from number
// from on, up to number to or until f returns false. f may keep them.
func (s *Store) eachEntry(ctx context.Context, log wire.LogID, from, to uint64, f func(raw []byte) bool) error {
	if from < 1 || from > maxSequence {
		return nil
	}
	return s.read(ctx, "entries", func(q querier) error {
		var id int64
		err := each(ctx, q, func(scan func(...any) error) error { return scan(&id) }, `
			SELECT l.id FROM logs l
			WHERE l.conversation = (SELECT id FROM conversations WHERE uid = ?)
				AND l.author = (SELECT id FROM devices WHERE key = ?)
				AND l.incarnation = ?`,
			log.Conversation[:], log.Author[:], int64(log.Incarnation))
		if id == 0 || err != nil {
			return err
		}
		want := place(id, from)
		return each(ctx, q, func(scan func(...any) error) error {
			var at int64
			var raw []byte
			if err := scan(&at, &raw); err != nil {
				return err
			}
			if at != want || !f(raw) {
				return errEnough
			}
			want++
			return nil
		}, `SELECT place, raw FROM entries WHERE place BETWEEN ? AND ? ORDER BY place`,
			place(id, from), place(id, min(to, maxSequence)))
	})
}
