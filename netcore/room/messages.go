package room

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// doubleTime is how far apart the own clock and the server's may be for an own
// message to be found again by its text.
const doubleTime = 2 * time.Minute

// maxSaid is how much the server itself may say at once, and saidRate how much a second
// in the long run.
const (
	maxSaid  = 500
	saidRate = 0.2
)

// plausible says whether a time that a server tells can be: not before there was
// IRC, not in days to come.
func plausible(at, now time.Time) bool {
	return at.Year() >= 1988 && at.Before(now.Add(chat.MaxClockAhead))
}

// author returns somebody who has no key.
func author(nick string) chat.Author {
	nick = cmp.Or(chat.CleanName(nick), "?")
	return chat.Author{Address: nick, Name: nick}
}

// receive stores and shows messages of a conversation, without those that are held.
func (s *server) receive(e machine.Received) {
	ctx := context.Background()
	id, err := s.open(ctx, e.Target)
	if err != nil {
		s.n.cfg.Log.Error("messages are lost", "target", e.Target, "error", err)
		return
	}
	if e.Past {
		e.Texts = s.withoutOwnLines(ctx, id, e.Texts)
	}
	now, name := time.Now(), s.names.Name(e.Target)
	messages := make([]chat.Message, 0, len(e.Texts))
	order := s.book.Orders(len(e.Texts), e.Older)
	for i, t := range e.Texts {
		if t.Timed && !plausible(t.Time, now) {
			t.Timed, t.Time = false, now
		}
		m := chat.Message{Conversation: id, Kind: chat.Room, Own: t.Own, Text: chat.CleanText(t.Body), Received: now}
		m.Sent = t.Time.Truncate(time.Millisecond)
		if t.Own {
			m.State = chat.Delivered
		} else {
			m.From = author(cmp.Or(t.From, s.address.Host))
			m.Mentioned = s.isChannel(e.Target) && mentions(m.Text, s.machine.Status().Nick)
		}
		if m.ID, err = s.book.ID(name, t); err != nil {
			s.n.cfg.Log.Error("a message is lost", "error", err)
			continue
		}
		double := s.book.Remember(m.ID)
		s.book.Call(m.ID, t.MsgID, t.Own)
		if double {
			continue
		}
		m.Answers = s.quote(ctx, e.Target, id, t.Answers)
		if m.Position, err = s.book.Place(ctx, id, t.Time, t.Timed, order+uint64(i)); err != nil {
			s.n.cfg.Log.Error("a message is lost", "error", err)
			continue
		}
		messages = append(messages, m)
	}
	if e.Past {
		if messages, err = s.withoutDoubles(ctx, id, messages); err != nil {
			s.n.cfg.Log.Error("history is lost", "target", e.Target, "error", err)
			return
		}
	}
	for i := range messages {
		s.put(&messages[i], e.Quiet)
	}
	if e.Older {
		s.fresh = len(messages)
	} else if len(messages) > 0 {
		s.n.cfg.Emit(chat.MessagesAdded{Messages: messages})
	}
}

