package lan

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/delivery"
	"github.com/parlance-chat/parlance/netcore/lan/outbox"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/ring"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	// dialStagger is how long one address has for itself before the next is
	// tried beside it (compare RFC 8305 section 5).
	dialStagger = 250 * time.Millisecond
	// dialAddresses is how many addresses of a peer are tried.
	dialAddresses = 6
	// reviewAfter is how long news of peers are gathered among many before it is
	// decided what they mean for links.
	reviewAfter = 100 * time.Millisecond
	// dialTimeout bounds one attempt at all addresses.
	dialTimeout = 8 * time.Second
)

// accept takes a link that another device opened, on the link's own goroutine.
func (n *Network) accept(l *link.Link) { n.serve(l) }

// serve registers a link with the loop and reads it until it ends.
func (n *Network) serve(l *link.Link) {
	ctx, stop := context.WithCancel(context.Background())
	s := &session{link: l, stop: stop, credit: newCredit(), busyAt: time.Now(), named: make(chan struct{})}
	s.out = outbox.New(ctx, outbox.Config{
		Link: l,
		Disk: n.cfg.Store,
		Handed: func(log wire.LogID, from, to uint64) {
			if log.Author == n.self {
				n.deliveries.Sent(delivery.To{Log: log, Peer: l.Peer()}, from, to)
			}
		},
		Failed: func(err error) {
			n.cfg.Log.Error("a backlog cannot be sent", "peer", l.Peer().Short(), "error", err)
			l.Close(link.Goodbye, "cannot read what to send")
		},
	})
	n.inbox.put(func() { n.linkUp(s) })
	n.read(ctx, l, s)
	stop()
	s.out.Wait()
	n.inbox.put(func() { n.linkDown(s) })
}

// linkUp puts a session to use, or closes it if there is a better one.
func (n *Network) linkUp(s *session) {
	now := time.Now()
	id := s.link.Peer()
	p := n.peerOf(id)
	p.dialling, p.failures, p.dialError = false, 0, nil
	s.visit = p.visit
	if old := n.sessions[id]; old != nil {
		stay, drop := link.Keep(old.link, s.link)
		n.tasks.Go(func() { drop.Close(link.Duplicate, "") })
		if stay == old.link {
			n.probe(old) // the other side may know that it is dead
			return
		}
		n.endSession(old)
		p.visit = s.visit
	}
	n.sessions[id] = s
	s.out.Put(n.introduction(id))
	n.discover(now, discovery.LinkUp{Peer: id, Remote: s.link.Remote()})
	n.replicate(n.feed.Step(now, feed.LinkUp{Peer: id}), nil)
	n.publish(p)
}

// linkDown takes note that a link has ended.
func (n *Network) linkDown(s *session) {
	id := s.link.Peer()
	if n.sessions[id] != s {
		return
	}
	n.endSession(s)
	p := n.peerOf(id)
	now := time.Now()
	err := s.link.Err()
	var closed *link.CloseError
	switch {
	case errors.As(err, &closed) && closed.Peer && closed.Code == link.Blocked:
		p.failures, p.tried, p.dialError = patient, now, err
	case now.Sub(s.link.Opened()) < firstRetry:
		p.failures, p.tried, p.dialError = p.failures+1, now, err // no better than not coming up
	}
	n.discover(now, discovery.LinkDown{
		Peer: id,
		Idle: closed != nil && closed.Code == link.Idle,
		Left: closed != nil && closed.Code == link.Goodbye && closed.Peer,
	})
	n.publish(p)
}

func (n *Network) endSession(s *session) {
	id := s.link.Peer()
	delete(n.sessions, id)
	n.peerOf(id).visit = false
	n.feed.Step(time.Now(), feed.LinkDown{Peer: id})
	n.deliveries.Lost(id)
}

// linkReady says that a link that had no room has room again.
func (n *Network) linkReady(l *link.Link) {
	if s := n.sessions[l.Peer()]; s != nil && s.link == l {
		s.out.Ready()
	}
}

