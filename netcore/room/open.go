package room

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/store"
)

// isChannel says whether a target is a channel; before a server has told its types
// the usual ones are meant.
func (s *server) isChannel(target string) bool {
	return s.irc != nil && s.irc.IsChannel(target)
}

func (s *server) fold(target string) string {
	if s.irc == nil {
		return target
	}
	return s.irc.Fold(target)
}

// named returns the name that the conversation with a target bears for itself: its ID,
// and those of its messages, are made from it, and last when somebody changes nick. It is
// the target, but for people who have been called otherwise and those who are called
// today as one of them was, who get a number. The caller holds s.mu.
func (s *server) named(target string) string {
	if name, ok := s.names[strings.ToLower(target)]; ok {
		return name
	}
	name := target
	for n := 2; s.has(name); n++ {
		name = fmt.Sprintf("%s %d", target, n) // no target has a space in it
	}
	return name
}

func (s *server) has(name string) bool {
	_, taken := s.targets[s.address.ID(name)]
	return taken
}

// nameOf is named for those who do not hold s.mu.
func (s *server) nameOf(target string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.named(target)
}

// id returns the conversation with a target.
func (s *server) id(target string) chat.ConversationID { return s.address.ID(s.nameOf(target)) }

// know notes which target a conversation is with.
func (s *server) know(target, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.targets[s.address.ID(name)] = target
	s.names[strings.ToLower(target)] = name
}

// lose forgets the conversation with a target.
func (s *server) lose(target string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.targets, s.address.ID(s.named(target)))
	delete(s.names, strings.ToLower(target))
}

// open makes the conversation with a target, and keeps it among those to come back
// to.
func (s *server) open(ctx context.Context, target string) (chat.ConversationID, error) {
	name := s.nameOf(target)
	id := s.address.ID(name)
	s.mu.Lock()
	_, known := s.targets[id]
	s.mu.Unlock()
	if known {
		return id, nil
	}
	title := cmp.Or(target, s.address.Host)
	if err := s.n.cfg.Store.AddConversation(ctx, store.Conversation{ID: id, Kind: chat.Room, Title: title}); err != nil {
		return id, err
	}
	s.know(target, name)
	return id, s.keep(ctx, target, "")
}

// keep adds a room to what is kept of the server.
func (s *server) keep(ctx context.Context, target, key string) error {
	for i := range s.kept.Rooms {
		if r := &s.kept.Rooms[i]; s.fold(r.Name) == s.fold(target) {
			if key == "" || r.Key == key {
				return nil
			}
			r.Key = key
			return s.n.save(ctx, s.kept)
		}
	}
	s.kept.Rooms = append(s.kept.Rooms, keptRoom{Name: target, As: s.as(target), Key: key})
	return s.n.save(ctx, s.kept)
}

// as returns the name that the conversation with a target bears for itself, "" if that is
// the target.
func (s *server) as(target string) string {
	name := s.nameOf(target)
	if strings.EqualFold(name, target) {
		return ""
	}
	return name
}

// renamed goes on with the conversation with somebody who has another nick.
func (s *server) renamed(e machine.Renamed) {
	s.mu.Lock()
	name, known := s.names[strings.ToLower(e.Was)]
	s.mu.Unlock()
	if !known {
		return // nothing was said yet
	}
	s.lose(e.Was)
	s.know(e.Is, name)
	waiting := s.fetches[s.fold(e.Was)]
	delete(s.fetches, s.fold(e.Was))
	s.fetches[s.fold(e.Is)] = append(s.fetches[s.fold(e.Is)], waiting...)
	for i := range s.kept.Rooms {
		if r := &s.kept.Rooms[i]; r.Name == e.Was {
			r.Name, r.As = e.Is, s.as(e.Is)
		}
	}
	id, ctx := s.address.ID(name), context.Background()
	err := errors.Join(s.n.save(ctx, s.kept),
		s.n.cfg.Store.AddConversation(ctx, store.Conversation{ID: id, Kind: chat.Room, Title: e.Is}))
	if err != nil {
		s.n.cfg.Log.Warn("a change of nick is not kept", "was", e.Was, "is", e.Is, "error", err)
	}
	s.changed(e.Is)
	s.n.cfg.Emit(chat.Notice{Conversation: id, Text: fmt.Sprintf("%s is now called %s.", chat.CleanName(e.Was), chat.CleanName(e.Is))})
}
