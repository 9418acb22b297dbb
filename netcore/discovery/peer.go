package discovery

import (
	"container/list"
	"net/netip"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	maxPlaces = 8 // addresses of one peer
	maxWays   = 8 // ways that one peer was heard
)

// peer is what is held of a device.
type peer struct {
	id           identity.DeviceID
	name         string
	status       string
	capabilities []string
	linkPort     uint16
	instance     uint64
	sequence     uint64
	datagram     []byte // the announcement held, nil if it came from disk or a link
	repeat       []byte // the last that said the same since, nil if none did

	newsAt  time.Time // when that announcement was accepted
	heardAt time.Time // when one was last accepted that was heard, not introduced
	castAt  time.Time // when it was last heard by a way to everyone
	toldAt  time.Time // when it last spoke to this device alone
	goneAt  time.Time // when it said goodbye
	seen    time.Time // the last sign of life

	isKnown bool // from before the start: no stranger
	linked  bool
	isAlive bool // heard, and not silent for too long
	isGone  bool // it said goodbye
	isDeaf  bool // it may hear only answers: it sought this device
	online  bool // what is shown; see settle
	inCrowd bool // online and heard without a go-between

	clock     time.Duration // how far its clock is ahead of this one's
	clockSeen bool          // clock means something

	contact netip.AddrPort // the socket it last sent from
	places  []place        // where links may be opened, the latest first
	ways    []heardWay

	check     alarm     // when its silence matters
	until     time.Time // when silence makes it offline
	isDoubted bool      // until was brought forward
	asked     int       // how often it was asked by unicast since askFrom
	askFrom   time.Time

	answer     alarm // to its question
	answerTo   netip.AddrPort
	answerSize int
	askedAt    time.Time
	askedAlone bool // by unicast

	stranger *list.Element // in Machine.strangers
	changed  bool          // is in Machine.changed
}

type place struct {
	address netip.AddrPort
	last    time.Time // when it was heard from there; zero: only told of
}

type heardWay struct {
	way  string
	last time.Time
}

func (p *peer) view() Peer {
	v := Peer{
		ID:           p.id,
		Name:         p.name,
		Status:       p.status,
		State:        chat.Offline,
		Linked:       p.linked,
		LastSeen:     p.seen,
		Instance:     p.instance,
		Sequence:     p.sequence,
		LinkPort:     p.linkPort,
		Capabilities: slices.Clone(p.capabilities),
	}
	if p.online {
		v.State = chat.Online
	}
	for _, place := range p.places {
		v.Addresses = append(v.Addresses, place.address)
	}
	for _, w := range p.ways {
		v.Ways = append(v.Ways, w.way)
	}
	slices.Sort(v.Ways)
	return v
}

// isNews says whether a was made after what is held.
func (p *peer) isNews(a wire.Announcement) bool {
	return a.NewerThan(wire.Announcement{Instance: p.instance, Sequence: p.sequence})
}

// repeats says whether a tells nothing that is not known, but that the device is
// there.
func (p *peer) repeats(a wire.Announcement) bool {
	same := func(said, known string) bool { return said == known || chat.CleanName(said) == known }
	return a.Instance == p.instance && !a.Goodbye && !p.isGone && a.LinkPort == p.linkPort &&
		same(a.Name, p.name) && same(a.Status, p.status) && slices.Equal(a.Capabilities, p.capabilities)
}

// describe takes over what the device says of itself, and says whether anything
// is different.
func (p *peer) describe(a wire.Announcement) (different bool) {
	name, status := chat.CleanName(a.Name), chat.CleanName(a.Status)
	if name == "" {
		name = p.id.Short()
	}
	different = name != p.name || status != p.status || a.LinkPort != p.linkPort ||
		!slices.Equal(a.Capabilities, p.capabilities)
	if a.LinkPort != p.linkPort {
		p.movePort(a.LinkPort)
	}
	p.name, p.status, p.capabilities = name, status, a.Capabilities
	return different
}

// movePort follows the device's links to another port.
func (p *peer) movePort(port uint16) {
	var places []place
	for _, at := range p.places {
		if at.address.Port() == p.linkPort {
			at.address = netip.AddrPortFrom(at.address.Addr(), port)
		}
		same := func(other place) bool { return other.address == at.address }
		if isUsable(at.address) && !slices.ContainsFunc(places, same) {
			places = append(places, at)
		}
	}
	p.places, p.linkPort = places, port
}

// found notes that news came from an address, and says whether the list of
// addresses changed. previous is when the news before came. Addresses that the
// device is heard from each time stay in their order; one that comes back or
// is new moves to the front, as does one that is heard while the first is not.
// An address that a link proved stays first as long as the link.
func (p *peer) found(now, previous time.Time, address netip.AddrPort) bool {
	first := 0
	if p.linked && len(p.places) > 0 {
		first = 1
	}
	current := func(at place) bool { return !at.last.IsZero() && !at.last.Before(previous) }
	i := slices.IndexFunc(p.places, func(at place) bool { return at.address == address })
	switch {
	case i < 0:
		p.places = slices.Insert(p.places, first, place{address, now})
		p.places = p.places[:min(len(p.places), maxPlaces)]
		return true
	case i > first && (!current(p.places[i]) || !current(p.places[first])):
		p.places = slices.Delete(p.places, i, i+1)
		p.places = slices.Insert(p.places, first, place{address, now})
		return true
	}
	p.places[i].last = now
	return false
}

// hint notes an address that the device may have, and says whether it is a new
// one. Where there is no room, one that was only told of makes way.
func (p *peer) hint(now time.Time, address netip.AddrPort) bool {
	i := slices.IndexFunc(p.places, func(at place) bool { return at.address == address })
	if i >= 0 {
		if !now.IsZero() {
			p.places[i].last = now
		}
		return false
	}
	if len(p.places) == maxPlaces {
		last := maxPlaces - 1
		stale := p.places[last].last.IsZero() || now.Sub(p.places[last].last) > relayTime
		if now.IsZero() || !stale {
			return false
		}
		p.places = p.places[:last]
	}
	p.places = append(p.places, place{address, now})
	return true
}

// proven puts the address of a link first, and says whether it was not.
func (p *peer) proven(now time.Time, address netip.AddrPort) bool {
	i := slices.IndexFunc(p.places, func(at place) bool { return at.address == address })
	if i == 0 {
		p.places[0].last = now
		return false
	}
	if i > 0 {
		p.places = slices.Delete(p.places, i, i+1)
	}
	p.places = slices.Insert(p.places, 0, place{address, now})
	p.places = p.places[:min(len(p.places), maxPlaces)]
	return true
}

// noteWay says whether the way is a new one.
func (p *peer) noteWay(now time.Time, way string) bool {
	i := slices.IndexFunc(p.ways, func(w heardWay) bool { return w.way == way })
	if i >= 0 {
		p.ways[i].last = now
		return false
	}
	if len(p.ways) == maxWays {
		return false
	}
	p.ways = append(p.ways, heardWay{way, now})
	return true
}

// forgetWays forgets those not used since.
func (p *peer) forgetWays(since time.Time) {
	p.ways = slices.DeleteFunc(p.ways, func(w heardWay) bool { return w.last.Before(since) })
}
