package lan

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/outbox"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// dialTimeout bounds one attempt at all addresses.
const dialTimeout = 8 * time.Second

// accept takes a link that another device opened, on the link's own goroutine.
func (n *Network) accept(l *link.Link) { n.serve(l) }

// serve registers a link with the loop and reads it until it ends.
func (n *Network) serve(l *link.Link) {
	ctx, stop := context.WithCancel(context.Background())
	s := &session{link: l, stop: stop, credit: newCredit(), named: make(chan struct{})}
	s.out = outbox.New(ctx, outbox.Config{
		Link:   l,
		Disk:   n.cfg.Store,
		Handed: func(log wire.LogID, from, to uint64) { n.replica.Handed(l.Peer(), log, from, to) },
		Failed: func(err error) (others bool) {
			n.cfg.Log.Error("a backlog cannot be sent", "peer", l.Peer().Short(), "error", err)
			if errors.Is(err, store.ErrDamaged) { // which another link does not mend
				n.loop.Put(func() { n.tellDamaged(err) })
				return true
			}
			l.Close(link.Goodbye, "cannot read what to send")
			return false
		},
	})
	n.loop.Put(func() { n.linkUp(s) })
	n.read(ctx, l, s)
	stop()
	s.out.Wait()
	n.loop.Put(func() { n.linkDown(s) })
}

// tellDamaged tells the user, once, that messages cannot be sent which are not what
// they were.
func (n *Network) tellDamaged(err error) {
	if n.toldOfDamage {
		return
	}
	n.toldOfDamage = true
	n.cfg.Emit(chat.Notice{Text: fmt.Sprintf("Some messages cannot be sent, for they cannot be read: %v. Start Parlance again, and it says what became of your messages.", err)})
}

// linkUp puts a session to use, or closes it if there is a better one.
func (n *Network) linkUp(s *session) {
	now := time.Now()
	id := s.link.Peer()
	p := n.peerOf(id)
	if old := n.sessions[id]; old != nil {
		stay, drop := link.Keep(old.link, s.link)
		n.closeLink(drop, link.Duplicate, "")
		if stay == old.link {
			n.tend(now, peering.SecondLink{Peer: id})
			return
		}
		n.endSession(old)
	}
	n.sessions[id] = s
	n.tend(now, peering.LinkUp{Peer: id, Remote: s.link.Remote()})
	s.out.Put(n.introduction(id))
	n.discover(now, discovery.LinkUp{Peer: id, Remote: s.link.Remote()})
	n.replica.LinkUp(now, id)
	n.publish(p)
}

// linkDown takes note that a link has ended.
func (n *Network) linkDown(s *session) {
	id := s.link.Peer()
	if n.sessions[id] != s {
		return
	}
	n.endSession(s)
	now := time.Now()
	err := s.link.Err()
	var closed link.CloseError // the zero value is none
	if c, ok := errors.AsType[*link.CloseError](err); ok {
		closed = *c
	}
	n.tend(now, peering.LinkDown{Peer: id, Err: err, Refused: closed.Peer && closed.Code == link.Blocked})
	n.discover(now, discovery.LinkDown{
		Peer: id,
		Idle: closed.Code == link.Idle,
		Left: closed.Peer && closed.Code == link.Goodbye,
	})
	n.publish(n.peerOf(id))
}

func (n *Network) endSession(s *session) {
	id := s.link.Peer()
	delete(n.sessions, id)
	n.replica.LinkDown(time.Now(), id)
}

// closeLink closes a link, which takes a moment, beside the loop.
func (n *Network) closeLink(l *link.Link, code link.Code, reason string) {
	n.loop.Go(func(context.Context) { l.Close(code, reason) })
}

// linkReady says that a link that had no room has room again.
func (n *Network) linkReady(l *link.Link) {
	if s := n.sessions[l.Peer()]; s != nil && s.link == l {
		s.out.Ready()
	}
}

