package peering

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

const (
	// reviewAfter is how long news of peers are gathered among many before it is
	// decided what they mean for links.
	reviewAfter = 100 * time.Millisecond
	// introduceAfter is how long news of peers are gathered before they are passed
	// on: the addresses of one that comes are found one by one.
	introduceAfter = time.Second
)

// Config says who the device is, and whom to ask about what changes all the time.
// Self, Pending and Received are needed.
type Config struct {
	Self identity.DeviceID
	// InLobby says whether the device takes part in the lobby.
	InLobby bool
	// Pending says whether there is something in direct conversations, or in groups,
	// that a peer did not acknowledge.
	Pending func(peer identity.DeviceID) (direct, group bool)
	// Received returns how many packets have come over the link with a peer.
	Received func(peer identity.DeviceID) uint64
}

// Machine is the state of all links; see the package comment.
type Machine struct {
	cfg     Config
	now     time.Time // of the step under way
	peers   map[identity.DeviceID]*peer
	online  int // peers
	inLobby bool
	groups  map[chat.ConversationID][]identity.DeviceID

	choice choice
	// crowded says that not everybody is linked with everybody.
	crowded bool
	// wroteGroup is when the last own entry of a group was stored.
	wroteGroup time.Time

	// work is when tend has something to do; zero: never. review says that it may no
	// longer be true, reviewDue when that is to be looked at.
	work      time.Time
	review    bool
	reviewDue time.Time
	// news are the peers to pass on to others, newsDue is when.
	news    map[identity.DeviceID]bool
	newsDue time.Time

	effects []Effect // of the step under way
}

// peer is another device as the Machine knows it.
type peer struct {
	Peer
	since time.Time // came online, or moved
	// neighbour is since when it is one with whom a link is kept; zero: it is none.
	neighbour time.Time
	dialling  bool
	visit     bool // the dial or the link is for receipts only
	failures  int  // attempts since the last success or news
	tried     time.Time
	trouble   error // of the last attempt
	link      *link // nil: none
}

// link is a link in use.
type link struct {
	remote netip.AddrPort
	opened time.Time
	// busyAt is when it last carried something worth staying linked for.
	busyAt time.Time
	quiet  quiet
	// toldAll is when full frontiers were last sent, and receivedBefore how many
	// packets had come by then.
	toldAll        time.Time
	receivedBefore uint64
	// probed is when a probe was sent that is not answered yet; zero if none is.
	probed time.Time
}

// New returns a Machine that knows nobody.
func New(cfg Config, now time.Time) *Machine {
	return &Machine{
		cfg:     cfg,
		now:     now,
		peers:   make(map[identity.DeviceID]*peer),
		inLobby: cfg.InLobby,
		groups:  make(map[chat.ConversationID][]identity.DeviceID),
		choice:  choice{begun: now},
		news:    make(map[identity.DeviceID]bool),
	}
}

// Step takes an event and returns what is to be done, in order. Time does not go
// back between calls.
func (m *Machine) Step(now time.Time, ev Event) []Effect {
	m.now = now
	switch ev := ev.(type) {
	case PeerChanged:
		m.peerChanged(ev.Peer)
	case PeerForgotten:
		m.forget(ev.Peer)
	case Retry:
		m.retry(ev.Peer)
	case LinkUp:
		m.linkUp(ev)
	case SecondLink:
		m.secondLink(ev.Peer)
	case LinkDown:
		m.linkDown(ev)
	case DialFailed:
		m.dialFailed(ev)
	case Used:
		if l := m.linkWith(ev.Peer); l != nil {
			l.busyAt = now
		}
	case ToldAll:
		if l := m.linkWith(ev.Peer); l != nil {
			l.toldAll, l.receivedBefore = now, m.cfg.Received(ev.Peer)
			m.review = true
		}
	case ProbeAnswered:
		if l := m.linkWith(ev.Peer); l != nil {
			l.probed = time.Time{}
		}
	case PendingChanged:
		m.review = true
	case GroupWritten:
		m.wroteGroup = now
	case GroupChanged:
		m.groupChanged(ev)
	case LobbyChanged:
		m.inLobby = ev.TakesPart
		m.moved()
	case NetworkChanged:
		m.networkChanged()
	case Tick:
		m.tick()
	}
	effects := m.effects
	m.effects = nil
	return effects
}

