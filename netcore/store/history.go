package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// defaultLimit is how many messages a page or a search has if nothing is said.
const defaultLimit = 100

// Message is a message and the entry it came in. From.Name is what the author
// is called now, or the beginning of its ID if it is no known peer; for an
// address it is the address. State, of own messages of logs, is Delivered when
// every other member has told so, and Queued before: whether one was handed to
// a link is nothing that lasts.
type Message struct {
	chat.Message
	Log      wire.LogID // zero without a log
	Sequence uint64
}

// Page says which part of a history to read. With neither Before nor After it is
// the newest.
type Page struct {
	Before chat.Position // messages before it, those nearest to it
	After  chat.Position // messages after it, those nearest to it
	Limit  int           // how many at most; 0: 100
}

// History returns a part of a conversation, oldest first.
func (s *Store) History(ctx context.Context, id chat.ConversationID, page Page) ([]Message, error) {
	if page.Limit <= 0 {
		page.Limit = defaultLimit
	}
	where := `m.conversation = (SELECT id FROM conversations WHERE uid = ?)`
	args := []any{id[:]}
	if !page.Before.IsZero() {
		where += ` AND m.position < ?`
		args = append(args, page.Before[:])
	}
	order := `DESC`
	if !page.After.IsZero() {
		where += ` AND m.position > ?`
		args = append(args, page.After[:])
		order = `ASC`
	}
	var list []Message
	err := s.read(ctx, "history", func(q querier) (err error) {
		list, err = readMessages(ctx, q, fmt.Sprintf(`WHERE %s ORDER BY m.position %s, m.number %[2]s LIMIT ?`,
			where, order), append(args, page.Limit)...)
		return err
	})
	if order == `DESC` {
		slices.Reverse(list)
	}
	return list, err
}

// Message returns one message. The error wraps chat.ErrUnknown if there is none
// with that ID. Of several, the one that came first is meant: an ID reused later
// does not hide it.
func (s *Store) Message(ctx context.Context, id chat.MessageID) (Message, error) {
	var list []Message
	err := s.read(ctx, "message", func(q querier) (err error) {
		list, err = readMessages(ctx, q, `WHERE m.id = ? ORDER BY m.number LIMIT 1`, id[:])
		return err
	})
	if err != nil {
		return Message{}, err
	}
	if len(list) == 0 {
		return Message{}, fmt.Errorf("%w message %s", chat.ErrUnknown, id)
	}
	return list[0], nil
}

// Count returns how many messages a conversation has, 0 if it is not known.
func (s *Store) Count(ctx context.Context, id chat.ConversationID) (int, error) {
	var n int
	err := s.read(ctx, "count", func(q querier) error {
		return each(ctx, q, func(scan func(...any) error) error { return scan(&n) },
			`SELECT count FROM conversations WHERE uid = ?`, id[:])
	})
	return n, err
}

// messageRow is a message with numbers in place of names.
type messageRow struct {
	conversation int64
	log          int64 // 0: without
	Message
}

// origin is what the messages of one log have in common.
type origin struct {
	log       wire.LogID
	name      string
	delivered uint64 // every other member has it up to here
}

