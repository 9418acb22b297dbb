package model

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// everyone is what the lobby is called.
const everyone = "Everyone nearby"

// Title returns what a conversation is called now.
func (m *Model) Title(c chat.Conversation) string {
	if c.Kind == chat.Lobby {
		return everyone
	}
	if p, ok := m.PeerOf(c); ok {
		return p.Name
	}
	if c.Kind == chat.Room {
		return m.roomTitle(c)
	}
	return c.Title
}

// PresenceText says whether somebody is there, and where.
func (m *Model) PresenceText(p chat.Peer, now time.Time) string {
	switch {
	case p.State == chat.Online && m.near(p):
		return "online · on this network"
	case p.State == chat.Online:
		return "online · on another network"
	case p.LastSeen.IsZero():
		return "offline"
	}
	return "offline, last seen " + phrase.AgoTime(p.LastSeen, now)
}

// NamesOf returns the names of peers.
func NamesOf(peers []chat.Peer) []string {
	var out []string
	for _, p := range peers {
		out = append(out, p.Name)
	}
	return out
}

// CardNames returns the cards with the first address of each: "eth0 (10.0.0.5)".
func CardNames(cards []Card) []string {
	var out []string
	for _, c := range cards {
		out = append(out, fmt.Sprintf("%s (%s)", c.Name, c.Addresses[0]))
	}
	return out
}

// NetworkLine says in a few words what the network looks like.
func (m *Model) NetworkLine() string {
	switch cards := m.Cards(); len(cards) {
	case 0:
		return "No network"
	case 1:
		return fmt.Sprintf("%s · %s", cards[0].Name, cards[0].Addresses[0])
	default:
		var n []string
		for _, c := range cards {
			n = append(n, c.Name)
		}
		return phrase.Listed(n, 4)
	}
}

// OwnAddresses returns the addresses of this computer that others may reach.
func (m *Model) OwnAddresses() []netip.Addr {
	var out []netip.Addr
	for _, c := range m.Cards() {
		for _, a := range c.Addresses {
			if a.Is4() || len(c.Addresses) == 1 {
				out = append(out, a)
			}
		}
	}
	return out
}