// Next returns when the Machine wants the next Tick; zero if never. It is to be
// asked after what happens at one time has been told: it goes through all peers
// if that may have changed anything.
func (m *Machine) Next() time.Time {
	if m.review {
		m.work, m.review, m.reviewDue = m.nextWork(), false, time.Time{}
	}
	return soonest(soonest(m.work, m.reviewDue), m.newsDue)
}

// Crowded says whether there are so many that not everybody is linked with
// everybody.
func (m *Machine) Crowded() bool { return m.crowded }

// Troubles returns why there is no link, for each peer that was tried in vain.
func (m *Machine) Troubles() map[identity.DeviceID]error {
	all := make(map[identity.DeviceID]error)
	for id, p := range m.peers {
		if p.trouble != nil {
			all[id] = p.trouble
		}
	}
	return all
}

func (m *Machine) do(e Effect) { m.effects = append(m.effects, e) }

// peerOf returns a peer, making it if it is not known yet.
func (m *Machine) peerOf(id identity.DeviceID) *peer {
	p := m.peers[id]
	if p == nil {
		p = &peer{Peer: Peer{ID: id}, since: m.now}
		m.peers[id] = p
	}
	return p
}

// linkWith returns the link in use with a peer, nil if there is none.
func (m *Machine) linkWith(id identity.DeviceID) *link {
	if p := m.peers[id]; p != nil {
		return p.link
	}
	return nil
}

func (m *Machine) peerChanged(news Peer) {
	p := m.peerOf(news.ID)
	before := p.Peer
	p.Peer = news
	switch {
	case p.Online && !before.Online:
		m.online++
	case !p.Online && before.Online:
		m.online--
	}
	if p.Online != before.Online || p.InLobby != before.InLobby || p.Blocked != before.Blocked {
		m.moved()
	}
	restarted := before.Instance != 0 && p.Instance != before.Instance
	if p.Online && (!before.Online || restarted || !slices.Equal(p.Addresses, before.Addresses)) {
		p.since, p.failures = m.now, 0
		m.introduce(p.ID)
	}
	switch {
	case p.link == nil:
	case p.Blocked:
		m.end(p, Blocked)
	case before.Online && !p.Online:
		m.end(p, Left)
	case restarted || movedFrom(p.link.remote, before.Addresses, p.Addresses):
		m.probe(p) // the link may lead to where the peer no longer is
	}
	m.reconsiderSoon()
}

// movedFrom says whether a peer has an address that it did not have before and
// that may stand in place of the one it is linked at: a card that is heard by
// IPv6 as well has not moved.
func movedFrom(linked netip.AddrPort, before, now []netip.AddrPort) bool {
	return slices.ContainsFunc(now, func(a netip.AddrPort) bool {
		return a.Addr().Is4() == linked.Addr().Is4() && a != linked && !slices.Contains(before, a)
	})
}

func (m *Machine) forget(id identity.DeviceID) {
	if p := m.peers[id]; p != nil && p.Online {
		m.online--
	}
	delete(m.peers, id)
}

func (m *Machine) linkUp(ev LinkUp) {
	p := m.peerOf(ev.Peer)
	p.dialling, p.failures, p.trouble = false, 0, nil
	p.link = &link{remote: ev.Remote, opened: m.now, busyAt: m.now}
	m.reconsiderSoon()
}

func (m *Machine) secondLink(id identity.DeviceID) {
	p := m.peerOf(id)
	p.dialling, p.failures, p.trouble = false, 0, nil
	if p.link != nil {
		m.probe(p)
	}
}

