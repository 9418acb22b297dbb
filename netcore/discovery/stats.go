package discovery

import (
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Reason is why a datagram was dropped.
type Reason string

// The reasons.
const (
	Malformed Reason = "malformed" // no announcement, cut short or too long
	Version   Reason = "version"   // of a version this program does not know
	Signature Reason = "signature" // not signed by the device it names
	Replay    Reason = "replay"    // not newer than what is held
	Rate      Reason = "rate"      // too many of its source, or of all
	Own       Reason = "own"       // an own one, not among the last sent to everyone
	Full      Reason = "full"      // no room for another peer or address
)

// Stats counts what happened since the start, and tells how things are.
type Stats struct {
	Heard      uint64            // datagrams
	Accepted   uint64            // news, signature verified
	Copies     uint64            // of news just accepted, by another way
	Repeats    uint64            // said the same as news just accepted
	Introduced uint64            // announcements passed on by links
	Dropped    map[Reason]uint64 // datagrams and introductions
	HeardBack  []HeardBack       // own announcements, by way
	Announced  uint64            // datagrams to everyone
	Asked      uint64            // questions to one address
	Answered   uint64            // answers to one address
	Withheld   uint64            // answers that would have been longer than the question
	Peers      int               // held
	Online     int               // of them
	Crowd      int               // of them, heard without a go-between
	Interval   time.Duration     // mean time between announcements now
	Foreign    []Foreign         // announcements of versions not known, by source
}

// Foreign counts announcements of a version that this program does not know.
type Foreign struct {
	From    netip.Addr
	Version byte
	Count   uint64
	Last    time.Time
}

// versionAt is where an announcement's version stands, behind its magic.
const versionAt = 4

// maxForeign bounds the sources that are counted apart.
const maxForeign = 64

// HeardBack counts own announcements that came back by one way: a card and
// group that work.
type HeardBack struct {
	Interface string
	Way       Way
	IPv6      bool
	Count     uint64
	Last      time.Time
}

// maxHeardBack bounds the ways that are counted apart.
const maxHeardBack = 64

// Stats returns the counts.
func (m *Machine) Stats() Stats {
	s := m.stats
	s.Dropped = maps.Clone(s.Dropped)
	s.HeardBack = slices.Clone(s.HeardBack)
	s.Foreign = slices.Clone(s.Foreign)
	s.Peers, s.Online, s.Crowd = len(m.peers), m.online, m.crowd
	s.Interval = intervalOf(m.crowd + 1)
	return s
}

func (m *Machine) drop(r Reason) { m.stats.Dropped[r]++ }

// heardBack counts an own announcement that came back.
func (m *Machine) heardBack(now time.Time, ev Heard) {
	key := HeardBack{Interface: ev.Interface, Way: ev.Way, IPv6: !ev.From.Addr().Unmap().Is4()}
	list := m.stats.HeardBack
	i := slices.IndexFunc(list, func(h HeardBack) bool {
		return h.Interface == key.Interface && h.Way == key.Way && h.IPv6 == key.IPv6
	})
	if i < 0 {
		if len(list) == maxHeardBack {
			return
		}
		i = len(list)
		m.stats.HeardBack = append(list, key)
	}
	m.stats.HeardBack[i].Count++
	m.stats.HeardBack[i].Last = now
}

// foreign counts an announcement of a version not known; of too many sources
// the latest are left out.
func (m *Machine) foreign(now time.Time, from netip.Addr, version byte) {
	list := m.stats.Foreign
	i := slices.IndexFunc(list, func(f Foreign) bool { return f.From == from && f.Version == version })
	if i < 0 {
		if len(list) == maxForeign {
			return
		}
		i = len(list)
		m.stats.Foreign = append(list, Foreign{From: from, Version: version})
	}
	m.stats.Foreign[i].Count++
	m.stats.Foreign[i].Last = now
}