// nextLinkWork returns when tendLinks has something to do; zero if never.
func (n *Network) nextLinkWork() time.Time {
	var next time.Time
	sooner := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	if at, ok := n.choice.due(); ok {
		sooner(at)
	}
	for _, p := range n.peers {
		if at, ok := dialAt(n.self, n.candidate(p)); ok {
			sooner(at)
		}
	}
	for _, s := range n.sessions {
		if !s.probed.IsZero() {
			sooner(s.probed.Add(probeTimeout))
		}
		if at, ok := n.nextQuiet(s); ok {
			sooner(at)
		}
		if !n.neighbours[s.link.Peer()] {
			sooner(s.busyAt.Add(s.idleAfter()))
		}
	}
	return next
}

// tendLinks dials whom it is time to dial, and ends links that are dead or not
// needed.
func (n *Network) tendLinks(now time.Time) {
	n.reconsider()
	n.chooseNeighbours(now)
	n.watchQuiet(now)
	for _, p := range n.peers {
		if at, ok := dialAt(n.self, n.candidate(p)); ok && !now.Before(at) {
			n.dial(p)
		}
	}
	for id, s := range n.sessions {
		switch {
		case !s.probed.IsZero() && now.Sub(s.probed) >= probeTimeout:
			n.cfg.Log.Info("link does not answer", "peer", id.Short(), "address", s.link.Remote())
			n.endSession(s)
			n.tasks.Go(func() { s.link.Close(link.Goodbye, "no answer to a probe") })
			n.discover(now, discovery.LinkDown{Peer: id})
			n.publish(n.peerOf(id))
		case !n.neighbours[id] && now.Sub(s.busyAt) >= s.idleAfter():
			if !n.hasNewsFor(id) {
				n.tasks.Go(func() { s.link.Close(link.Idle, "") })
			}
			s.busyAt = now // the link is closed once, or looked at again later
		}
	}
}

// hasNewsFor says whether there is something that a peer did not acknowledge.
func (n *Network) hasNewsFor(id identity.DeviceID) bool {
	direct, group := n.feed.Pending(id)
	return direct || group
}

func (n *Network) candidate(p *peer) candidate {
	c := candidate{
		Peer:      p.id,
		Reachable: len(p.addresses) > 0,
		Online:    p.online,
		Neighbour: n.neighbours[p.id],
		Kept:      p.kept,
		Since:     p.since,
		Linked:    n.sessions[p.id] != nil,
		Dialling:  p.dialling,
		Blocked:   p.trust == chat.Blocked,
		Failures:  p.failures,
		Tried:     p.tried,
	}
	if c.Linked || c.Dialling || c.Blocked || !c.Reachable {
		return c // nothing else matters
	}
	direct, group := n.feed.Pending(p.id)
	c.Pending = p.kept && direct
	if group && p.online && !c.Neighbour && n.visiting() < visits {
		c.Visit = n.wroteGroup.Add(visitAfter)
	}
	return c
}

// visiting counts the visits under way.
func (n *Network) visiting() int {
	count := 0
	for _, p := range n.peers {
		if p.visit {
			count++
		}
	}
	return count
}

// idleAfter is after how long without anything to carry the link is let go.
func (s *session) idleAfter() time.Duration {
	if s.visit {
		return idleVisit
	}
	return idleLink
}

// moved takes note that other neighbours may have to be chosen.
func (n *Network) moved() {
	n.choice.note(time.Now(), n.crowded.Load() || n.online >= ring.Everyone)
	n.reconsiderSoon()
}

// chooseNeighbours decides, when it is time, with whom links are kept: with
// everybody among few, with those who stand near on the ring among many, in the
// lobby and in each group.
func (n *Network) chooseNeighbours(now time.Time) {
	if at, ok := n.choice.due(); !ok || now.Before(at) {
		return
	}
	n.choice.made(now)
	n.neighbours = make(map[identity.DeviceID]bool)
	var everyone, lobby []identity.DeviceID
	for _, p := range n.peers {
		if p.online && p.trust != chat.Blocked {
			everyone = append(everyone, p.id)
			if p.inLobby {
				lobby = append(lobby, p.id)
			}
		}
	}
	choose := func(members []identity.DeviceID) {
		for _, id := range ring.Neighbours(n.self, members) {
			n.neighbours[id] = true
		}
	}
	n.crowded.Store(len(everyone) >= ring.Everyone)
	if !n.crowded.Load() {
		choose(everyone)
		return
	}
	if n.inLobby {
		choose(lobby)
	}
	for _, members := range n.directory.Joined() {
		choose(slices.DeleteFunc(members, func(id identity.DeviceID) bool {
			p := n.peers[id]
			return p == nil || !p.online || p.trust == chat.Blocked
		}))
	}
}

