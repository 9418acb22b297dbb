package lan

import (
	"context"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/parlance-chat/parlance/netcore/beacon"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/directory"
	"github.com/parlance-chat/parlance/netcore/lan/loop"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/lan/replica"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Config says who is on the network and how. Key, Store, Name and Emit are
// needed.
type Config struct {
	Key   *identity.Key
	Store *store.Store
	Name  string
	// Emit takes events. It is called from several goroutines and must not wait
	// for the network.
	Emit func(chat.Event)
	// Instance is higher at each start; see wire.Announcement.
	Instance uint64
	// DiscoveryPort is the UDP port of announcements; 0 stands for the protocol's.
	DiscoveryPort uint16
	// LinkPort is the UDP port of links; 0 stands for the protocol's, or any free
	// one if that is taken.
	LinkPort uint16
	// Interfaces names the interfaces to announce on; empty stands for all.
	Interfaces []string
	// Lobby says whether this device takes part in the lobby.
	Lobby bool
	// TellRead says whether others are told what this device's user has seen.
	TellRead bool
	// Changed and Touched, if not nil, are told of messages and conversations that
	// are to be read from the store afresh. They must not wait for the network.
	Changed func(chat.ConversationID, []chat.MessageID)
	Touched func(chat.ConversationID)
	Log     *slog.Logger // nil: none
}

// Network is the LAN. It implements chat.Network.
type Network struct {
	replica.Conversations // what is said

	cfg     Config
	self    identity.DeviceID
	beacon  *beacon.Beacon
	links   *link.Endpoint
	loop    *loop.Loop
	replica *replica.Replica
	// crowded is what peering says, for others than the loop.
	crowded atomic.Bool

	// Owned by the loop.
	discovery *discovery.Machine
	peering   *peering.Machine
	sessions  map[identity.DeviceID]*session
	peers     map[identity.DeviceID]*peer
	// typing is when others were last told that the user types, by conversation.
	typing map[chat.ConversationID]time.Time
	// toldOfClock is when the user was last told that messages come too early.
	toldOfClock time.Time
	// toldOfDamage says that the user was told of messages that cannot be read.
	toldOfDamage bool

	directory directory.Directory // what others may see of peers
	doubles   doubles             // machines with this device's key
}

var _ chat.Network = (*Network)(nil)

// New opens the sockets and loads what the store knows. Nothing is sent before
// Run. It is Run that closes the sockets.
func New(ctx context.Context, cfg Config) (*Network, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Changed == nil {
		cfg.Changed = func(chat.ConversationID, []chat.MessageID) {}
	}
	if cfg.Touched == nil {
		cfg.Touched = func(chat.ConversationID) {}
	}
	n := &Network{
		cfg:      cfg,
		self:     cfg.Key.ID(),
		loop:     loop.New(),
		sessions: make(map[identity.DeviceID]*session),
		peers:    make(map[identity.DeviceID]*peer),
		typing:   make(map[chat.ConversationID]time.Time),
	}
	n.replica = replica.New(replica.Config{
		Key: cfg.Key, Store: cfg.Store, Loop: n.loop, Network: surroundings{n}, Directory: &n.directory,
		InLobby: cfg.Lobby, TellRead: cfg.TellRead,
		Emit: cfg.Emit, Changed: cfg.Changed, Touched: cfg.Touched, Log: cfg.Log,
	})
	n.Conversations = n.replica.Conversations()
	n.peering = peering.New(peering.Config{
		Self: n.self, InLobby: cfg.Lobby, Pending: n.replica.Pending, Received: n.received,
	}, time.Now())
	var err error
	n.links, err = link.Listen(link.Config{
		Key:    cfg.Key,
		Port:   cfg.LinkPort,
		Accept: n.accept,
		Double: n.doubleFound,
		Admit:  n.directory.Admit,
		Ready:  func(l *link.Link) { n.loop.Put(func() { n.linkReady(l) }) },
		Datagram: func(l *link.Link, data []byte) {
			if t, err := wire.ParseTyping(data); err == nil {
				n.loop.Put(func() { n.typingArrived(l, t) })
			}
		},
		Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	n.beacon, err = beacon.Open(beacon.Config{
		Port: cfg.DiscoveryPort,
		Only: cfg.Interfaces,
		Receive: func(p beacon.Packet) {
			put := n.loop.Put
			if p.Again && n.crowded.Load() {
				// It says nothing new but the way it came, and news of others will come
				// within its copyWindow in discovery.
				put = n.loop.PutAside
			}
			put(func() { n.packetArrived(p) })
		},
		Changed: func(list []chat.Interface) { n.loop.Put(func() { n.interfacesChanged(list) }) },
	})
	if err == nil {
		n.discovery, err = discovery.New(discovery.Config{
			Key: cfg.Key, Instance: cfg.Instance, Name: cfg.Name,
			LinkPort: n.links.Port(), DiscoveryPort: cfg.DiscoveryPort, Capabilities: capabilities(cfg.Lobby),
		}, time.Now())
	}
	n.directory.SetSelf(n.self, cfg.Name)
	n.replica.SetCalled(cfg.Name)
	if err == nil {
		n.discovery.Step(time.Now(), subnets(n.Interfaces()))
		err = n.loadPeers(ctx)
	}
	if err == nil {
		err = n.replica.Load(ctx)
	}
	if err != nil {
		n.links.Close()
		if n.beacon != nil {
			n.beacon.Close()
		}
		return nil, err
	}
	return n, nil
}

// Serves says yes to direct conversations, groups and the lobby.
func (n *Network) Serves(kind chat.Kind) bool {
	return kind == chat.Direct || kind == chat.Group || kind == chat.Lobby
}

// Run finds people and talks to them until ctx ends, and says goodbye then.
func (n *Network) Run(ctx context.Context) error {
	// Sockets outlive the loop's work by the goodbye.
	sockets, closeSockets := context.WithCancel(context.WithoutCancel(ctx))
	defer closeSockets()

	failed := make(chan error, 2)
	run := func(f func(context.Context) error) {
		n.loop.Go(func(context.Context) {
			if err := f(sockets); err != nil {
				failed <- err
			}
		})
	}
	run(n.beacon.Run)
	run(n.links.Run)
	n.loop.Go(n.replica.Run)

	err := n.work(ctx, failed)
	n.loop.End()
	n.leave()
	closeSockets()
	n.loop.Wait()
	return err
}

// work runs what is in the loop's queue and what time brings, until ctx ends.
func (n *Network) work(ctx context.Context, failed <-chan error) error {
	timer := time.NewTimer(0) // the first tick begins the announcements
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-n.loop.Wake():
		case <-timer.C:
			n.tick(time.Now())
		}
		for _, do := range n.loop.Take() {
			do()
		}
		n.replica.PassOn()
		if next := n.next(); next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(next))
		}
	}
}

