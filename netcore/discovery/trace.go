package discovery

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Trace is what discovery remembers of how a device was heard: evidence for
// whoever looks into why it is missing. Times are zero for what never happened.
type Trace struct {
	Heard   []HeardWay // by each way of late
	HeardAt time.Time  // when its own announcement last came, not passed on by others
	ToldAt  time.Time  // when it last spoke to this device alone, as those do who hear it
	NewsAt  time.Time  // when news of it last came, passed on or not
	GoneAt  time.Time  // when it said goodbye, if that is the last it said
	// Contact is where its discovery can be asked; not valid if nobody knows.
	Contact netip.AddrPort
	// Clock is how far its clock is ahead of this device's, to some seconds; it
	// means something only if ClockSeen.
	Clock     time.Duration
	ClockSeen bool
}

// HeardWay is when a device was last heard by one way, such as "broadcast eth0".
type HeardWay struct {
	Way  string
	Last time.Time
}

// Trace returns what is remembered of a device.
func (m *Machine) Trace(id identity.DeviceID) (Trace, bool) {
	p := m.peers[id]
	if p == nil {
		return Trace{}, false
	}
	t := Trace{
		HeardAt: p.heardAt, ToldAt: p.toldAt, NewsAt: p.newsAt, Contact: p.contact,
		Clock: p.clock, ClockSeen: p.clockSeen,
	}
	if p.isGone {
		t.GoneAt = p.goneAt
	}
	for _, w := range p.ways {
		t.Heard = append(t.Heard, HeardWay{w.way, w.last})
	}
	return t, true
}

// Hears says whether one device surely hears the announcements of another: both
// are near this one, by the same card, and the first did not have to seek.
func (m *Machine) Hears(now time.Time, who, whom identity.DeviceID) bool {
	p, q := m.peers[who], m.peers[whom]
	if p == nil || q == nil || p.isDeaf {
		return false
	}
	since := now.Add(-silenceOf(m.crowd + 1))
	return slices.ContainsFunc(p.ways, func(w heardWay) bool {
		card := m.nearBy(p, w, since)
		return card != "" && slices.ContainsFunc(q.ways, func(w heardWay) bool { return m.nearBy(q, w, since) == card })
	})
}

// nearBy returns the card by which p is near if a way of hearing it says so, or
// nothing. Who is in a subnet of this device and speaks to it alone, from a port
// of its own, answers what it heard this device say to everyone.
func (m *Machine) nearBy(p *peer, w heardWay, since time.Time) (card string) {
	way, card, _ := strings.Cut(w.way, " ")
	switch {
	case w.last.Before(since):
	case way == string(Broadcast), way == string(Multicast), way == string(Unicast) && !p.isDeaf && m.inOwnSubnet(p):
		return card
	}
	return ""
}

func (m *Machine) inOwnSubnet(p *peer) bool {
	return slices.ContainsFunc(p.places, func(at place) bool {
		return slices.ContainsFunc(m.own, func(own netip.Prefix) bool { return own.Contains(at.address.Addr()) })
	})
}

// atStart is how many announcements a device makes within seconds of its start.
const atStart = len(burstAt)

// noteClock compares p's clock with this device's: an instance is the time of
// its start, which has just been if its first announcements are heard, and
// cannot be still to come.
func (m *Machine) noteClock(now time.Time, p *peer, a wire.Announcement) {
	if a.Instance == p.instance {
		return
	}
	off := time.UnixMilli(int64(min(a.Instance, 1<<62))).Sub(now)
	p.clock, p.clockSeen = off, a.Sequence <= uint64(atStart) || off > 0
}
