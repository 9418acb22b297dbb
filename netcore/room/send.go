package room

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/session"
	"github.com/parlance-chat/parlance/netcore/store"
)

// Send stores text and sends it as soon as the server is there.
func (n *Network) Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error) {
	return n.Reply(ctx, id, chat.MessageID{}, text)
}

// Reply is Send for an answer to a message. Where the server does not pass on what
// it answers, or has not said what it calls that message, others see the text alone.
func (n *Network) Reply(ctx context.Context, id chat.ConversationID, to chat.MessageID, text string) (chat.Message, error) {
	s, target, err := n.find(id)
	if err != nil {
		return chat.Message{}, err
	}
	var m chat.Message
	if e := s.call(ctx, func() { m, err = s.send(ctx, id, target, to, text) }); e != nil {
		return m, e
	}
	return m, err
}

func (s *server) send(ctx context.Context, id chat.ConversationID, target string, to chat.MessageID, text string) (chat.Message, error) {
	if s.irc != nil && target == "" {
		return chat.Message{}, fmt.Errorf("%w: nobody reads here; write to a room or, with /msg, to a person", chat.ErrRefused)
	}
	if s.irc == nil {
		if err := dialectCheck(s.address.kind(), text); err != nil {
			return chat.Message{}, err
		}
	}
	messageID, err := uuid.NewV7()
	if err != nil {
		return chat.Message{}, fmt.Errorf("make message ID: %w", err)
	}
	now := time.Now()
	position, err := s.book.place(ctx, id, now, false, s.book.orders(1, false))
	if err != nil {
		return chat.Message{}, err
	}
	m := chat.Message{
		ID: messageID, Conversation: id, Kind: chat.Room, Position: position, Own: true, State: chat.Queued,
		Text: text, Sent: now.Truncate(time.Millisecond), Received: now,
	}
	answers := s.book.msgids[to]
	m.Answers = s.quote(ctx, target, id, answers)
	done := make(chan error, 1)
	s.n.cfg.Store.Enqueue(store.Write{Message: &m, Received: now, Done: func(err error) { done <- err }})
	if err := <-done; err != nil {
		return chat.Message{}, fmt.Errorf("the message could not be stored and was not sent: %w", err)
	}
	s.n.cfg.Emit(chat.MessagesAdded{Messages: []chat.Message{m}})
	s.status = make(map[chat.MessageID]chat.State)
	s.step(session.Post{ID: m.ID, Target: target, Text: text, Answers: answers})
	m.State = cmp.Or(s.status[m.ID], chat.Queued)
	s.status = nil
	return m, nil
}
