package peering

import (
	"net/netip"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
)

func TestDialAt(t *testing.T) {
	now := time.Unix(1000, 0)
	self := identity.DeviceID{5}
	higher, lower := identity.DeviceID{9}, identity.DeviceID{1}
	// situation is all by which it is decided.
	type situation struct {
		peer
		direct, group bool // there is something for it
		visits        int  // under way
	}
	// with returns a neighbour that is online, changed.
	with := func(change func(*situation)) situation {
		s := situation{peer: peer{
			Peer:  Peer{ID: higher, Online: true, Addresses: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.9:47475")}},
			since: now, neighbour: now,
		}}
		change(&s)
		return s
	}
	const never = -1
	for _, tc := range []struct {
		name string
		s    situation
		want time.Duration // after now
	}{
		{"the lower ID dials at once", with(func(*situation) {}), 0},
		{"the higher ID waits for the other", with(func(s *situation) { s.ID = lower }), dialGrace},
		{"also if it was there for long", with(func(s *situation) { s.ID, s.since = lower, now.Add(-time.Minute) }), dialGrace},
		{"unless it has something to say", with(func(s *situation) { s.ID, s.Kept, s.direct = lower, true, true }), 0},
		{"already linked", with(func(s *situation) { s.link = &link{} }), never},
		{"already dialling", with(func(s *situation) { s.dialling = true }), never},
		{"blocked", with(func(s *situation) { s.Blocked, s.Kept, s.direct = true, true, true }), never},
		{"no address", with(func(s *situation) { s.Addresses = nil }), never},
		{"no neighbour, nothing to say", with(func(s *situation) { s.neighbour = time.Time{} }), never},
		{"no neighbour, something to say", with(func(s *situation) { s.neighbour, s.Kept, s.direct = time.Time{}, true, true }), 0},
		{"no neighbour, not known, something to say", with(func(s *situation) { s.neighbour, s.direct = time.Time{}, true }), never},
		{"no neighbour, known, nothing to say", with(func(s *situation) { s.neighbour, s.Kept = time.Time{}, true }), never},
		{"no neighbour, a receipt to fetch", with(func(s *situation) { s.neighbour, s.group = time.Time{}, true }), visitAfter},
		{"no neighbour, enough receipts being fetched", with(func(s *situation) { s.neighbour, s.group, s.visits = time.Time{}, true, visits }), never},
		{"no neighbour, almost enough", with(func(s *situation) { s.neighbour, s.group, s.visits = time.Time{}, true, visits-1 }), visitAfter},
		{"away, a receipt to fetch", with(func(s *situation) { s.Online, s.group = false, true }), never},
		{"away, nothing to say", with(func(s *situation) { s.Online = false }), never},
		{"away, something to say", with(func(s *situation) { s.Online, s.Kept, s.direct = false, true, true }), 0},
		{"known and silent", with(func(s *situation) { s.Online, s.Kept = false, true }), 0},
		{"known and silent, tried in vain", with(func(s *situation) { s.Online, s.Kept, s.failures = false, true, keptAttempts }), never},
		{"after one failure", with(func(s *situation) { s.failures, s.tried = 1, now }), firstRetry},
		{"after three", with(func(s *situation) { s.failures, s.tried = 3, now }), 4 * firstRetry},
		{"after very many", with(func(s *situation) { s.failures, s.tried = 1000, now }), lastRetry},
	} {
		m := New(Config{
			Self:    self,
			Pending: func(identity.DeviceID) (direct, group bool) { return tc.s.direct, tc.s.group },
		}, now)
		m.wroteGroup = now
		m.peers[tc.s.ID] = &tc.s.peer
		for i := range tc.s.visits {
			m.peers[identity.DeviceID{100, byte(i)}] = &peer{visit: true}
		}
		at, ok := m.dialAt(&tc.s.peer)
		switch {
		case tc.want == never && ok:
			t.Errorf("%s: dials at %s", tc.name, at.Sub(now))
		case tc.want != never && (!ok || at.Sub(now) != tc.want):
			t.Errorf("%s: dials at %s (%t), want %s", tc.name, at.Sub(now), ok, tc.want)
		}
	}
}