// dial tries a peer's addresses, the latest first.
func (n *Network) dial(p *peer) {
	p.dialling, p.tried = true, time.Now()
	direct, _ := n.feed.Pending(p.id)
	p.visit = p.online && !n.neighbours[p.id] && !direct
	addresses := append([]netip.AddrPort(nil), p.addresses[:min(len(p.addresses), dialAddresses)]...)
	ctx := n.ctx
	n.tasks.Go(func() {
		l, err := n.dialAny(ctx, addresses, p.id)
		if err != nil {
			n.inbox.put(func() { n.dialFailed(p, err) })
			return
		}
		n.serve(l)
	})
}

func (n *Network) dialFailed(p *peer, err error) {
	p.dialling, p.visit = false, false
	p.failures++
	p.dialError = err
	n.reconsider()
	if n.sessions[p.id] == nil && n.ctx.Err() == nil {
		n.cfg.Log.Info("cannot link", "peer", p.id.Short(), "failures", p.failures, "error", err)
	}
}

// dialAny dials addresses one after the other, without waiting long for each,
// and returns the first link that comes up.
func (n *Network) dialAny(ctx context.Context, addresses []netip.AddrPort, want identity.DeviceID) (*link.Link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	type result struct {
		link *link.Link
		err  error
	}
	results := make(chan result, len(addresses))
	var won atomic.Bool
	started := 0
	start := func() {
		address := addresses[started]
		started++
		n.tasks.Go(func() {
			l, err := n.links.Dial(ctx, address, want)
			if err == nil && !won.CompareAndSwap(false, true) {
				l.Close(link.Duplicate, "")
				return
			}
			results <- result{l, err}
		})
	}
	stagger := time.NewTicker(dialStagger)
	defer stagger.Stop()
	start()
	var errs []error
	for len(errs) < len(addresses) {
		select {
		case r := <-results:
			if r.err == nil {
				return r.link, nil
			}
			errs = append(errs, r.err)
		case <-stagger.C:
		}
		if started < len(addresses) {
			start()
		}
	}
	return nil, errors.Join(errs...)
}

// probe asks whether a session still works; if no answer comes, tendLinks ends
// it.
func (n *Network) probe(s *session) {
	if s.probed.IsZero() {
		s.probed = time.Now()
		n.reconsider()
		s.out.Put(wire.Probe{Nonce: rand.Uint64()})
	}
}

func (n *Network) probeArrived(s *session, f wire.Probe) {
	if f.Answer {
		s.probed = time.Time{}
		return
	}
	s.out.Put(wire.Probe{Nonce: f.Nonce, Answer: true})
}

// interfacesChanged looks after everything that stood on the old network.
func (n *Network) interfacesChanged(list []chat.Interface) {
	n.links.Rebind()
	n.discover(time.Now(), subnets(list))
	n.discover(time.Now(), discovery.NetworkChanged{})
	now := time.Now()
	for _, p := range n.peers {
		p.failures, p.since = 0, now
	}
	for _, s := range n.sessions {
		n.probe(s)
	}
	n.reconsider()
	n.cfg.Emit(chat.InterfacesChanged{Interfaces: list})
}

// Connect links to whatever device answers at an address, and keeps the address
// for later starts.
func (n *Network) Connect(ctx context.Context, address netip.AddrPort) (chat.Peer, error) {
	l, err := n.links.Dial(ctx, address, identity.DeviceID{})
	if err != nil {
		return chat.Peer{}, err
	}
	if err := n.call(ctx, func() { n.tasks.Go(func() { n.serve(l) }) }); err != nil {
		l.Close(link.Goodbye, "")
		return chat.Peer{}, err
	}
	// The name comes with the first frame.
	wait, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for {
		var named <-chan struct{}
		err := n.call(wait, func() {
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
