// Package model is what the window knows: the last thing the node said of
// everybody, and what is shown because of it. It has no objects of the screen in
// it, asks nothing by itself and can be tested without a window.
package model

import (
	"bytes"
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Model is the last thing the node said of everybody.
type Model struct {
	Self          netcore.Self
	Peers         map[identity.DeviceID]chat.Peer
	Conversations map[chat.ConversationID]chat.Conversation
	Interfaces    []chat.Interface
	// Members holds those of the conversations that were looked at.
	Members map[chat.ConversationID][]chat.Member
	// Rooms holds what there is to say about conversations on servers; of one that was
	// left, what there was.
	Rooms map[chat.ConversationID]netcore.RoomStatus
	// Inviters holds who put this device's user into groups that wait for an answer.
	Inviters map[chat.ConversationID]chat.Author
	typing   map[chat.ConversationID][]typist
}

// Source is what Load asks; see netcore.Node.
type Source interface {
	Self() netcore.Self
	Peers() []chat.Peer
	Conversations(ctx context.Context) ([]chat.Conversation, error)
	Interfaces() []chat.Interface
	Rooms() []netcore.RoomStatus
}

// Snapshot is what a Source says when it is asked for everything.
type Snapshot struct {
	Self          netcore.Self
	Peers         []chat.Peer
	Conversations []chat.Conversation
	Interfaces    []chat.Interface
	Rooms         []netcore.RoomStatus
}

// Load asks core for everything. It may wait for the disk.
func Load(ctx context.Context, core Source) (Snapshot, error) {
	conversations, err := core.Conversations(ctx)
	return Snapshot{
		Self:          core.Self(),
		Peers:         core.Peers(),
		Conversations: conversations,
		Interfaces:    core.Interfaces(),
		Rooms:         core.Rooms(),
	}, err
}

// New returns a model that knows nobody.
func New() *Model {
	return &Model{
		Peers:         make(map[identity.DeviceID]chat.Peer),
		Conversations: make(map[chat.ConversationID]chat.Conversation),
		Members:       make(map[chat.ConversationID][]chat.Member),
		Rooms:         make(map[chat.ConversationID]netcore.RoomStatus),
		Inviters:      make(map[chat.ConversationID]chat.Author),
		typing:        make(map[chat.ConversationID][]typist),
	}
}

// Replace takes s for all that is known.
func (m *Model) Replace(s Snapshot) {
	m.Self, m.Interfaces = s.Self, s.Interfaces
	clear(m.Peers)
	for _, p := range s.Peers {
		m.Peers[p.ID] = p
	}
	clear(m.Conversations)
	for _, c := range s.Conversations {
		m.Conversations[c.ID] = c
	}
	m.SetRooms(s.Rooms)
}

// Apply takes in one event that came at now. It returns the conversations that
// have to be asked for afresh: those nothing is known about, and those whose unread
// count may have changed, which the event does not say.
func (m *Model) Apply(ev chat.Event, now time.Time) (stale []chat.ConversationID) {
	ask := func(id chat.ConversationID) {
		if !slices.Contains(stale, id) {
			stale = append(stale, id)
		}
	}
	switch ev := ev.(type) {
	case chat.PeerChanged:
		m.Peers[ev.Peer.ID] = ev.Peer
	case chat.ConversationChanged:
		c := ev.Conversation
		if old := m.Conversations[c.ID]; c.Last == nil || old.Last != nil && c.Last.Position.Less(old.Last.Position) {
			c.Last = old.Last
		}
		m.Conversations[c.ID] = c
	case chat.InterfacesChanged:
		m.Interfaces = ev.Interfaces
	case chat.MessagesAdded:
		for _, msg := range ev.Messages {
			m.stopped(msg.Conversation, msg.From)
			c, ok := m.Conversations[msg.Conversation]
			if !ok || !msg.Own || msg.Change != nil {
				ask(msg.Conversation)
			}
			if ok && (c.Last == nil || c.Last.Position.Less(msg.Position)) {
				c.Last = &msg
				m.Conversations[c.ID] = c
			}
		}
	case chat.MessagesChanged:
		for _, msg := range ev.Messages {
			c := m.Conversations[msg.Conversation]
			if c.Last != nil && c.Last.ID == msg.ID {
				c.Last = &msg
				m.Conversations[c.ID] = c
			}
			if c.Unread > 0 && !msg.Own {
				ask(c.ID) // one that was taken back counts no more
			}
		}
	case chat.MessagesGone:
		c := m.Conversations[ev.Conversation]
		if c.Last != nil && c.Last.Position.Less(ev.Before) {
			c.Last = nil
			m.Conversations[c.ID] = c
		}
		ask(ev.Conversation)
	case chat.StateChanged:
		c := m.Conversations[ev.Conversation]
		// Of several recipients, one says nothing about the message.
		if c.Kind != chat.Group && c.Kind != chat.Lobby && c.Last != nil && slices.Contains(ev.Messages, c.Last.ID) {
			last := *c.Last
			last.State = ev.State
			c.Last = &last
			m.Conversations[c.ID] = c
		}
	case chat.Typing:
		m.hear(ev, now)
	}
	return stale
}

// PeerOf returns the other side of a direct conversation.
func (m *Model) PeerOf(c chat.Conversation) (chat.Peer, bool) {
	if c.Kind != chat.Direct {
		return chat.Peer{}, false
	}
	p, ok := m.Peers[c.Peer]
	return p, ok
}

// DirectWith returns the conversation with a peer as it is or would be.
func (m *Model) DirectWith(p chat.Peer) chat.Conversation {
	id := chat.DirectID(m.Self.ID, p.ID)
	if c, ok := m.Conversations[id]; ok {
		return c
	}
	return chat.Conversation{ID: id, Kind: chat.Direct, Title: p.Name, Peer: p.ID}
}

// Conversation finds a conversation that exists, or the one with a peer that
// would have this ID.
func (m *Model) Conversation(id chat.ConversationID) (chat.Conversation, bool) {
	if c, ok := m.Conversations[id]; ok {
		return c, true
	}
	for _, p := range m.Peers {
		if c := m.DirectWith(p); c.ID == id {
			return c, true
		}
	}
	return chat.Conversation{}, false
}

// Loud says whether messages of a conversation are to be noticed: those of the
// lobby, of rooms and of muted ones only when they call the user.
func (m *Model) Loud(c chat.Conversation) bool {
	return !c.Muted && c.Kind != chat.Lobby && !m.crowded(c)
}

// Unread counts the messages that nobody looked at, as far as they are to be
// noticed, but for those of people who were blocked.
func (m *Model) Unread() int {
	n := 0
	for _, c := range m.Conversations {
		p, isPeer := m.PeerOf(c)
		switch {
		case isPeer && p.Trust == chat.Blocked:
		case m.Loud(c):
			n += c.Unread
		case c.Mentioned:
			n++
		}
	}
	return n
}

// Online returns who is there now, sorted by name; nobody blocked.
func (m *Model) Online() []chat.Peer {
	var out []chat.Peer
	for _, p := range m.Peers {
		if p.State == chat.Online && p.Trust != chat.Blocked && p.ID != m.Self.ID {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, ByName)
	return out
}

// near says whether a peer stands on a network that this device has a card on.
func (m *Model) near(p chat.Peer) bool {
	for _, i := range m.Interfaces {
		for _, prefix := range i.Addresses {
			for _, a := range p.Addresses {
				if prefix.Masked().Contains(a.Addr().Unmap().WithZone("")) {
					return true
				}
			}
		}
	}
	return false
}

// Card is a network interface as a person may know it.
type Card struct {
	Name      string
	Addresses []netip.Addr // IPv4 first, then IPv6; link-local ones only if there is no other
}

// Cards returns the interfaces that lead to others.
func (m *Model) Cards() []Card {
	var out []Card
	for _, i := range m.Interfaces {
		if i.Loopback {
			continue
		}
		c := Card{Name: i.Name}
		var local []netip.Addr
		for _, prefix := range i.Addresses {
			if a := prefix.Addr().Unmap(); a.IsLinkLocalUnicast() {
				local = append(local, a.WithZone(""))
			} else {
				c.Addresses = append(c.Addresses, a)
			}
		}
		if len(c.Addresses) == 0 {
			c.Addresses = local
		}
		if len(c.Addresses) == 0 {
			continue
		}
		slices.SortStableFunc(c.Addresses, func(a, b netip.Addr) int { return cmp.Compare(a.BitLen(), b.BitLen()) })
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Card) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// ByName orders people by their names.
func ByName(a, b chat.Peer) int {
	if c := compareNames(a.Name, b.Name); c != 0 {
		return c
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}
