package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// messageRow is a message with numbers in place of names.
type messageRow struct {
	conversation int64
	log          int64 // 0: without
	sequence     uint64
	author       int64 // of a message without a log, 0: it has an address
	about        chat.MessageID
	people       []identity.DeviceID
	reacted      bool
	change       string
	Message
}

// readMessages reads the messages m that the clauses after FROM choose. What
// messages have in common is read once, not joined to each; and what few have,
// only if one does.
func (s *Store) readMessages(ctx context.Context, q querier, clauses string, args ...any) ([]Message, error) {
	var rows []messageRow
	err := each(ctx, q, func(scan func(...any) error) error {
		var r messageRow
		err := r.scan(scan)
		rows = append(rows, r)
		return err
	}, `SELECT m.conversation, m.position, m.id, coalesce(m.log, -m.author, 0),
			m.own + 2 * m.mentioned + 4 * m.retracted + 8 * m.reacted,
			m.sent, m.received, m.edited, m.state, m.refusal, m.address, m.about, m.people, m.change, m.text
		FROM messages m `+clauses, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	conversations, logs := make(map[int64]chat.Conversation), make(map[int64]*origin)
	more := newDetails(s.self)
	for i := range rows {
		conversations[rows[i].conversation] = chat.Conversation{}
		more.want(&rows[i])
	}
	if err := more.readLatest(ctx, q); err != nil {
		return nil, err
	}
	for i := range rows {
		r := &rows[i]
		if at := more.latest[target{r.conversation, r.ID}]; at != 0 && r.Own { // others may use its ID
			r.log, r.sequence = entryAt(at)
		}
		if r.log != 0 {
			logs[r.log] = &origin{own: r.Own} // as whichever device this was when it wrote
		}
	}
	if err := readKinds(ctx, q, conversations); err != nil {
		return nil, err
	}
	if err := s.readOrigins(ctx, q, logs); err != nil {
		return nil, err
	}
	if err := more.read(ctx, q); err != nil {
		return nil, err
	}
	list := make([]Message, len(rows))
	for i := range rows {
		r := &rows[i]
		m := &r.Message
		m.Conversation = conversations[r.conversation].ID
		m.Kind = conversations[r.conversation].Kind
		if r.log != 0 {
			logs[r.log].complete(m, r.sequence)
		} else if r.author != 0 {
			m.From = more.author(r.author)
			if m.Own && m.State == "" {
				m.State = chat.Delivered
			}
		}
		more.complete(r)
		list[i] = *m
	}
	return list, nil
}

func (r *messageRow) scan(scan func(...any) error) error {
	var position, id, about, people []byte
	var origin, flags, sent, received int64
	var edited, state, refusal, address, change any // mostly NULL
	if err := scan(&r.conversation, &position, &id, &origin, &flags, &sent, &received,
		&edited, &state, &refusal, &address, &about, &people, &change, &r.Text); err != nil {
		return err
	}
	copy(r.Position[:], position)
	copy(r.ID[:], id)
	copy(r.about[:], about)
	for key := range slices.Chunk(people, len(identity.DeviceID{})) {
		r.people = append(r.people, identity.DeviceID(key))
	}
	if origin > 0 {
		r.log, r.sequence = origin, binary.BigEndian.Uint64(position[16:])
	} else {
		r.author = -origin
	}
	r.Own, r.Mentioned, r.Retracted, r.reacted = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0
	r.Sent, r.Received = time.UnixMilli(sent), time.UnixMilli(received)
	if ms, ok := edited.(int64); ok {
		r.Edited = time.UnixMilli(ms)
	}
	text, _ := state.(string)
	r.State = chat.State(text)
	r.Refusal, _ = refusal.(string)
	text, _ = address.(string)
	r.From = chat.Author{Address: text, Name: text}
	r.change, _ = change.(string)
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

// origin is what the messages of one log have in common.
type origin struct {
	own      bool
	log      wire.LogID
	name     string
	stranger bool // in a group of which the author never was a member

	// Of own logs: how far each recipient has it, ascending.
	delivered, read []uint64
}

// complete fills in what a message has from its log, where sequence is the number
// of the entry that says what it is now.
func (o *origin) complete(m *Message, sequence uint64) {
	m.Log = o.log
	m.Sequence = sequence
	m.From = chat.Author{Device: o.log.Author, Name: o.name}
	m.Hidden = o.stranger && !m.Own
	if !m.Own {
		return
	}
	t := chat.Tally{Recipients: len(o.delivered), Delivered: reached(o.delivered, m.Sequence), Read: reached(o.read, m.Sequence)}
	t.Sent = t.Delivered
	m.State = chat.Queued
	switch {
	case m.Kind == chat.Lobby:
		if t.Delivered > 0 {
			m.State = chat.Delivered
		}
		t.Recipients = 0
	case t.Recipients > 0 && t.Read == t.Recipients:
		m.State = chat.Read
	case t.Recipients > 0 && t.Delivered == t.Recipients:
		m.State = chat.Delivered
	}
	if m.Kind == chat.Group || m.Kind == chat.Lobby {
		m.Tally = t
	}
}

// reached returns how many of the ascending numbers are at least n.
func reached(numbers []uint64, n uint64) int {
	i, _ := slices.BinarySearch(numbers, n)
	return len(numbers) - i
}

// readOrigins fills in the logs whose numbers are there.
func (s *Store) readOrigins(ctx context.Context, q querier, logs map[int64]*origin) error {
	if len(logs) == 0 {
		return nil
	}
	var own []int64
	err := each(ctx, q, func(scan func(...any) error) error {
		var number, incarnation int64
		var conversation, author []byte
		var name sql.NullString
		o := &origin{}
		if err := scan(&number, &conversation, &author, &incarnation, &name, &o.stranger); err != nil {
			return err
		}
		copy(o.log.Conversation[:], conversation)
		copy(o.log.Author[:], author)
		o.log.Incarnation = uint64(incarnation)
		o.name = cmp.Or(name.String, o.log.Author.Short())
		if o.own = logs[number].own; o.own {
			own = append(own, number)
		}
		logs[number] = o
		return nil
	}, `
		SELECT l.id, c.uid, d.key, l.incarnation, p.name, c.kind = 'group' AND NOT EXISTS (
			SELECT 1 FROM members m WHERE m.conversation = l.conversation AND m.device = l.author)
		FROM logs l
			JOIN conversations c ON c.id = l.conversation
			JOIN devices d ON d.id = l.author
			LEFT JOIN peers p ON p.device = l.author
		WHERE l.id IN (SELECT value FROM json_each(?))`, jsonList(distinct(logs)))
	if err != nil || len(own) == 0 {
		return err
	}
	err = each(ctx, q, func(scan func(...any) error) error {
		var log, highest, read int64
		if err := scan(&log, &highest, &read); err != nil {
			return err
		}
		o := logs[log]
		o.delivered = append(o.delivered, uint64(max(highest, read)))
		o.read = append(o.read, uint64(read))
		return nil
	}, recipients, jsonList(own))
	for _, number := range own {
		slices.Sort(logs[number].delivered)
		slices.Sort(logs[number].read)
	}
	return err
}

// recipients has, for each of the logs with the numbers given, how far each
// device has it that should: the members, but in the lobby all who told.
const recipients = `
	SELECT l.id, coalesce(t.highest, 0), coalesce(t.read, 0)
	FROM logs l JOIN members m ON m.conversation = l.conversation AND m.current AND m.device <> l.author
		LEFT JOIN told t ON t.log = l.id AND t.peer = m.device
	WHERE l.id IN (SELECT value FROM json_each(?1))
		AND (SELECT kind FROM conversations WHERE id = l.conversation) <> 'lobby'
	UNION ALL
	SELECT l.id, t.highest, t.read
	FROM logs l JOIN told t ON t.log = l.id AND t.peer <> l.author
	WHERE l.id IN (SELECT value FROM json_each(?1))
		AND (SELECT kind FROM conversations WHERE id = l.conversation) = 'lobby'`
