package room

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// quoted is how many bytes of a message are quoted.
const quoted = 200

// quote returns the message that the server calls msgid as another refers to it.
func (s *server) quote(ctx context.Context, target string, conversation chat.ConversationID, msgid string) *chat.Quote {
	if msgid == "" {
		return nil
	}
	q := &chat.Quote{ID: s.book.IDOf(s.names.Name(target), msgid)}
	if held, err := s.n.cfg.Store.Messages(ctx, conversation, []chat.MessageID{q.ID}); err == nil && len(held) > 0 {
		q.From, q.Text = held[0].From, held[0].Text
		if len(q.Text) > quoted {
			q.Text = q.Text[:quoted]
			for !utf8.ValidString(q.Text) {
				q.Text = q.Text[:len(q.Text)-1]
			}
		}
	}
	return q
}

// React says what the user thinks of a message, in place of what was said before;
// an empty text takes that back.
func (n *Network) React(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	s, target, err := n.find(id)
	if err != nil {
		return err
	}
	if len(text) > chat.MaxReaction || text != "" && strings.TrimSpace(text) == "" {
		return fmt.Errorf("%w: a reaction is an emoji or a word", chat.ErrText)
	}
	e := s.call(ctx, func() {
		msgid := s.book.MsgID(message)
		switch {
		case s.irc == nil || !s.irc.CanReact(target):
			err = fmt.Errorf("%w: %s passes on no reactions now", chat.ErrRefused, s.address.Host)
		case msgid == "":
			err = fmt.Errorf("%w: the server has not said lately what it calls this message", chat.ErrRefused)
		default:
			was := ""
			for _, r := range s.book.Reactions(message) {
				if r.Own {
					was = r.Text
				}
			}
			s.step(machine.React{Target: target, MsgID: msgid, Text: text, Was: was})
		}
	})
	if e != nil {
		return e
	}
	return err
}

// Reactions returns the reactions to messages of a room. They are known since the
// program started, and not kept.
func (n *Network) Reactions(ctx context.Context, id chat.ConversationID, messages []chat.MessageID) (map[chat.MessageID][]chat.Reaction, error) {
	s, _, err := n.find(id)
	if err != nil {
		return nil, err
	}
	found := make(map[chat.MessageID][]chat.Reaction)
	err = s.call(ctx, func() {
		for _, m := range messages {
			if list := s.book.Reactions(m); len(list) > 0 {
				found[m] = list
			}
		}
	})
	return found, err
}

// reacted notes and shows a reaction to a message that is known.
func (s *server) reacted(e machine.Reacted) {
	text := chat.CleanText(e.Text)
	id := s.book.IDOf(s.names.Name(e.Target), e.MsgID)
	if !s.book.Knows(id) || len(text) > chat.MaxReaction {
		return
	}
	r := chat.Reaction{Own: e.Own, Text: text}
	if !e.Own {
		r.From = author(e.Nick)
	}
	s.book.React(id, r, e.Gone)
	held, err := s.n.cfg.Store.Messages(context.Background(), s.names.ID(e.Target), []chat.MessageID{id})
	if err != nil || len(held) == 0 {
		return // it will be read with its message
	}
	m := held[0].Message
	m.Reactions = s.book.Reactions(id)
	s.n.cfg.Emit(chat.MessagesChanged{Messages: []chat.Message{m}})
}
