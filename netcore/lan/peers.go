package lan

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/beacon"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/store"
)

// peer is another device as the loop knows it.
type peer struct {
	id                 identity.DeviceID
	name               string // never empty
	status             string
	trust              chat.Trust
	kept               bool // in the store
	savedTrust         chat.Trust
	online             bool
	addresses          []netip.AddrPort // the latest first
	ways               []string
	lastSeen           time.Time
	instance, sequence uint64 // of its last announcement
	inLobby            bool   // it takes part
}

// introduced says whether the peer ever said what it is called.
func (p *peer) introduced() bool { return p.instance != 0 }

// peerOf returns a peer, making it if it is not known yet.
func (n *Network) peerOf(id identity.DeviceID) *peer {
	p := n.peers[id]
	if p == nil {
		p = &peer{id: id, name: id.Short(), trust: chat.New}
		n.peers[id] = p
	}
	return p
}

// NameOf returns what a device is called; the beginning of its ID if nobody knows.
func (n *Network) NameOf(id identity.DeviceID) string { return n.directory.NameOf(id) }

// loadPeers brings the known peers from the store.
func (n *Network) loadPeers(ctx context.Context) error {
	known, err := n.cfg.Store.Peers(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, k := range known {
		p := n.peerOf(k.ID)
		p.name, p.trust, p.kept, p.savedTrust = k.Name, k.Trust, true, k.Trust
		p.addresses, p.lastSeen = k.Addresses, k.LastSeen
		p.instance, p.sequence = k.Instance, k.Sequence
		n.directory.Put(p.view(nil))
		n.tendTo(now, p)
		n.discovery.Step(now, discovery.Known{
			Peer: k.ID, Instance: k.Instance, Sequence: k.Sequence,
			Name: k.Name, Addresses: k.Addresses, LastSeen: k.LastSeen,
		})
	}
	return nil
}

// packetArrived takes a datagram from the beacon.
func (n *Network) packetArrived(p beacon.Packet) {
	n.discover(time.Now(), discovery.Heard{
		Datagram: p.Datagram, From: p.From, Interface: p.Interface, Way: discovery.Way(p.Way),
	})
}

// discover gives discovery an event and carries out what it decided.
func (n *Network) discover(now time.Time, event discovery.Event) {
	for _, effect := range n.discovery.Step(now, event) {
		switch e := effect.(type) {
		case discovery.Announce:
			n.beacon.Send(e.Datagram)
		case discovery.Tell:
			send := n.beacon.SendTo
			if e.Both {
				send = n.beacon.SendFromBoth
			}
			if err := send(e.Datagram, e.To); err != nil {
				n.cfg.Log.Debug("announcement not sent", "to", e.To, "error", err)
			}
		case discovery.PeerChanged:
			n.peerChanged(now, e.Peer)
		case discovery.PeerForgotten:
			n.forget(e.Peer)
		case discovery.KeyDoubted:
			n.keyDoubted(e.At)
		}
	}
}

// peerChanged takes what discovery says of a peer.
func (n *Network) peerChanged(now time.Time, news discovery.Peer) {
	p := n.peerOf(news.ID)
	before := *p
	p.name, p.status, p.online = news.Name, news.Status, news.State == chat.Online
	p.addresses, p.ways, p.lastSeen = news.Addresses, news.Ways, news.LastSeen
	p.instance, p.sequence = news.Instance, news.Sequence
	p.inLobby = slices.Contains(news.Capabilities, capabilityLobby)
	if p.inLobby != before.inLobby {
		n.replica.PeerInLobby(now, p.id, p.inLobby)
	}
	if !before.introduced() && p.introduced() && p.trust == chat.New {
		p.trust = n.firstTrust(p)
	}
	n.tendTo(now, p)
	moved := p.instance != before.instance || !slices.Equal(p.addresses, before.addresses)
	if p.kept && (p.name != before.name || p.online != before.online || moved) {
		n.save(p)
	}
	n.publish(p)
}

// tendTo tells peering what is known of a peer.
func (n *Network) tendTo(now time.Time, p *peer) {
	n.tend(now, peering.PeerChanged{Peer: peering.Peer{
		ID: p.id, Online: p.online, InLobby: p.inLobby, Kept: p.kept, Blocked: p.trust == chat.Blocked,
		Instance: p.instance, Addresses: p.addresses,
	}})
}

// firstTrust is what to think of a device never seen before: it is a stranger,
// and suspicious if it bears the name of somebody known.
func (n *Network) firstTrust(p *peer) chat.Trust {
	for _, other := range n.peers {
		known := other.trust == chat.Accepted || other.trust == chat.Verified
		if other != p && known && strings.EqualFold(other.name, p.name) {
			return chat.Changed
		}
	}
	return chat.New
}

// forget drops a peer that discovery no longer holds, unless it is kept.
func (n *Network) forget(id identity.DeviceID) {
	p := n.peers[id]
	if p == nil || p.kept || n.sessions[id] != nil {
		return
	}
	delete(n.peers, id)
	n.tend(time.Now(), peering.PeerForgotten{Peer: id})
	n.directory.Remove(id)
}

// publish shows a peer to everybody else, once it has a name.
func (n *Network) publish(p *peer) {
	if !p.introduced() {
		return
	}
	view := p.view(n.sessions[p.id])
	if before, ok := n.directory.Get(p.id); ok && samePeer(before, view) {
		n.directory.Put(view)
		return
	}
	n.directory.Put(view)
	n.cfg.Emit(chat.PeerChanged{Peer: view})
}

func (p *peer) view(s *session) chat.Peer {
	v := chat.Peer{
		ID: p.id, Name: p.name, Status: p.status, State: chat.Offline, Linked: s != nil,
		Addresses: slices.Clone(p.addresses), Ways: slices.Clone(p.ways), Trust: p.trust, LastSeen: p.lastSeen,
	}
	if p.online { // whoever has a link is, but for the moment of leaving
		v.State = chat.Online
	}
	return v
}

// samePeer says whether nothing changed that anybody would want to know.
func samePeer(a, b chat.Peer) bool {
	return a.Name == b.Name && a.Status == b.Status && a.State == b.State && a.Linked == b.Linked &&
		a.Trust == b.Trust && slices.Equal(a.Addresses, b.Addresses)
}

// keep makes a peer last: somebody there is a conversation with, or who was
// connected to by hand.
func (n *Network) keep(p *peer) {
	p.kept = true
	n.tendTo(time.Now(), p)
	n.save(p)
}

func (n *Network) save(p *peer) {
	saved := store.Peer{
		ID: p.id, Name: p.name, Trust: p.trust, Addresses: slices.Clone(p.addresses),
		LastSeen: p.lastSeen, Instance: p.instance, Sequence: p.sequence,
	}
	n.cfg.Store.Enqueue(store.Write{
		Peer: &saved,
		// What a peer says of itself it says again; what the user thinks of it has
		// to last.
		Lazy: p.savedTrust == p.trust,
		Done: func(err error) {
			if err != nil {
				n.cfg.Log.Warn("peer not stored", "peer", saved.ID.Short(), "error", err)
			}
		},
	})
	p.savedTrust = p.trust
}

// welcome says whether entries of a conversation are taken from a peer: what
// strangers may begin here is bounded.
func (n *Network) welcome(id identity.DeviceID, conversation chat.ConversationID) bool {
	p := n.peerOf(id)
	direct := conversation == chat.DirectID(n.self, id)
	switch {
	case p.trust == chat.Blocked:
		return false
	case p.trust == chat.Accepted, p.trust == chat.Verified, conversation == chat.LobbyID, direct && p.kept:
		return true
	case !direct:
		if requests := n.replica.Requests(); !n.replica.Knows(conversation) && requests >= chat.MaxGroups {
			n.replica.Refused(id, fmt.Errorf("%w: strangers have put this device into %d groups already; join or leave some", chat.ErrRefused, requests))
			return false
		}
		return true
	}
	strangers := 0
	for _, other := range n.peers {
		if other.kept && (other.trust == chat.New || other.trust == chat.Changed) {
			strangers++
		}
	}
	if strangers >= chat.MaxStrangers {
		n.replica.Refused(id, fmt.Errorf("%w: %d strangers have conversations already; accept or block some", chat.ErrRefused, strangers))
		return false
	}
	return true
}

// SetTrust says what this device's user thinks of a peer.
func (n *Network) SetTrust(ctx context.Context, id identity.DeviceID, trust chat.Trust) error {
	switch trust {
	case chat.New, chat.Accepted, chat.Verified, chat.Blocked:
	default:
		return fmt.Errorf("%w: trust cannot be set to %q", chat.ErrRefused, trust)
	}
	known := false
	err := n.loop.Call(ctx, func() {
		if p := n.peers[id]; p != nil {
			known = true
			n.setTrust(p, trust)
		}
	})
	if err == nil && !known {
		err = fmt.Errorf("%w device %s", chat.ErrUnknown, id.Short())
	}
	return err
}

func (n *Network) setTrust(p *peer, trust chat.Trust) {
	p.trust = trust
	n.publish(p) // so that no other link with somebody blocked comes up
	n.keep(p)
	n.tend(time.Now(), peering.Retry{Peer: p.id})
}

// Peers returns everybody known or heard, by name.
func (n *Network) Peers() []chat.Peer { return n.directory.List() }

// Peer returns one peer.
func (n *Network) Peer(id identity.DeviceID) (chat.Peer, bool) { return n.directory.Get(id) }

// sortAddresses puts IPv4 before IPv6.
func sortAddresses(list []netip.AddrPort) {
	slices.SortStableFunc(list, func(a, b netip.AddrPort) int { return a.Addr().Compare(b.Addr()) })
}
