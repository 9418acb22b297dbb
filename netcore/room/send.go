package room

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/machine"
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
		if err := dialectCheck(s.address.Kind(), text); err != nil {
			return chat.Message{}, err
		}
	}
	messageID, err := uuid.NewV7()
	if err != nil {
		return chat.Message{}, fmt.Errorf("make message ID: %w", err)
	}
	now := time.Now()
	position, err := s.book.Place(ctx, id, now, false, s.book.Orders(1, false))
	if err != nil {
		return chat.Message{}, err
	}
	m := chat.Message{
		ID: messageID, Conversation: id, Kind: chat.Room, Position: position, Own: true, State: chat.Queued,
		Text: text, Sent: now.Truncate(time.Millisecond), Received: now,
	}
	answers := s.book.MsgID(to)
	m.Answers = s.quote(ctx, target, id, answers)
	done := make(chan error, 1)
	s.n.cfg.Store.Enqueue(store.Write{Message: &m, Received: now, Done: func(err error) { done <- err }})
	if err := <-done; err != nil {
		return chat.Message{}, fmt.Errorf("the message could not be stored and was not sent: %w", err)
	}
	s.n.cfg.Emit(chat.MessagesAdded{Messages: []chat.Message{m}})
	s.status = make(map[chat.MessageID]chat.State)
	s.step(machine.Post{ID: m.ID, Target: target, Text: text, Answers: answers})
	m.State = cmp.Or(s.status[m.ID], chat.Queued)
	s.status = nil
	return m, nil
}

// refuse keeps and tells that a message will not be sent. It stays where it is, for its
// author to send again or to take back.
func (s *server) refuse(id chat.MessageID, why string) {
	ctx := context.Background()
	why = chat.CleanText(why)
	if err := s.n.cfg.Store.Refuse(ctx, id, why); err != nil {
		s.n.cfg.Log.Warn("a refusal is not kept", "message", id, "error", err)
	}
	held, err := s.n.cfg.Store.Message(ctx, id)
	if err != nil {
		s.n.cfg.Log.Warn("an own message is not known", "message", id, "error", err)
		return
	}
	m := held.Message
	m.State, m.Refusal = chat.Refused, why
	if s.status != nil {
		s.status[id] = chat.Refused
	}
	s.n.cfg.Emit(chat.StateChanged{Conversation: m.Conversation, Messages: []chat.MessageID{id}, State: chat.Refused})
	s.n.cfg.Emit(chat.MessagesChanged{Messages: []chat.Message{m}})
	s.n.cfg.Emit(chat.Notice{
		Conversation: m.Conversation,
		Text:         fmt.Sprintf("%s did not accept a message: %s. It is kept; send it again, or take it back.", s.address.Host, strings.TrimSuffix(why, ".")),
	})
}

// TakeBack takes back an own message that nobody else has: it was refused, or nothing of
// it was sent yet. The error wraps chat.ErrRefused if it is another.
func (n *Network) TakeBack(ctx context.Context, id chat.ConversationID, message chat.MessageID) error {
	held, err := n.cfg.Store.Messages(ctx, id, []chat.MessageID{message})
	switch {
	case err != nil:
		return err
	case len(held) == 0:
		return fmt.Errorf("%w message %s", chat.ErrUnknown, message)
	}
	m := held[0].Message
	switch {
	case !m.Own || m.Retracted:
		return fmt.Errorf("%w: there is nothing of yours to be taken back", chat.ErrRefused)
	case m.State == chat.Refused:
		return n.takeBack(ctx, m)
	case m.State != chat.Queued && m.State != chat.Sent:
		return fmt.Errorf("%w: the server has it, and servers of rooms take nothing back", chat.ErrRefused)
	}
	s, _, err := n.find(id)
	if err != nil {
		return err
	}
	if e := s.call(ctx, func() {
		if m.State == chat.Queued {
			s.step(machine.Withdraw{ID: m.ID})
		}
		if s.withdrawn != m.ID {
			err = fmt.Errorf("%w: it is on its way, and the server may have it already; servers of rooms take nothing back", chat.ErrRefused)
			return
		}
		err = n.takeBack(context.WithoutCancel(ctx), m) // it is out of the machine
	}); e != nil {
		return e
	}
	return err
}

func (n *Network) takeBack(ctx context.Context, m chat.Message) error {
	if err := n.cfg.Store.TakeBack(ctx, m.Conversation, m.ID); err != nil {
		return err
	}
	m.Text, m.Retracted, m.Answers = "", true, nil
	n.cfg.Emit(chat.MessagesChanged{Messages: []chat.Message{m}})
	return nil
}