func (m *Machine) linkDown(ev LinkDown) {
	p := m.peers[ev.Peer]
	if p == nil || p.link == nil {
		return
	}
	lasted := m.now.Sub(p.link.opened)
	p.link, p.visit = nil, false
	switch {
	case ev.Refused:
		p.failures, p.tried, p.trouble = patient, m.now, ev.Err
	case lasted < firstRetry:
		p.failures, p.tried, p.trouble = p.failures+1, m.now, ev.Err // no better than not coming up
	}
	m.reconsiderSoon()
}

func (m *Machine) dialFailed(ev DialFailed) {
	p := m.peers[ev.Peer]
	if p == nil {
		return
	}
	p.dialling = false
	p.failures++
	p.trouble = ev.Err
	if p.link == nil {
		p.visit = false
	}
	m.review = true
}

func (m *Machine) retry(id identity.DeviceID) {
	if p := m.peers[id]; p != nil {
		p.failures = 0
		m.review = true
	}
}

func (m *Machine) networkChanged() {
	for _, p := range m.peers {
		p.failures, p.since = 0, m.now
		if p.link != nil {
			m.probe(p)
		}
	}
	m.review = true
}

// tick does what is due.
func (m *Machine) tick() {
	if m.isDue(m.reviewDue) {
		m.review = true
	}
	if m.isDue(m.work) {
		m.tend()
	}
	if m.isDue(m.newsDue) {
		m.do(Introduce{slices.Collect(maps.Keys(m.news))})
		clear(m.news)
		m.newsDue = time.Time{}
	}
}

func (m *Machine) isDue(at time.Time) bool { return !at.IsZero() && !m.now.Before(at) }

// reconsiderSoon says that something changed by which links are decided. It
// happens to one peer after the other, and each time all are gone through.
func (m *Machine) reconsiderSoon() {
	switch {
	case !m.choice.many:
		m.review = true
	case m.reviewDue.IsZero():
		m.reviewDue = m.now.Add(reviewAfter)
	}
}

// introduce has a peer passed on over the links there are already: what was known
// when they opened may have been less than what is needed to reach it.
func (m *Machine) introduce(id identity.DeviceID) {
	if len(m.news) == 0 {
		m.newsDue = m.now.Add(introduceAfter)
	}
	m.news[id] = true
}

// nextWork returns when tend has something to do; zero if never.
func (m *Machine) nextWork() time.Time {
	next, _ := m.choice.due()
	for _, p := range m.peers {
		if at, ok := m.dialAt(p); ok {
			next = soonest(next, at)
		}
		if p.link == nil {
			continue
		}
		if !p.link.probed.IsZero() {
			next = soonest(next, p.link.probed.Add(probeTimeout))
		}
		if at, ok := m.nextQuiet(p); ok {
			next = soonest(next, at)
		}
		if p.neighbour.IsZero() {
			next = soonest(next, p.idleAt())
		}
	}
	return next
}

// soonest returns the earlier of two times, of which zero is never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// tend dials whom it is time to dial, and ends links that are dead or not needed.
func (m *Machine) tend() {
	m.review = true
	m.chooseNeighbours()
	for _, p := range m.peers {
		if p.link != nil {
			m.watchQuiet(p)
		}
		if at, ok := m.dialAt(p); ok && m.isDue(at) {
			m.dial(p)
		}
		switch l := p.link; {
		case l == nil:
		case !l.probed.IsZero() && m.now.Sub(l.probed) >= probeTimeout:
			m.end(p, Dead)
			m.reconsiderSoon()
		case p.neighbour.IsZero() && m.isDue(p.idleAt()):
			if !m.hasNewsFor(p.ID) {
				m.do(LetGo{p.ID})
			}
			l.busyAt = m.now // the link is closed once, or looked at again later
		}
	}
}

// end ends a link.
func (m *Machine) end(p *peer, reason Reason) {
	p.link, p.visit = nil, false
	m.do(End{p.ID, reason})
}
