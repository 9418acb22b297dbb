package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Held is everything that replication has to know at start.
type Held struct {
	Conversations []HeldConversation
	Logs          []HeldLog
	Told          []Told
	Membership    []wire.SignedEntry // of all groups, in logs held
	Roll          []wire.SignedEntry // that stand in none
}

// HeldConversation is a conversation with its members. Those of a group who are
// members no longer are Former.
type HeldConversation struct {
	Conversation
	Clock wire.HybridTime // the highest of its entries and messages
	Muted bool
}

// HeldLog is what is held of one log: nothing where Lowest is above Highest,
// because Expire removed it.
type HeldLog struct {
	ID wire.LogID
	wire.Range
	Hash wire.Hash // of the highest entry, also when that is gone
	Read uint64    // this device's user has seen it so far
	// Recent are, in the lobby, the times of the last entries, oldest first: as many
	// as matter for its limit, chat.LobbyBurst within chat.LobbyWindow of the last.
	Recent []time.Time
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
		if err := h.readMembership(ctx, tx); err != nil {
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
		if err := scan(&id, &uid, &kind, &held.Title, &peer, &address, &clock, &held.Muted, &held.Request); err != nil {
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
		SELECT c.id, c.uid, c.kind, c.title, d.key, c.address, c.clock, c.muted, c.request
		FROM conversations c LEFT JOIN devices d ON d.id = c.peer
		ORDER BY c.id`)
}

func (h *Held) readMembers(ctx context.Context, q querier, index map[int64]int) error {
	return each(ctx, q, func(scan func(...any) error) error {
		var conversation int64
		var key []byte
		var current bool
		if err := scan(&conversation, &key, &current); err != nil {
			return err
		}
		var member identity.DeviceID
		copy(member[:], key)
		c := &h.Conversations[index[conversation]]
		if current {
			c.Members = append(c.Members, member)
		} else {
			c.Former = append(c.Former, member)
		}
		return nil
	}, `
		SELECT m.conversation, d.key, m.current
		FROM members m JOIN devices d ON d.id = m.device
		ORDER BY m.conversation, d.key`)
}

func (h *Held) readMembership(ctx context.Context, q querier) (err error) {
	h.Membership, err = readEntries(ctx, q, `SELECT e.raw FROM membership m JOIN entries e ON e.place = m.place ORDER BY m.place`)
	if err != nil {
		return err
	}
	h.Roll, err = readEntries(ctx, q, `SELECT raw FROM roll ORDER BY hash`)
	return err
}

func readEntries(ctx context.Context, q querier, query string) (list []wire.SignedEntry, err error) {
	err = each(ctx, q, func(scan func(...any) error) error {
		var raw []byte
		if err := scan(&raw); err != nil {
			return err
		}
		e, err := parseStored(raw)
		list = append(list, e)
		return err
	}, query)
	return list, err
}

func (h *Held) readLogs(ctx context.Context, q querier) error {
	index := make(map[int64]wire.LogID)
	lobby := make(map[int64]int)
	err := each(ctx, q, func(scan func(...any) error) error {
		var id, incarnation, lowest, highest, read int64
		var conversation, author, hash []byte
		var kind string
		if err := scan(&id, &conversation, &kind, &author, &incarnation, &lowest, &highest, &hash, &read); err != nil {
			return err
		}
		held := HeldLog{Range: wire.Range{Lowest: uint64(lowest), Highest: uint64(highest)}, Read: uint64(read)}
		copy(held.ID.Conversation[:], conversation)
		copy(held.ID.Author[:], author)
		held.ID.Incarnation = uint64(incarnation)
		copy(held.Hash[:], hash)
		index[id] = held.ID
		if chat.Kind(kind) == chat.Lobby {
			lobby[id] = len(h.Logs)
		}
		h.Logs = append(h.Logs, held)
		return nil
	}, `
		SELECT l.id, c.uid, c.kind, d.key, l.incarnation, l.lowest, l.highest, l.hash, l.read
		FROM logs l JOIN conversations c ON c.id = l.conversation JOIN devices d ON d.id = l.author
		ORDER BY l.id`)
	if err != nil {
		return err
	}
	for id, i := range lobby {
		if err := h.Logs[i].readRecent(ctx, q, id); err != nil {
			return err
		}
	}
	return each(ctx, q, func(scan func(...any) error) error {
		var log, highest, read int64
		var key []byte
		if err := scan(&log, &key, &highest, &read); err != nil {
			return err
		}
		told := Told{Log: index[log], Highest: uint64(highest), Read: uint64(read)}
		copy(told.Peer[:], key)
		h.Told = append(h.Told, told)
		return nil
	}, `
		SELECT t.log, d.key, t.highest, t.read
		FROM told t JOIN devices d ON d.id = t.peer
		ORDER BY t.log, d.key`)
}

// readRecent reads the times of a log's last entries.
func (l *HeldLog) readRecent(ctx context.Context, q querier, id int64) error {
	defer func() { slices.Reverse(l.Recent) }()
	return each(ctx, q, func(scan func(...any) error) error {
		var raw []byte
		if err := scan(&raw); err != nil {
			return err
		}
		e, err := parseStored(raw)
		if err != nil {
			return err
		}
		if n := len(l.Recent); n == chat.LobbyBurst || n > 0 && l.Recent[0].Sub(e.Wall) > chat.LobbyWindow {
			return errEnough
		}
		l.Recent = append(l.Recent, e.Wall)
		return nil
	}, `SELECT raw FROM entries WHERE place BETWEEN ? AND ? ORDER BY place DESC`, place(id, 0), place(id, maxSequence))
}
