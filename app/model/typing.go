package model

import (
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// typist is somebody who types.
type typist struct {
	who   chat.Author
	until time.Time // believed until then
}

// hear takes in that somebody types, or no longer does.
func (m *Model) hear(ev chat.Typing, now time.Time) {
	m.stopped(ev.Conversation, ev.From)
	if ev.Active && ev.From.Device != m.Self.ID {
		m.typing[ev.Conversation] = append(m.typing[ev.Conversation], typist{ev.From, now.Add(chat.TypingLasts)})
	}
}

// stopped says that somebody does not type any more.
func (m *Model) stopped(id chat.ConversationID, who chat.Author) {
	list := slices.DeleteFunc(m.typing[id], func(t typist) bool { return t.who.ID() == who.ID() })
	if len(list) == 0 {
		delete(m.typing, id)
	} else {
		m.typing[id] = list
	}
}

// Typing returns the names of those who type in a conversation, by what they are
// called now, and when the first of them is believed to have stopped; zero if
// nobody types.
func (m *Model) Typing(id chat.ConversationID, now time.Time) (names []string, until time.Time) {
	list := slices.DeleteFunc(m.typing[id], func(t typist) bool { return !t.until.After(now) })
	if len(list) == 0 {
		delete(m.typing, id)
		return nil, time.Time{}
	}
	m.typing[id] = list
	for _, t := range list {
		p, known := m.Peers[t.who.Device]
		if known && p.Trust == chat.Blocked {
			continue
		}
		name := t.who.Name
		if known {
			name = p.Name
		}
		names = append(names, name)
		if until.IsZero() || t.until.Before(until) {
			until = t.until
		}
	}
	return names, until
}
