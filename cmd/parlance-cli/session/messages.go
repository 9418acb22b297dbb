package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// Messages walks through a conversation, oldest first: all of it, or the newest
// limit messages if limit is not 0.
func (s *Session) Messages(ctx context.Context, id chat.ConversationID, limit int) iter.Seq2[control.Placed, error] {
	return func(yield func(control.Placed, error) bool) {
		after := control.Beginning
		if limit > 0 {
			newest, err := s.Newest(ctx, id, limit)
			if err != nil {
				yield(control.Placed{}, err)
				return
			}
			for _, m := range newest {
				if !yield(m, nil) {
					return
				}
			}
			return
		}
		for {
			page, err := s.History(ctx, id, netcore.Page{After: after, Limit: control.MaxPage})
			if err != nil {
				yield(control.Placed{}, err)
				return
			}
			for _, m := range page {
				if !yield(m, nil) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
			after = page[len(page)-1].Position
		}
	}
}

// Newest returns the newest limit messages, oldest first.
func (s *Session) Newest(ctx context.Context, id chat.ConversationID, limit int) ([]control.Placed, error) {
	var pages [][]control.Placed
	var before chat.Position
	for limit > 0 {
		page, err := s.History(ctx, id, netcore.Page{Before: before, Limit: min(limit, control.MaxPage)})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		pages = append(pages, page)
		limit -= len(page)
		before = page[0].Position
	}
	slices.Reverse(pages)
	return slices.Concat(pages...), nil
}

const (
	// minBeginning is how many characters of a message's ID may stand for it: they
	// say in which minute it was written.
	minBeginning = 8
	// searched is how many of the newest messages are looked at for the beginning
	// of an ID: those that somebody may still have on the screen.
	searched = 2000
)

// Message finds the message whose ID is text. If in names a conversation, the
// message is in it, and the beginning of its ID is enough.
func (s *Session) Message(ctx context.Context, in, text string) (control.Placed, error) {
	if in != "" {
		c, err := s.Find(ctx, in)
		if err != nil {
			return control.Placed{}, err
		}
		return s.MessageIn(ctx, c.ID, text)
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return control.Placed{}, fmt.Errorf("%w message %q: give its whole ID, as send and history --ids print it, or the beginning of it and --in TO", chat.ErrUnknown, text)
	}
	return s.FindMessage(ctx, id)
}

// MessageIn finds the message of a conversation whose ID is text or begins with
// it.
func (s *Session) MessageIn(ctx context.Context, in chat.ConversationID, text string) (control.Placed, error) {
	if id, err := uuid.Parse(text); err == nil {
		return s.Client.Message(ctx, in, id)
	}
	if len(text) < minBeginning {
		return control.Placed{}, fmt.Errorf("%w message %q: at least %d characters of an ID stand for it", chat.ErrUnknown, text, minBeginning)
	}
	newest, err := s.Newest(ctx, in, searched)
	if err != nil {
		return control.Placed{}, err
	}
	var found []control.Placed
	for _, m := range newest {
		if strings.HasPrefix(m.ID.String(), strings.ToLower(text)) {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return control.Placed{}, fmt.Errorf("%w message %q: none of the last %d there begins so", chat.ErrUnknown, text, len(newest))
	case 1:
		return found[0], nil
	}
	var ids []string
	for _, m := range found[max(0, len(found)-10):] {
		ids = append(ids, m.ID.String())
	}
	return control.Placed{}, fmt.Errorf("message %q is %w; it may be: %s", text, chat.ErrAmbiguous, strings.Join(ids, ", "))
}

// Arrived says that a message has come as far as can be known: to all of a
// group, and to somebody in the lobby, where nobody knows who all are.
func Arrived(m control.Message) bool {
	switch {
	case m.State == chat.Delivered, m.State == chat.Read:
		return true
	case m.Kind == chat.Plain:
		return m.State == chat.Sent // nobody sends receipts there
	case m.Kind == chat.Lobby:
		return m.Tally != nil && m.Tally.Delivered > 0
	}
	return false
}

// Settled says that nothing more becomes of a message by itself: it has arrived, or
// was refused.
func Settled(m control.Message) bool { return Arrived(m) || m.State == chat.Refused }

// Await waits until an own message is settled, for so long and no longer, and
// returns it as it is then. When the program that had the profile open ends
// meanwhile, this one opens it and goes on.
func (s *Session) Await(ctx context.Context, m control.Message, wait time.Duration) control.Message {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		if s.awaitHere(ctx, &m); ctx.Err() != nil || Settled(m) {
			return m
		}
		again, err := s.door.Enter(ctx)
		if err != nil {
			return m
		}
		defer again.Close()
		s = again
	}
}

// awaitHere does what Await does until the session ends.
func (s *Session) awaitHere(ctx context.Context, m *control.Message) {
	stream, err := s.Events(ctx)
	if err != nil {
		return
	}
	defer stream.Close()
	for {
		e, err := stream.Next()
		if err != nil {
			return
		}
		var change *control.StateChange
		switch body := e.Body.(type) {
		case control.StateChange:
			if body.Message != m.ID {
				continue
			}
			change = &body
		case control.Ready:
		default:
			if e.Name != control.EventLagged {
				continue
			}
		}
		if now, err := s.Progress(ctx, *m, change); err == nil {
			*m = now
		}
		if Settled(*m) {
			return
		}
	}
}

// Progress returns an own message as far as it has come now. change is an event
// that told of it, if one did: it speaks of one recipient, and where there is no
// other it needs no looking up.
func (s *Session) Progress(ctx context.Context, m control.Message, change *control.StateChange) (control.Message, error) {
	if change != nil && change.State != chat.Refused && (m.Kind == chat.Direct || m.Kind == chat.Plain || m.Kind == chat.Room) {
		m.State = change.State
		return m, nil
	}
	now, err := s.Client.Message(ctx, m.Conversation, m.ID)
	if errors.Is(err, chat.ErrUnknown) {
		return m, nil // no longer kept: nothing more will be known of it
	}
	return now.Message, err
}
