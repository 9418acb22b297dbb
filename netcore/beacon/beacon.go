package beacon

import (
	"context"
	"fmt"
	"hash/maphash"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// DefaultPort is the discovery port.
const DefaultPort = 47474

// The multicast groups. The one of IPv4 is of the range for use within an
// organisation (RFC 2365), the one of IPv6 transient and link-local (RFC 4291
// section 2.7).
var (
	Group4 = netip.MustParseAddr("239.255.47.74")
	Group6 = netip.MustParseAddr("ff12::706c")
)

// MaxDatagram is where longer datagrams are cut off: one byte more than an
// announcement may have, so that whoever reads it sees that it is too long.
const MaxDatagram = chat.MaxAnnouncement + 1

const (
	pollEvery = 2 * time.Second
	// lookAfter is how long after the system told of a change the interfaces are
	// looked at: it seldom is a single one.
	lookAfter = 100 * time.Millisecond
	// jumpAfter is how much the clock may be off, or a tick late, before the
	// machine is taken to have slept.
	jumpAfter = 10 * time.Second
)

// Way is how a datagram was sent.
type Way string

// The ways. Where the system does not tell (Windows), the way of what arrives
// at the shared sockets is Unknown.
const (
	Unknown   Way = ""
	Broadcast Way = "broadcast"
	Multicast Way = "multicast"
	Unicast   Way = "unicast"
)

// Packet is one received datagram.
type Packet struct {
	Datagram  []byte         // the receiver's to keep; cut off at MaxDatagram
	From      netip.AddrPort // where a unicast answer goes
	Interface string         // where it arrived; empty if the system does not tell
	Way       Way
	// Again says that the same datagram came a moment ago, by another way perhaps.
	Again bool
}

// Config says how a Beacon works.
type Config struct {
	// Port is the discovery port; 0 is DefaultPort.
	Port uint16
	// Only names the interfaces to use; empty means all.
	Only []string
	// Receive is called with each datagram, one's own included, by one goroutine
	// at a time. While it runs, further datagrams wait in the system's buffers,
	// which drop what is too much. Nil drops all.
	Receive func(Packet)
	// Changed is called, by Run's goroutine, when the interfaces or the sockets
	// changed or the machine slept. Nil is fine.
	Changed func([]chat.Interface)
}

// Beacon is a set of sockets; see the package comment. Its methods may be
// called by several goroutines at once.
type Beacon struct {
	cfg   Config
	poll  time.Duration
	nudge chan struct{} // asks Run to rebuild; holds one

	stop    chan struct{}
	readers sync.WaitGroup

	receiving sync.Mutex // held during Config.Receive
	lately    lately     // received; guarded by receiving
	sending   sync.Mutex // one at a time: the multicast interface is the socket's

	mu        sync.Mutex // guards what follows
	closed    bool
	running   bool
	signature string
	cards     []card
	sockets   [socketKinds]*socket
	problems  [socketKinds]error
	joined    map[membership]error // of each group on each card, nil if joined
	sent      []Sent
	rebuilds  int
}

// Open makes the sockets. Those that cannot be made are tried again by Run and
// told of by Status; it is an error only if none can.
func Open(cfg Config) (*Beacon, error) {
	if cfg.Port == 0 {
		cfg.Port = DefaultPort
	}
	b := &Beacon{
		cfg:   cfg,
		poll:  pollEvery,
		nudge: make(chan struct{}, 1),
		stop:  make(chan struct{}),
	}
	b.lately.seed = maphash.MakeSeed()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.signature = b.look()
	b.rebuild()
	for _, s := range b.sockets {
		if s != nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("no socket can be opened on this machine: %w", b.problems[own4])
}

// Run receives until ctx ends or Close is called, and returns nil then, with
// every socket closed and every goroutine ended. It is called once.
func (b *Beacon) Run(ctx context.Context) error {
	defer b.Close()
	b.mu.Lock()
	b.running = true
	for _, s := range b.sockets {
		b.read(s)
	}
	b.mu.Unlock()

	changes, unwatch := watch()
	defer unwatch()
	look, due := time.NewTimer(0), true // for what changed before the watch began
	defer look.Stop()
	ticker := time.NewTicker(b.poll)
	defer ticker.Stop()
	start := time.Now()
	last := clock{wall: start.Round(0)}
	for {
		forced := false
		select {
		case <-ctx.Done():
			return nil
		case <-b.stop:
			return nil
		case <-b.nudge:
			forced = true
		case _, ok := <-changes:
			if !ok {
				changes = nil // from now on it is looked every now and then
				continue
			}
			if !due {
				look.Reset(lookAfter)
				due = true
			}
			continue
		case <-look.C:
			due = false
		case <-ticker.C:
			now := time.Now()
			next := clock{wall: now.Round(0), running: now.Sub(start)}
			forced = next.jumped(last, b.poll)
			last = next
			if !forced && changes != nil && b.isWhole() {
				continue
			}
		}
		if b.refresh(forced) && b.cfg.Changed != nil {
			b.cfg.Changed(b.Interfaces())
		}
	}
}

// Rebuild makes Run join the groups and make the shared sockets anew and report
// a change, soon.
func (b *Beacon) Rebuild() {
	select {
	case b.nudge <- struct{}{}:
	default: // one is waiting already
	}
}

// Close closes every socket and waits until no more is received. It must not be
// called by Config.Receive. Closing again does nothing.
func (b *Beacon) Close() error {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		close(b.stop)
		for kind := range b.sockets {
			b.drop(socketKind(kind))
		}
	}
	b.mu.Unlock()
	b.readers.Wait()
	return nil
}

// Interfaces returns the interfaces that are up and have an address, as they
// were when Run last looked.
func (b *Beacon) Interfaces() []chat.Interface {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]chat.Interface, 0, len(b.cards))
	for _, c := range b.cards {
		list = append(list, chat.Interface{
			Name:      c.Name,
			Addresses: slices.Clone(c.addresses),
			Loopback:  c.Flags&net.FlagLoopback != 0,
			Unplugged: c.Flags&net.FlagRunning == 0,
		})
	}
	return list
}

