package discovery

import (
	"bytes"
	"container/list"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	// questionSize is the length of a question in bytes: the longest announcement
	// there can be without padding, so that it may be the answer.
	questionSize = 768

	// maxConfigured is how many addresses may be announced to one by one.
	maxConfigured = 256

	// defaultPort is the discovery port.
	defaultPort = 47474
)

// Config says who the device is.
type Config struct {
	Key *identity.Key // required
	// Instance is this start of the device: the milliseconds since 1970, or one
	// more than the last start's, whichever is more.
	Instance     uint64
	Name         string   // neutralised by New; empty: the ID's short form
	Status       string   // neutralised by New
	LinkPort     uint16   // UDP port of the device's links
	Capabilities []string // some short words; may be nil
	// DiscoveryPort is where other devices listen; 0 is 47474.
	DiscoveryPort uint16
	// Seed makes the jitter repeatable; 0 draws one.
	Seed uint64
}

// Machine is the state of discovery; see the package comment.
type Machine struct {
	cfg      Config
	id       identity.DeviceID
	random   *rand.Rand
	name     string
	status   string
	sequence uint64
	left     bool

	alarms   alarms
	announce alarm  // the next announcement to everyone
	planned  []plan // announcements out of turn, the next first
	regular  time.Time
	cast     time.Time // when everyone was last announced to
	recent   [8][]byte // the last announcements to everyone, to know them again
	bursts   bucket

	configured []netip.AddrPort

	own      []netip.Prefix   // own addresses in subnets small enough to seek in
	seek     alarm            // when to seek on
	seeking  []netip.AddrPort // to ask yet
	seekWait time.Duration    // until the next round

	peers     map[identity.DeviceID]*peer
	byDigest  map[uint64]*peer // of the announcement held
	digest    maphash.Seed
	strangers *list.List // peers offline and not known, the longest first
	online    int
	crowd     int
	turn      identity.DeviceID    // whose turn it was to be told by unicast
	doubts    map[uint64]time.Time // instances of the own key that were asked about, and when

	sources   sources
	verify    bucket
	introduce bucket
	stats     Stats

	effects []Effect // of the step under way
	changed []*peer  // in it

	// Tests count the one and lower the other.
	parse    func([]byte) (wire.Announcement, error)
	maxPeers int
}

// plan is an announcement out of turn.
type plan struct {
	at   time.Time
	asks bool
}

// New returns a Machine that starts to announce at once: Next is now.
func New(cfg Config, now time.Time) (*Machine, error) {
	if cfg.Key == nil {
		return nil, errors.New("discovery: no key")
	}
	if cfg.DiscoveryPort == 0 {
		cfg.DiscoveryPort = defaultPort
	}
	if cfg.Seed == 0 {
		cfg.Seed = rand.Uint64()
	}
	m := &Machine{
		cfg:       cfg,
		id:        cfg.Key.ID(),
		random:    rand.New(rand.NewPCG(cfg.Seed, cfg.Seed)),
		peers:     make(map[identity.DeviceID]*peer),
		byDigest:  make(map[uint64]*peer),
		digest:    maphash.MakeSeed(),
		strangers: list.New(),
		doubts:    make(map[uint64]time.Time),
		sources:   sources{seed: maphash.MakeSeed()},
		stats:     Stats{Dropped: make(map[Reason]uint64)},
		parse:     wire.ParseAnnouncement,
		maxPeers:  chat.MaxPeers,
	}
	if err := m.checkSize(); err != nil {
		return nil, err
	}
	m.setName(cfg.Name)
	m.status = chat.CleanName(cfg.Status)
	m.announce.ring = m.announceNow
	m.seek.ring = m.seekOn
	m.startBurst(now)
	return m, nil
}

// checkSize makes sure that no name or status makes an announcement too long.
func (m *Machine) checkSize() error {
	longest := strings.Repeat("\U0010FFFD", chat.MaxName)
	datagram, err := wire.AppendAnnouncement(nil, m.cfg.Key, wire.Announcement{
		Device: m.id, Instance: 1<<64 - 1, Sequence: 1<<64 - 1, Name: longest, Status: longest,
		LinkPort: m.cfg.LinkPort, Capabilities: m.cfg.Capabilities, Goodbye: true,
	})
	if err == nil && len(datagram) > questionSize {
		err = fmt.Errorf("an announcement may have %d bytes, the most is %d", len(datagram), questionSize)
	}
	if err != nil {
		return fmt.Errorf("discovery: %d capabilities are too long: %w", len(m.cfg.Capabilities), err)
	}
	return nil
}

