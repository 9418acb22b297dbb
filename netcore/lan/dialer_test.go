package lan

import (
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
)

func TestDialAt(t *testing.T) {
	now := time.Unix(1000, 0)
	self := identity.DeviceID{5}
	higher, lower := identity.DeviceID{9}, identity.DeviceID{1}
	online := candidate{Peer: higher, Reachable: true, Online: true, Neighbour: true, Since: now}
	with := func(change func(*candidate)) candidate {
		c := online
		change(&c)
		return c
	}
	const never = -1
	for _, tc := range []struct {
		name string
		c    candidate
		want time.Duration // after now
	}{
		{"the lower ID dials at once", online, 0},
		{"the higher ID waits for the other", with(func(c *candidate) { c.Peer = lower }), dialGrace},
		{"unless it has something to say", with(func(c *candidate) { c.Peer, c.Pending = lower, true }), 0},
		{"already linked", with(func(c *candidate) { c.Linked = true }), never},
		{"already dialling", with(func(c *candidate) { c.Dialling = true }), never},
		{"blocked", with(func(c *candidate) { c.Blocked, c.Pending = true, true }), never},
		{"no address", with(func(c *candidate) { c.Reachable = false }), never},
		{"no neighbour, nothing to say", with(func(c *candidate) { c.Neighbour = false }), never},
		{"no neighbour, something to say", with(func(c *candidate) { c.Neighbour, c.Pending = false, true }), 0},
		{"no neighbour, known, nothing to say", with(func(c *candidate) { c.Neighbour, c.Kept = false, true }), never},
		{"no neighbour, a receipt to fetch", with(func(c *candidate) { c.Neighbour, c.Visit = false, now.Add(visitAfter) }), visitAfter},
		{"away, a receipt to fetch", with(func(c *candidate) { c.Online, c.Visit = false, now }), never},
		{"away, nothing to say", with(func(c *candidate) { c.Online = false }), never},
		{"away, something to say", with(func(c *candidate) { c.Online, c.Pending = false, true }), 0},
		{"known and silent", with(func(c *candidate) { c.Online, c.Kept = false, true }), 0},
		{"known and silent, tried in vain", with(func(c *candidate) { c.Online, c.Kept, c.Failures = false, true, keptAttempts }), never},
		{"after one failure", with(func(c *candidate) { c.Failures, c.Tried = 1, now }), firstRetry},
		{"after three", with(func(c *candidate) { c.Failures, c.Tried = 3, now }), 4 * firstRetry},
		{"after very many", with(func(c *candidate) { c.Failures, c.Tried = 1000, now }), lastRetry},
	} {
		at, ok := dialAt(self, tc.c)
		switch {
		case tc.want == never && ok:
			t.Errorf("%s: dials at %s", tc.name, at.Sub(now))
		case tc.want != never && (!ok || at.Sub(now) != tc.want):
			t.Errorf("%s: dials at %s (%t), want %s", tc.name, at.Sub(now), ok, tc.want)
		}
	}
}
