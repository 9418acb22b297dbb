package room

import (
	"cmp"
	"context"

	"github.com/parlance-chat/parlance/netcore/chat"
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

// know notes which target a conversation is with.
func (s *server) know(target string) chat.ConversationID {
	id := s.address.ID(target)
	s.mu.Lock()
	s.targets[id] = target
	s.mu.Unlock()
	return id
}

// open makes the conversation with a target, and keeps it among those to come back
// to.
func (s *server) open(ctx context.Context, target string) (chat.ConversationID, error) {
	id := s.address.ID(target)
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
	s.know(target)
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
	s.kept.Rooms = append(s.kept.Rooms, keptRoom{target, key})
	return s.n.save(ctx, s.kept)
}
