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

// open makes the conversation with a target, and keeps it among those to come back
// to.
func (s *server) open(ctx context.Context, target string) (chat.ConversationID, error) {
	name := s.names.Name(target)
	id := s.address.ID(name)
	if _, known := s.names.Target(id); known {
		return id, nil
	}
	title := cmp.Or(target, s.address.Host)
	if err := s.n.cfg.Store.AddConversation(ctx, store.Conversation{ID: id, Kind: chat.Room, Title: title}); err != nil {
		return id, err
	}
	s.names.Know(target, name)
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
	name := s.names.Name(target)
	if strings.EqualFold(name, target) {
		return ""
	}
	return name
}

// renamed goes on with the conversation with somebody who has another nick.
func (s *server) renamed(e machine.Renamed) {
	if !s.names.Rename(e.Was, e.Is) {
		return // nothing was said yet
	}
	if waiting := s.fetches[s.fold(e.Was)]; len(waiting) > 0 {
		delete(s.fetches, s.fold(e.Was))
		s.fetches[s.fold(e.Is)] = append(s.fetches[s.fold(e.Is)], waiting...)
	}
	for i := range s.kept.Rooms {
		if r := &s.kept.Rooms[i]; s.fold(r.Name) == s.fold(e.Was) {
			r.Name, r.As = e.Is, s.as(e.Is)
		}
	}
	id, ctx := s.names.ID(e.Is), context.Background()
	err := errors.Join(s.n.save(ctx, s.kept),
		s.n.cfg.Store.AddConversation(ctx, store.Conversation{ID: id, Kind: chat.Room, Title: e.Is}))
	if err != nil {
		s.n.cfg.Log.Warn("a change of nick is not kept", "was", e.Was, "is", e.Is, "error", err)
	}
	s.changed(e.Is)
	s.n.cfg.Emit(chat.Notice{Conversation: id, Text: fmt.Sprintf("%s is now called %s.", chat.CleanName(e.Was), chat.CleanName(e.Is))})
}
