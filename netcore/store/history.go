package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// defaultLimit is how many messages a page or a search has if nothing is said.
const defaultLimit = 100

// Message is a message and the entry that it is, of own messages the one that says
// what they are now: their latest edit, or their retraction. From.Name is what the author
// is called now, or the beginning of its ID if it is no known peer; for an
// address it is the address. State, of own messages of logs, is what the member
// that is least far has told: Read, Delivered, or Queued before; in the lobby one
// peer that has it is enough for Delivered. Whether one was handed to a link is
// nothing that lasts, and Tally.Sent counts those that have it.
//
// Hidden are messages in a group whose author never was a member.
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
		list, err = s.readMessages(ctx, q, fmt.Sprintf(`WHERE %s ORDER BY m.position %s, m.number %[2]s LIMIT ?`,
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
		list, err = s.readMessages(ctx, q, `WHERE m.id = ? ORDER BY m.number LIMIT 1`, id[:])
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

// Messages returns those of a conversation's messages that are held and have one
// of the IDs, in the order of their positions.
func (s *Store) Messages(ctx context.Context, conversation chat.ConversationID, ids []chat.MessageID) ([]Message, error) {
	if len(ids) == 0 {
		return nil, ctx.Err()
	}
	var list []Message
	err := s.read(ctx, "messages", func(q querier) (err error) {
		list, err = s.readMessages(ctx, q, `
			WHERE m.id IN (SELECT unhex(value) FROM json_each(?))
				AND m.conversation = (SELECT id FROM conversations WHERE uid = ?)
			ORDER BY m.position, m.number`, idList(ids), conversation[:])
		return err
	})
	return list, err
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