// Step takes an event, and whatever is due by now, and returns what is to be
// done, in order. Time does not go back between calls.
func (m *Machine) Step(now time.Time, ev Event) []Effect {
	if m.left {
		return nil
	}
	m.effects = nil
	switch ev := ev.(type) {
	case Heard:
		m.hear(now, ev)
	case Introduced:
		m.introduced(now, ev)
	case Tick:
	case NetworkChanged:
		m.networkChanged(now)
	case Subnets:
		m.subnets(now, ev.Own)
	case NameChanged:
		m.setName(ev.Name)
		m.announceChange(now)
	case StatusChanged:
		m.status = chat.CleanName(ev.Status)
		m.announceChange(now)
	case CapabilitiesChanged:
		m.cfg.Capabilities = ev.Capabilities
		m.announceChange(now)
	case LinkUp:
		m.linkUp(now, ev)
	case LinkDown:
		m.linkDown(now, ev)
	case AddAddress:
		m.addAddress(now, ev)
	case Known:
		m.known(ev)
	case Ask:
		m.askAt(ev.Addresses)
	case Leave:
		m.leave(now)
	}
	switch ev.(type) {
	case Known, Subnets: // see there
	default:
		if !m.left {
			m.alarms.ring(now)
		}
	}
	for _, p := range m.changed {
		p.changed = false
		if m.peers[p.id] == p {
			m.effects = append(m.effects, PeerChanged{p.view()})
		}
	}
	m.changed = m.changed[:0]
	effects := m.effects
	m.effects = nil
	return effects
}

// Next returns when Step wants to be called at the latest; after Leave, the zero
// time, for never.
func (m *Machine) Next() time.Time {
	if m.left {
		return time.Time{}
	}
	return m.alarms.next()
}

// Own returns a fresh announcement of this device, to begin a link with.
func (m *Machine) Own() []byte { return m.sign(false, false) }

// Peer returns what is known of a device.
func (m *Machine) Peer(id identity.DeviceID) (Peer, bool) {
	p, ok := m.peers[id]
	if !ok {
		return Peer{}, false
	}
	return p.view(), true
}

// Peers returns all that are held, in the order of their IDs.
func (m *Machine) Peers() []Peer {
	all := make([]Peer, 0, len(m.peers))
	for _, p := range m.peers {
		all = append(all, p.view())
	}
	slices.SortFunc(all, func(a, b Peer) int { return compareIDs(a.ID, b.ID) })
	return all
}

// Introduction returns up to limit announcements worth passing on over a link,
// the latest first: of devices that are there and were heard by this one.
func (m *Machine) Introduction(now time.Time, limit int) []wire.HeardAnnouncement {
	var worth []*peer
	for _, p := range m.peers {
		first := p.linked || !p.heardAt.IsZero()
		if p.online && first && p.datagram != nil && now.Sub(p.newsAt) <= relayTime {
			worth = append(worth, p)
		}
	}
	slices.SortFunc(worth, func(a, b *peer) int {
		if c := b.newsAt.Compare(a.newsAt); c != 0 {
			return c
		}
		return byID(a, b)
	})
	var list []wire.HeardAnnouncement
	for _, p := range worth[:min(len(worth), limit)] {
		h := wire.HeardAnnouncement{Datagram: slices.Clone(p.datagram)}
		for _, place := range p.places {
			if isUniversal(place.address) {
				h.Addresses = append(h.Addresses, place.address)
			}
		}
		list = append(list, h)
	}
	return list
}

func (m *Machine) setName(name string) {
	if m.name = chat.CleanName(name); m.name == "" {
		m.name = m.id.Short()
	}
}

func (m *Machine) do(e Effect) { m.effects = append(m.effects, e) }

func compareIDs(a, b identity.DeviceID) int { return bytes.Compare(a[:], b[:]) }

func byID(a, b *peer) int { return compareIDs(a.id, b.id) }
