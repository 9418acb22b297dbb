package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"math"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Held is everything that replication has to know at start.
type Held struct {
	Conversations []HeldConversation
	Logs          []HeldLog
	Told          []Told
}

// HeldConversation is a conversation with its members.
type HeldConversation struct {
	Conversation
	Clock wire.HybridTime // the highest of its entries and messages
}

// HeldLog is what is held of one log: never nothing.
type HeldLog struct {
	ID wire.LogID
	wire.Range
	Hash wire.Hash // of the highest entry
}

// Held returns all conversations, logs and receipts.
func (s *Store) Held(ctx context.Context) (Held, error) {
	var h Held
	err := s.read(ctx, "logs", func(querier) error {
		// One transaction, so that all of it is of one moment.
		tx, err := s.reader.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback()
		index, err := h.readConversations(ctx, tx)
		if err != nil {
			return err
		}
		if err := h.readMembers(ctx, tx, index); err != nil {
			return err
		}
		return h.readLogs(ctx, tx)
	})
	return h, err
}

// readConversations returns the place in h of each conversation's number.
func (h *Held) readConversations(ctx context.Context, q querier) (map[int64]int, error) {
	index := make(map[int64]int)
	return index, each(ctx, q, func(scan func(...any) error) error {
		var held HeldConversation
		var id, clock int64
		var uid, peer []byte
		var kind string
		var address sql.NullString
		if err := scan(&id, &uid, &kind, &held.Title, &peer, &address, &clock); err != nil {
			return err
		}
		copy(held.ID[:], uid)
		copy(held.Peer[:], peer)
		held.Kind = chat.Kind(kind)
		held.Address = parseAddress(address.String)
		held.Clock = wire.HybridTime(clock)
		index[id] = len(h.Conversations)
		h.Conversations = append(h.Conversations, held)
		return nil
	}, `
		SELECT c.id, c.uid, c.kind, c.title, d.key, c.address, c.clock
		FROM conversations c LEFT JOIN devices d ON d.id = c.peer
		ORDER BY c.id`)
}

func (h *Held) readMembers(ctx context.Context, q querier, index map[int64]int) error {
	return each(ctx, q, func(scan func(...any) error) error {
		var conversation int64
		var key []byte
		if err := scan(&conversation, &key); err != nil {
			return err
		}
		var member identity.DeviceID
		copy(member[:], key)
		if i, ok := index[conversation]; ok {
			h.Conversations[i].Members = append(h.Conversations[i].Members, member)
		}
		return nil
	}, `
		SELECT m.conversation, d.key
		FROM members m JOIN devices d ON d.id = m.device
		ORDER BY m.conversation, d.key`)
}

func (h *Held) readLogs(ctx context.Context, q querier) error {
	index := make(map[int64]wire.LogID)
	err := each(ctx, q, func(scan func(...any) error) error {
		var id, incarnation, lowest, highest int64
		var conversation, author, hash []byte
		if err := scan(&id, &conversation, &author, &incarnation, &lowest, &highest, &hash); err != nil {
			return err
		}
		held := HeldLog{Range: wire.Range{Lowest: uint64(lowest), Highest: uint64(highest)}}
		copy(held.ID.Conversation[:], conversation)
		copy(held.ID.Author[:], author)
		held.ID.Incarnation = uint64(incarnation)
		copy(held.Hash[:], hash)
		index[id] = held.ID
		h.Logs = append(h.Logs, held)
		return nil
	}, `
		SELECT l.id, c.uid, d.key, l.incarnation, l.lowest, l.highest, l.hash
		FROM logs l JOIN conversations c ON c.id = l.conversation JOIN devices d ON d.id = l.author
		ORDER BY l.id`)
	if err != nil {
		return err
	}
	return each(ctx, q, func(scan func(...any) error) error {
		var log, highest int64
		var key []byte
		if err := scan(&log, &key, &highest); err != nil {
			return err
		}
		told := Told{Log: index[log], Highest: uint64(highest)}
		copy(told.Peer[:], key)
		h.Told = append(h.Told, told)
		return nil
	}, `
		SELECT t.log, d.key, t.highest
		FROM told t JOIN devices d ON d.id = t.peer
		ORDER BY t.log, d.key`)
}

// Entries returns the raw bytes of consecutive entries of a log beginning with
// number from: as many as are held and maxBytes allows, but at least one if
// that is held.
func (s *Store) Entries(ctx context.Context, log wire.LogID, from uint64, maxBytes int) ([][]byte, error) {
	var list [][]byte
	err := s.eachEntry(ctx, log, from, math.MaxUint64, func(raw []byte) bool {
		maxBytes -= len(raw)
		if len(list) > 0 && maxBytes < 0 {
			return false
		}
		list = append(list, raw)
		return true
	})
	return list, err
}

// EntryHash returns the hash of one entry. The error wraps chat.ErrUnknown if it
// is not held.
func (s *Store) EntryHash(ctx context.Context, log wire.LogID, sequence uint64) (wire.Hash, error) {
	var hash wire.Hash
	found := false
	err := s.eachEntry(ctx, log, sequence, sequence, func(raw []byte) bool {
		hash, found = sha256.Sum256(raw), true
		return true
	})
	if err == nil && !found {
		err = fmt.Errorf("%w entry %d of %s", chat.ErrUnknown, sequence, log.Author.Short())
	}
	return hash, err
}

// MessageIDs returns the IDs of the messages among the entries numbered from to
// to, both included.
func (s *Store) MessageIDs(ctx context.Context, log wire.LogID, from, to uint64) ([]chat.MessageID, error) {
	var ids []chat.MessageID
	err := s.eachEntry(ctx, log, from, to, func(raw []byte) bool {
		// What does not parse never became a message.
		if e, err := wire.ParseEntry(raw); err == nil {
			if _, err := e.Text(); err == nil {
				ids = append(ids, e.ID)
			}
		}
		return true
	})
	return ids, err
}

// eachEntry calls f with the bytes of the consecutive entries held from number
// from on, up to number to or until f returns false. f may keep them.
func (s *Store) eachEntry(ctx context.Context, log wire.LogID, from, to uint64, f func(raw []byte) bool) error {
	const most = 1<<sequenceBits - 1
	if from < 1 || from > most {
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
			place(id, from), place(id, min(to, most)))
	})
}
