package discovery

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

var begin = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// lab is a simulated network in virtual time: subnets, in which everybody hears
// what is announced by three ways, and unicast between all of them.
type lab struct {
	t      *testing.T
	now    time.Time
	random *rand.Rand
	loss   float64
	coming alarms // datagrams under way, and devices that want to be called
	nodes  []*node
	// trusting devices take every signature for right: of many, that is most of
	// the time a test takes.
	trusting bool
	deaf     func(from, to *node) bool // hears no announcement; nil: nobody
}

// node is a device in a lab.
type node struct {
	*Machine
	lab      *lab
	index    int
	address  netip.AddrPort // of its own socket
	subnet   int
	up       bool
	peers    map[identity.DeviceID]Peer
	seenAt   map[identity.DeviceID]time.Time // when first online
	changes  int
	shared   []KeyDoubted
	received int // datagrams, copies and own ones not counted out
	wake     alarm
}

const linkPort = 47475

func newLab(t *testing.T, seed uint64) *lab {
	return &lab{t: t, now: begin, random: rand.New(rand.NewPCG(seed, 1))}
}

func keyOf(index int) *identity.Key {
	var seed [32]byte
	seed[0], seed[1], seed[31] = byte(index), byte(index>>8), 7
	return identity.KeyFromSeed(seed)
}

// add starts a device.
func (l *lab) add(subnet int) *node { return l.addAs(subnet, len(l.nodes), uint64(l.now.UnixMilli())) }

func (l *lab) addAs(subnet, keyIndex int, instance uint64) *node {
	index := len(l.nodes)
	n := &node{
		lab: l, index: index, subnet: subnet, up: true,
		address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(subnet), byte(index >> 8), byte(index)}), 50000),
		peers:   make(map[identity.DeviceID]Peer),
		seenAt:  make(map[identity.DeviceID]time.Time),
	}
	m, err := New(Config{
		Key: keyOf(keyIndex), Instance: instance, Name: fmt.Sprint("device ", index),
		LinkPort: linkPort, Seed: l.random.Uint64() | 1,
	}, l.now)
	if err != nil {
		l.t.Fatal(err)
	}
	if l.trusting {
		m.parse = wire.PeekAnnouncement
	}
	n.Machine = m
	n.wake.ring = func(time.Time) { n.step(Tick{}) }
	l.nodes = append(l.nodes, n)
	n.step(Tick{})
	return n
}

// step gives a device an event and carries out what it wants.
func (n *node) step(ev Event) []Effect {
	if !n.up {
		return nil
	}
	effects := n.Step(n.lab.now, ev)
	for _, e := range effects {
		switch e := e.(type) {
		case Announce:
			n.lab.announce(n, e.Datagram)
		case Tell:
			n.lab.tell(n, e.Datagram, e.To)
		case PeerChanged:
			n.changes++
			n.peers[e.Peer.ID] = e.Peer
			if _, seen := n.seenAt[e.Peer.ID]; !seen && e.Peer.State == chat.Online {
				n.seenAt[e.Peer.ID] = n.lab.now
			}
		case PeerForgotten:
			delete(n.peers, e.Peer)
		case KeyDoubted:
			n.shared = append(n.shared, e)
		}
	}
	n.rest()
	return effects
}

// rest has the device called when it wants to be.
func (n *node) rest() {
	if at := n.Next(); at.IsZero() {
		n.lab.coming.clear(&n.wake)
	} else {
		n.lab.coming.set(&n.wake, at)
	}
}

func (l *lab) announce(from *node, datagram []byte) {
	for _, to := range l.nodes {
		if to.subnet != from.subnet || !to.up || (l.deaf != nil && l.deaf(from, to)) {
			continue
		}
		for _, way := range []Way{Broadcast, Multicast, Multicast} {
			l.deliver(from, to, datagram, way)
		}
	}
}

func (l *lab) tell(from *node, datagram []byte, address netip.AddrPort) {
	for _, to := range l.nodes {
		if to.up && to.address.Addr() == address.Addr() && (to.address.Port() == address.Port() || address.Port() == defaultPort) {
			l.deliver(from, to, datagram, Unicast)
		}
	}
}