// refresh brings sockets and groups up to date and says whether anything
// changed.
func (b *Beacon) refresh(forced bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	signature := b.look()
	settled := slices.ContainsFunc(b.cards, func(c card) bool { return !c.settled && c.settle() })
	if forced || settled || signature != b.signature {
		b.signature = signature
		b.rebuild()
		return true
	}
	return b.mend()
}

// isWhole says whether there is nothing to wait for that the system does not tell
// of.
func (b *Beacon) isWhole() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !slices.Contains(b.sockets[:], nil) && !slices.ContainsFunc(b.cards, func(c card) bool { return !c.settled })
}

// rebuild lists the interfaces, replaces the shared sockets by new ones that
// join the groups on all of them, and makes the own sockets that are missing.
// The own sockets stay if they can: others know their ports.
func (b *Beacon) rebuild() {
	b.rebuilds++
	b.cards = b.list()
	for i, c := range b.cards {
		b.cards[i].settled = c.settle()
	}
	b.joined = make(map[membership]error)
	for _, kind := range []socketKind{shared4, shared6} {
		fresh, err := open(kind, b.cfg.Port)
		if err != nil && b.sockets[kind] != nil {
			// Only the old one stands in the way, where a port is not shared even
			// within a process.
			b.drop(kind)
			fresh, err = open(kind, b.cfg.Port)
		}
		b.drop(kind) // after the new one is open: nothing is missed meanwhile
		b.adopt(kind, fresh, err)
	}
	b.mend()
}

// mend tries again to make sockets that are missing and says whether it could.
func (b *Beacon) mend() (mended bool) {
	for kind, s := range b.sockets {
		if kind := socketKind(kind); s == nil {
			fresh, err := open(kind, b.cfg.Port)
			b.adopt(kind, fresh, err)
			mended = mended || err == nil
		}
	}
	return mended
}

// adopt makes s, or the reason why there is none, the socket of its kind.
func (b *Beacon) adopt(kind socketKind, s *socket, err error) {
	b.sockets[kind], b.problems[kind] = s, err
	if err != nil {
		return
	}
	if kind.shared() {
		for _, c := range b.cards {
			if c.has(kind.family()) && c.speaksMulticast(kind.family()) {
				b.joined[membership{c.Name, kind.family()}] = s.join(&c.Interface)
			}
		}
	}
	if b.running {
		b.read(s)
	}
}

// drop closes the socket of a kind; its reader ends by itself.
func (b *Beacon) drop(kind socketKind) {
	if s := b.sockets[kind]; s != nil {
		s.Close()
		b.sockets[kind] = nil
	}
}

// read starts the reader of s. b.mu is held.
func (b *Beacon) read(s *socket) {
	if s == nil || b.closed {
		return
	}
	b.readers.Go(func() {
		if s.receive(b.stop, b.deliver) {
			b.broken(s)
		}
	})
}

// broken drops a socket that no longer reads; the next look makes another.
func (b *Beacon) broken(s *socket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sockets[s.kind] == s {
		b.drop(s.kind)
	}
}

func (b *Beacon) deliver(s *socket, datagram []byte, from netip.AddrPort, cm arrival) {
	if b.cfg.Receive == nil {
		return
	}
	name, way := b.way(s, cm)
	if name == "" && cm.card != 0 && len(b.cfg.Only) > 0 {
		return // of an interface that is not to be used
	}
	p := Packet{Datagram: slices.Clone(datagram), From: from, Interface: name, Way: way}
	b.receiving.Lock()
	defer b.receiving.Unlock()
	p.Again = b.lately.has(datagram)
	b.cfg.Receive(p)
}

// way tells where and how a datagram came.
func (b *Beacon) way(s *socket, cm arrival) (name string, way Way) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.cards, func(c card) bool { return c.Index == cm.card })
	if at >= 0 {
		name = b.cards[at].Name
	}
	switch {
	case !cm.to.IsValid() && !s.kind.shared():
		return name, Unicast // nobody knows the own port but from our datagrams
	case !cm.to.IsValid():
		return name, Unknown
	case cm.to.IsMulticast():
		return name, Multicast
	case cm.to == limitedBroadcast:
		return name, Broadcast
	}
	for _, c := range b.cards {
		for _, p := range c.addresses {
			if to, ok := directedBroadcast(p); ok && to == cm.to {
				return name, Broadcast
			}
		}
	}
	return name, Unicast
}

// clock is one reading of two clocks.
type clock struct {
	wall    time.Time     // without its monotonic part
	running time.Duration // monotonic; on most systems it stands still in sleep
}

// jumped says whether the machine slept, or somebody set its clock, between
// last and c, which are one poll apart.
func (c clock) jumped(last clock, poll time.Duration) bool {
	ran, passed := c.running-last.running, c.wall.Sub(last.wall)
	return (passed-ran).Abs() > jumpAfter || ran > poll+jumpAfter
}