// tick does what is due.
func (n *Network) tick(now time.Time) {
	n.discover(now, discovery.Tick{})
	n.replica.Tick(now)
	n.tend(now, peering.Tick{})
}

// next returns when the next tick is due.
func (n *Network) next() time.Time {
	next := n.discovery.Next()
	for _, at := range []time.Time{n.replica.Next(), n.peering.Next()} {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// leave says goodbye and ends the links.
func (n *Network) leave() {
	n.replica.Leave()
	n.discover(time.Now(), discovery.Leave{})
	for _, s := range n.sessions {
		s.stop()
		s.link.Close(link.Goodbye, "")
		s.out.Wait()
	}
}

// SetName changes what this device is called, and tells everybody.
func (n *Network) SetName(ctx context.Context, name string) error {
	return n.loop.Call(ctx, func() {
		n.directory.SetSelf(n.self, name)
		n.replica.SetCalled(name)
		n.discover(time.Now(), discovery.NameChanged{Name: name})
		n.introduceSelf()
	})
}

// Interfaces returns what the network looks like now.
func (n *Network) Interfaces() []chat.Interface { return n.beacon.Interfaces() }

// LinkAddresses returns the own addresses with the port of links; loopback
// only if there is no other.
func (n *Network) LinkAddresses() []netip.AddrPort {
	return OwnAddresses(n.Interfaces(), n.links.Port())
}

// OwnAddresses joins the addresses of interfaces with a port: IPv4 first, no
// link-local ones where there are others, loopback only if there is nothing
// else.
func OwnAddresses(interfaces []chat.Interface, port uint16) []netip.AddrPort {
	var best, linkLocal, loopback []netip.AddrPort
	for _, i := range interfaces {
		for _, p := range i.Addresses {
			a := netip.AddrPortFrom(p.Addr().Unmap(), port)
			switch {
			case i.Loopback:
				loopback = append(loopback, a)
			case a.Addr().IsLinkLocalUnicast():
				linkLocal = append(linkLocal, netip.AddrPortFrom(a.Addr().WithZone(i.Name), port))
			default:
				best = append(best, a)
			}
		}
	}
	for _, list := range [][]netip.AddrPort{best, linkLocal, loopback} {
		if len(list) > 0 {
			sortAddresses(list)
			return list
		}
	}
	return nil
}