// withoutOwnLines leaves out of history the lines of messages that were sent from
// here: further ones, and those said under a nick that was this device's only then. Of
// what bears another nick the words have to be in it, or anybody could hide theirs.
func (s *server) withoutOwnLines(ctx context.Context, id chat.ConversationID, list []machine.Text) []machine.Text {
	claims := func(t machine.Text) bool { return t.ID != (chat.MessageID{}) && (t.Later || !t.Own) }
	var ids []chat.MessageID
	for _, t := range list {
		if claims(t) {
			ids = append(ids, t.ID)
		}
	}
	if len(ids) == 0 {
		return list
	}
	held, err := s.n.cfg.Store.Messages(ctx, id, ids)
	if err != nil {
		s.n.cfg.Log.Warn("own messages may be shown twice", "error", err)
	}
	texts := make(map[chat.MessageID]string)
	for _, m := range held {
		if m.Own {
			texts[m.ID] = m.Text
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(t machine.Text) bool {
		text, own := texts[t.ID]
		return own && claims(t) && (t.Own || strings.Contains(text, chat.CleanText(strings.TrimPrefix(t.Body, "/me "))))
	})
}

// withoutDoubles leaves out what is on disk: by ID, and own messages by their text.
func (s *server) withoutDoubles(ctx context.Context, id chat.ConversationID, list []chat.Message) ([]chat.Message, error) {
	ids := make([]chat.MessageID, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	held, err := s.n.cfg.Store.Messages(ctx, id, ids)
	if err != nil {
		return nil, err
	}
	skip := make(map[chat.MessageID]bool, len(held))
	for _, m := range held {
		skip[m.ID] = true
	}
	kept := list[:0]
	for _, m := range list {
		if skip[m.ID] {
			continue
		}
		if m.Own {
			double, err := s.isOwnDouble(ctx, id, m)
			if err != nil {
				return nil, err
			}
			if double {
				continue
			}
		}
		kept = append(kept, m)
	}
	return kept, nil
}

// isOwnDouble says whether an own message in history is one that was sent from
// here; each stands for one only.
func (s *server) isOwnDouble(ctx context.Context, id chat.ConversationID, m chat.Message) (bool, error) {
	var after chat.Position
	binary.BigEndian.PutUint64(after[:], uint64(wire.HybridAt(m.Sent.Add(-doubleTime))))
	page, err := s.n.cfg.Store.History(ctx, id, store.Page{After: after, Limit: heldPage})
	if err != nil {
		return false, err
	}
	for _, held := range page {
		if held.Own && held.State == chat.Delivered && held.Text == m.Text &&
			held.Sent.Sub(m.Sent).Abs() <= doubleTime && s.book.Claim(held.ID) {
			return true, nil
		}
	}
	return false, nil
}

// put stores a message behind the others, and waits where too many are on their
// way: the socket is not read meanwhile.
func (s *server) put(m *chat.Message, quiet bool) {
	w := store.Write{Message: m, Quiet: quiet, Received: m.Received}
	var done chan error
	if s.n.cfg.Store.Backlog() > store.HighWater {
		done = make(chan error, 1)
	}
	w.Done = func(err error) {
		if err != nil {
			s.n.cfg.Log.Error("a message is not kept", "message", m.ID, "error", err)
		}
		if done != nil {
			done <- err
		}
	}
	s.n.cfg.Store.Enqueue(w)
	if done != nil {
		<-done
	}
}

// said shows what the server itself says, in its own conversation, which is kept: so a
// server that goes on and on is heard no further.
func (s *server) said(e machine.Said) {
	now := time.Now()
	s.patience = min(maxSaid, s.patience+saidRate*now.Sub(s.heard).Seconds())
	s.heard = now
	if strings.TrimSpace(e.Text) == "" || s.patience < 1 {
		return
	}
	if s.patience--; s.patience < 1 {
		e.Text = "The server says too much; what it says next is left out."
	}
	s.receive(machine.Received{Texts: []machine.Text{{From: cmp.Or(e.From, s.address.Host), Body: e.Text, Time: time.Now()}}, Quiet: true})
}

// begun keeps, before it is written, that the server may have an own message: also the
// next run has to know that it cannot be taken back.
func (s *server) begun(id chat.MessageID) {
	if s.irc == nil {
		return // what was sent is not written again there
	}
	if err := s.n.cfg.Store.MarkSent(context.Background(), id); err != nil {
		s.n.cfg.Log.Warn("a state is not kept", "message", id, "error", err)
	}
}

// advance notes how far an own message has come. Only what is final lasts: what was
// sent and not answered for is queued again after a restart.
func (s *server) advance(e machine.Advanced) {
	if e.Ahead != 0 {
		s.book.SetAhead(e.Ahead)
	}
	if e.MsgID != "" {
		s.book.Remember(e.ID)
		s.book.Call(e.ID, e.MsgID, true)
	}
	ctx := context.Background()
	m, err := s.n.cfg.Store.Message(ctx, e.ID)
	if err != nil {
		s.n.cfg.Log.Warn("an own message is not known", "message", e.ID, "error", err)
		return
	}
	final := e.State == chat.Delivered || e.State == chat.Sent && s.irc == nil
	if final {
		if err := s.n.cfg.Store.SetState(ctx, e.ID, e.State); err != nil {
			s.n.cfg.Log.Warn("a state is not kept", "message", e.ID, "error", err)
		}
	}
	if s.status != nil {
		s.status[e.ID] = e.State
	}
	s.n.cfg.Emit(chat.StateChanged{Conversation: m.Conversation, Messages: []chat.MessageID{e.ID}, State: e.State})
}
