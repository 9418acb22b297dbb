package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

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
			SELECT c.uid, c.kind, c.title, d.key, p.name, c.address, c.unread, c.mentioned > 0, c.muted, c.request, dr.text,
				(SELECT count(*) FROM members m WHERE m.conversation = c.id AND m.current)
			FROM conversations c
				LEFT JOIN devices d ON d.id = c.peer
				LEFT JOIN peers p ON p.device = c.peer
				LEFT JOIN drafts dr ON dr.conversation = c.id `+where, args...)
		if err != nil {
			return err
		}
		last, err := s.readMessages(ctx, q,
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
	if err := scan(&uid, &kind, &l.Title, &peer, &name, &address, &l.Unread, &l.Mentioned, &l.Muted, &l.Request, &draft, &l.Members); err != nil {
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