// readMessages reads the messages m that the clauses after FROM choose. What
// messages have in common is read once, not joined to each.
func readMessages(ctx context.Context, q querier, clauses string, args ...any) ([]Message, error) {
	var rows []messageRow
	err := each(ctx, q, func(scan func(...any) error) error {
		var r messageRow
		err := r.scan(scan)
		rows = append(rows, r)
		return err
	}, `SELECT m.conversation, m.position, m.id, m.log, m.own, m.sent, m.received, m.state, m.address, m.text
		FROM messages m `+clauses, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	conversations, logs := make(map[int64]chat.Conversation), make(map[int64]origin)
	for _, r := range rows {
		conversations[r.conversation] = chat.Conversation{}
		if r.log != 0 {
			logs[r.log] = origin{}
		}
	}
	if err := readKinds(ctx, q, conversations); err != nil {
		return nil, err
	}
	if err := readOrigins(ctx, q, logs); err != nil {
		return nil, err
	}
	list := make([]Message, len(rows))
	for i, r := range rows {
		m := r.Message
		m.Conversation = conversations[r.conversation].ID
		m.Kind = conversations[r.conversation].Kind
		if r.log != 0 {
			from := logs[r.log]
			m.Log = from.log
			m.Sequence = binary.BigEndian.Uint64(m.Position[16:])
			m.From = chat.Author{Device: from.log.Author, Name: from.name}
			if m.Own {
				m.State = chat.Queued
				if m.Sequence <= from.delivered {
					m.State = chat.Delivered
				}
			}
		}
		list[i] = m
	}
	return list, nil
}

func (r *messageRow) scan(scan func(...any) error) error {
	var position, id []byte
	var log sql.NullInt64
	var sent, received int64
	var state, address sql.NullString
	if err := scan(&r.conversation, &position, &id, &log, &r.Own, &sent, &received, &state, &address, &r.Text); err != nil {
		return err
	}
	copy(r.Position[:], position)
	copy(r.ID[:], id)
	r.log = log.Int64
	r.Sent, r.Received = time.UnixMilli(sent), time.UnixMilli(received)
	r.State = chat.State(state.String)
	r.From = chat.Author{Address: address.String, Name: address.String}
	return nil
}

// readKinds fills in ID and kind of the conversations whose numbers are there.
func readKinds(ctx context.Context, q querier, conversations map[int64]chat.Conversation) error {
	return each(ctx, q, func(scan func(...any) error) error {
		var number int64
		var uid []byte
		var kind string
		if err := scan(&number, &uid, &kind); err != nil {
			return err
		}
		found := chat.Conversation{Kind: chat.Kind(kind)}
		copy(found.ID[:], uid)
		conversations[number] = found
		return nil
	}, `SELECT id, uid, kind FROM conversations WHERE id IN (SELECT value FROM json_each(?))`, jsonList(distinct(conversations)))
}

// readOrigins fills in the logs whose numbers are there.
func readOrigins(ctx context.Context, q querier, logs map[int64]origin) error {
	return each(ctx, q, func(scan func(...any) error) error {
		var number, incarnation, delivered int64
		var conversation, author []byte
		var name sql.NullString
		if err := scan(&number, &conversation, &author, &incarnation, &name, &delivered); err != nil {
			return err
		}
		o := origin{delivered: uint64(delivered)}
		copy(o.log.Conversation[:], conversation)
		copy(o.log.Author[:], author)
		o.log.Incarnation = uint64(incarnation)
		o.name = cmp.Or(name.String, o.log.Author.Short())
		logs[number] = o
		return nil
	}, `
		SELECT l.id, c.uid, d.key, l.incarnation, p.name, (
			SELECT coalesce(min(coalesce(t.highest, 0)), 0) -- of nobody: 0
			FROM members m LEFT JOIN told t ON t.log = l.id AND t.peer = m.device
			WHERE m.conversation = l.conversation AND m.device <> l.author)
		FROM logs l
			JOIN conversations c ON c.id = l.conversation
			JOIN devices d ON d.id = l.author
			LEFT JOIN peers p ON p.device = l.author
		WHERE l.id IN (SELECT value FROM json_each(?))`, jsonList(distinct(logs)))
}

// Line is a line of the conversation list. Log and Sequence name the entry of
// its last message.
type Line struct {
	chat.Conversation
	Log      wire.LogID
	Sequence uint64
}

// Conversations returns all conversations: the one with the latest message
// first, those without any last.
func (s *Store) Conversations(ctx context.Context) ([]Line, error) {
	return s.lines(ctx, ``)
}

// Conversation returns one conversation. The error wraps chat.ErrUnknown if
// there is none with that ID.
func (s *Store) Conversation(ctx context.Context, id chat.ConversationID) (Line, error) {
	lines, err := s.lines(ctx, `WHERE c.uid = ?`, id[:])
	if err != nil {
		return Line{}, err
	}
	if len(lines) == 0 {
		return Line{}, fmt.Errorf("%w conversation %s", chat.ErrUnknown, id)
	}
	return lines[0], nil
}

func (s *Store) lines(ctx context.Context, where string, args ...any) ([]Line, error) {
	var lines []Line
	err := s.read(ctx, "conversations", func(q querier) error {
		err := each(ctx, q, func(scan func(...any) error) error {
			line, err := scanLine(scan)
			lines = append(lines, line)
			return err
		}, `
			SELECT c.uid, c.kind, c.title, d.key, p.name, c.address, c.unread, dr.text
			FROM conversations c
				LEFT JOIN devices d ON d.id = c.peer
				LEFT JOIN peers p ON p.device = c.peer
				LEFT JOIN drafts dr ON dr.conversation = c.id `+where, args...)
		if err != nil {
			return err
		}
		last, err := readMessages(ctx, q,
			`WHERE m.number IN (SELECT c.last FROM conversations c `+where+`)`, args...)
		if err != nil {
			return err
		}
		byID := make(map[chat.ConversationID]*Message, len(last))
		for i := range last {
			byID[last[i].Conversation] = &last[i]
		}
		for i := range lines {
			if m := byID[lines[i].ID]; m != nil {
				lines[i].Last, lines[i].Log, lines[i].Sequence = &m.Message, m.Log, m.Sequence
			}
		}
		return nil
	})
	slices.SortFunc(lines, func(a, b Line) int {
		switch {
		case a.Last != nil && b.Last != nil:
			return -strings.Compare(string(a.Last.Position[:]), string(b.Last.Position[:]))
		case a.Last != nil:
			return -1
		case b.Last != nil:
			return 1
		}
		return cmp.Compare(a.Title, b.Title)
	})
	return lines, err
}

func scanLine(scan func(...any) error) (Line, error) {
	var l Line
	var uid, peer []byte
	var kind string
	var name, address, draft sql.NullString
	if err := scan(&uid, &kind, &l.Title, &peer, &name, &address, &l.Unread, &draft); err != nil {
		return Line{}, err
	}
	copy(l.ID[:], uid)
	copy(l.Peer[:], peer)
	l.Kind = chat.Kind(kind)
	l.Address = parseAddress(address.String)
	l.Draft = draft.String
	l.Title = cmp.Or(name.String, l.Title, address.String)
	if l.Title == "" {
		l.Title = l.ID.String()[:7]
		if !l.Peer.IsZero() {
			l.Title = l.Peer.Short()
		}
	}
	return l, nil
}

// parseAddress returns the zero address for anything else.
func parseAddress(text string) netip.AddrPort {
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}
	}
	return a
}