// tend gives peering an event and carries out what it decided. A link may have
// ended by what came of an earlier effect.
func (n *Network) tend(now time.Time, event peering.Event) {
	for _, effect := range n.peering.Step(now, event) {
		switch e := effect.(type) {
		case peering.Dial:
			n.dial(e)
		case peering.Probe:
			if s := n.sessions[e.Peer]; s != nil {
				s.out.Put(wire.Probe{Nonce: rand.Uint64()})
			}
		case peering.LetGo:
			if s := n.sessions[e.Peer]; s != nil {
				n.closeLink(s.link, link.Idle, "")
			}
		case peering.End:
			if s := n.sessions[e.Peer]; s != nil {
				n.end(now, s, e.Reason)
			}
		case peering.Introduce:
			n.passOnNews(now, e.Peers)
		}
	}
	n.crowded.Store(n.peering.Crowded())
}

// end ends a session for good.
func (n *Network) end(now time.Time, s *session, reason peering.Reason) {
	id := s.link.Peer()
	code, text := link.Goodbye, ""
	switch reason {
	case peering.Dead:
		text = "no answer to a probe"
		n.cfg.Log.Info("link does not answer", "peer", id.Short(), "address", s.link.Remote())
	case peering.Blocked:
		code = link.Blocked
	}
	n.endSession(s)
	n.closeLink(s.link, code, text)
	n.discover(now, discovery.LinkDown{Peer: id, Idle: reason == peering.Blocked}) // it is there, as far as one knows
	n.publish(n.peerOf(id))
}

// received returns how many packets came over the link with a peer.
func (n *Network) received(id identity.DeviceID) uint64 { return n.sessions[id].link.Received() }

// dial tries a peer's addresses.
func (n *Network) dial(e peering.Dial) {
	n.loop.Go(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		l, err := n.links.DialAny(ctx, e.Addresses, e.Peer)
		cancel()
		if err != nil {
			n.loop.Put(func() { n.dialFailed(e.Peer, err) })
			return
		}
		n.serve(l)
	})
}

func (n *Network) dialFailed(id identity.DeviceID, err error) {
	n.tend(time.Now(), peering.DialFailed{Peer: id, Err: err})
	if n.sessions[id] == nil {
		n.cfg.Log.Info("cannot link", "peer", id.Short(), "error", err)
	}
}

// interfacesChanged looks after everything that stood on the old network.
func (n *Network) interfacesChanged(list []chat.Interface) {
	n.links.Rebind()
	n.discover(time.Now(), subnets(list))
	n.discover(time.Now(), discovery.NetworkChanged{})
	n.tend(time.Now(), peering.NetworkChanged{})
	n.cfg.Emit(chat.InterfacesChanged{Interfaces: list})
}

// Connect links to whatever device answers at an address, and keeps the address
// for later starts.
func (n *Network) Connect(ctx context.Context, address netip.AddrPort) (chat.Peer, error) {
	l, err := n.links.Dial(ctx, address, identity.DeviceID{})
	if err != nil {
		return chat.Peer{}, err
	}
	if err := n.loop.Call(ctx, func() { n.loop.Go(func(context.Context) { n.serve(l) }) }); err != nil {
		l.Close(link.Goodbye, "")
		return chat.Peer{}, err
	}
	// The name comes with the first frame.
	wait, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for {
		var named <-chan struct{}
		err := n.loop.Call(wait, func() {
			p := n.peerOf(l.Peer())
			n.discover(time.Now(), discovery.AddAddress{Address: netip.AddrPortFrom(address.Addr(), 0)})
			n.keep(p)
			if s := n.sessions[p.id]; s != nil {
				named = s.named
			}
		})
		if err != nil {
			return chat.Peer{}, fmt.Errorf("%s answered and then fell silent: %w", address, err)
		}
		select {
		case <-named:
			p, _ := n.directory.Get(l.Peer())
			return p, nil
		case <-wait.Done():
			return chat.Peer{}, fmt.Errorf("%s answered and did not say who it is: %w", address, wait.Err())
		case <-time.After(20 * time.Millisecond): // the session may be replaced by a better one
		}
	}
}