func (l *lab) deliver(from, to *node, datagram []byte, way Way) {
	if from != to && l.random.Float64() < l.loss {
		return
	}
	source := from.address
	delay := 200*time.Microsecond + time.Duration(l.random.Int64N(int64(time.Millisecond)))
	l.coming.set(&alarm{ring: func(time.Time) {
		to.received++
		to.step(Heard{Datagram: datagram, From: source, Interface: "eth0", Way: way})
	}}, l.now.Add(delay))
}

// run lets time pass.
func (l *lab) run(d time.Duration) { l.until(d, func() bool { return false }) }

// until lets time pass until done, at most d, and says whether it is.
func (l *lab) until(d time.Duration, done func() bool) bool {
	end := l.now.Add(d)
	for !done() {
		next := l.coming.next()
		if next.IsZero() || next.After(end) {
			l.now = end
			return false
		}
		if next.After(l.now) {
			l.now = next
		}
		l.coming.ring(l.now)
	}
	return true
}

// crash ends a device without a word.
func (n *node) crash() { n.up = false }

func (n *node) sees(other *node) bool { return n.peers[other.id].State == chat.Online }

func (l *lab) mustSee(d time.Duration, who, whom *node) {
	l.t.Helper()
	if !l.until(d, func() bool { return who.sees(whom) }) {
		l.t.Fatalf("device %d does not see device %d after %v", who.index, whom.index, d)
	}
}

func (l *lab) mustMiss(d time.Duration, who, whom *node) {
	l.t.Helper()
	if !l.until(d, func() bool { return !who.sees(whom) }) {
		l.t.Fatalf("device %d still sees device %d after %v", who.index, whom.index, d)
	}
}

// device makes announcements of its own, for tests with one Machine.
type device struct {
	key *identity.Key
	wire.Announcement
}

func newDevice(index int) *device {
	d := &device{key: keyOf(1000 + index)}
	d.Announcement = wire.Announcement{Device: d.key.ID(), Instance: 1000, Name: fmt.Sprint("other ", index), LinkPort: linkPort}
	return d
}

// says returns a fresh announcement.
func (d *device) says(t testing.TB, change func(*wire.Announcement)) []byte {
	t.Helper()
	d.Sequence++
	a := d.Announcement
	if change != nil {
		change(&a)
	}
	datagram, err := wire.AppendAnnouncement(nil, d.key, a)
	if err != nil {
		t.Fatal(err)
	}
	return datagram
}

// machine returns one Machine whose burst is over.
func machine(t testing.TB) (*Machine, time.Time) {
	t.Helper()
	m, err := New(Config{Key: keyOf(0), Instance: 5000, Name: "me", LinkPort: linkPort, Seed: 1}, begin)
	if err != nil {
		t.Fatal(err)
	}
	now := begin
	for range burstAt {
		m.Step(now, Tick{})
		now = m.Next()
	}
	return m, begin.Add(3 * time.Second)
}

var somewhere = netip.MustParseAddrPort("10.0.0.9:50000")

func heard(datagram []byte) Heard {
	return Heard{Datagram: datagram, From: somewhere, Interface: "eth0", Way: Broadcast}
}

func tells(effects []Effect) (list []Tell) {
	for _, e := range effects {
		if t, ok := e.(Tell); ok {
			list = append(list, t)
		}
	}
	return list
}

func changesOf(effects []Effect) (list []Peer) {
	for _, e := range effects {
		if c, ok := e.(PeerChanged); ok {
			list = append(list, c.Peer)
		}
	}
	return list
}

func announces(effects []Effect) (list []wire.Announcement) {
	for _, e := range effects {
		if a, ok := e.(Announce); ok {
			parsed, err := wire.ParseAnnouncement(a.Datagram)
			if err != nil {
				panic(err)
			}
			list = append(list, parsed)
		}
	}
	return list
}
