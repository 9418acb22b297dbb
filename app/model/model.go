package app

import (
	"bytes"
	"cmp"
	"context"
	"net/netip"
	"slices"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// model is what the window knows: the last thing the Core said of everybody.
// It decides what is shown and holds no object of the screen.
type model struct {
	self          netcore.Self
	peers         map[identity.DeviceID]chat.Peer
	conversations map[chat.ConversationID]chat.Conversation
	interfaces    []chat.Interface
}

// snapshot is what a Core says when it is asked for everything.
type snapshot struct {
	self          netcore.Self
	peers         []chat.Peer
	conversations []chat.Conversation
	interfaces    []chat.Interface
}

// load asks core for everything. It may wait for the disk.
func load(ctx context.Context, core Core) (snapshot, error) {
	conversations, err := core.Conversations(ctx)
	return snapshot{
		self:          core.Self(),
		peers:         core.Peers(),
		conversations: conversations,
		interfaces:    core.Interfaces(),
	}, err
}

func newModel() *model {
	return &model{
		peers:         make(map[identity.DeviceID]chat.Peer),
		conversations: make(map[chat.ConversationID]chat.Conversation),
	}
}

// replace takes s for all that is known.
func (m *model) replace(s snapshot) {
	m.self, m.interfaces = s.self, s.interfaces
	clear(m.peers)
	for _, p := range s.peers {
		m.peers[p.ID] = p
	}
	clear(m.conversations)
	for _, c := range s.conversations {
		m.conversations[c.ID] = c
	}
}

// apply takes in one event. It returns the conversations that have to be asked
// for afresh: those nothing is known about, and those whose unread count may have
// changed, which the event does not say.
func (m *model) apply(ev chat.Event) (stale []chat.ConversationID) {
	switch ev := ev.(type) {
	case chat.PeerChanged:
		m.peers[ev.Peer.ID] = ev.Peer
	case chat.ConversationChanged:
		c := ev.Conversation
		if old := m.conversations[c.ID]; c.Last == nil || old.Last != nil && c.Last.Position.Less(old.Last.Position) {
			c.Last = old.Last
		}
		m.conversations[c.ID] = c
	case chat.InterfacesChanged:
		m.interfaces = ev.Interfaces
	case chat.MessagesAdded:
		for _, msg := range ev.Messages {
			c, ok := m.conversations[msg.Conversation]
			if (!ok || !msg.Own) && !slices.Contains(stale, msg.Conversation) {
				stale = append(stale, msg.Conversation)
			}
			if ok && (c.Last == nil || c.Last.Position.Less(msg.Position)) {
				c.Last = &msg
				m.conversations[c.ID] = c
			}
		}
	case chat.StateChanged:
		c := m.conversations[ev.Conversation]
		if c.Last != nil && slices.Contains(ev.Messages, c.Last.ID) {
			last := *c.Last
			last.State = ev.State
			c.Last = &last
			m.conversations[c.ID] = c
		}
	}
	return stale
}

// peerOf returns the other side of a direct conversation.
func (m *model) peerOf(c chat.Conversation) (chat.Peer, bool) {
	if c.Kind != chat.Direct {
		return chat.Peer{}, false
	}
	p, ok := m.peers[c.Peer]
	return p, ok
}

// directWith returns the conversation with a peer as it is or would be.
func (m *model) directWith(p chat.Peer) chat.Conversation {
	id := chat.DirectID(m.self.ID, p.ID)
	if c, ok := m.conversations[id]; ok {
		return c
	}
	return chat.Conversation{ID: id, Kind: chat.Direct, Title: p.Name, Peer: p.ID}
}

// conversation finds a conversation that exists, or the one with a peer that
// would have this ID.
func (m *model) conversation(id chat.ConversationID) (chat.Conversation, bool) {
	if c, ok := m.conversations[id]; ok {
		return c, true
	}
	for _, p := range m.peers {
		if c := m.directWith(p); c.ID == id {
			return c, true
		}
	}
	return chat.Conversation{}, false
}

// unread counts the messages that nobody looked at, but for those of people who
// were blocked.
func (m *model) unread() int {
	n := 0
	for _, c := range m.conversations {
		if p, ok := m.peerOf(c); !ok || p.Trust != chat.Blocked {
			n += c.Unread
		}
	}
	return n
}

// online returns who is there now, sorted by name; nobody blocked.
func (m *model) online() []chat.Peer {
	var out []chat.Peer
	for _, p := range m.peers {
		if p.State == chat.Online && p.Trust != chat.Blocked && p.ID != m.self.ID {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, byName)
	return out
}

// near says whether a peer stands on a network that this device has a card on.
func (m *model) near(p chat.Peer) bool {
	for _, i := range m.interfaces {
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

// card is a network interface as a person may know it.
type card struct {
	name      string
	addresses []netip.Addr // IPv4 first, then IPv6; link-local ones only if there is no other
}

// cards returns the interfaces that lead to others.
func (m *model) cards() []card {
	var out []card
	for _, i := range m.interfaces {
		if i.Loopback {
			continue
		}
		c := card{name: i.Name}
		var local []netip.Addr
		for _, prefix := range i.Addresses {
			if a := prefix.Addr().Unmap(); a.IsLinkLocalUnicast() {
				local = append(local, a.WithZone(""))
			} else {
				c.addresses = append(c.addresses, a)
			}
		}
		if len(c.addresses) == 0 {
			c.addresses = local
		}
		if len(c.addresses) == 0 {
			continue
		}
		slices.SortStableFunc(c.addresses, func(a, b netip.Addr) int { return cmp.Compare(a.BitLen(), b.BitLen()) })
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b card) int { return cmp.Compare(a.name, b.name) })
	return out
}

func byName(a, b chat.Peer) int {
	if c := compareNames(a.Name, b.Name); c != 0 {
		return c
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}
