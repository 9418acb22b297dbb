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
	online := candidate{Peer: higher, Reachable: true, Online: true, Since: now}
	with := func(change func(*candidate)) candidate {
		c := online
		change(&c)
		return c
	}
	const never = -1
	for _, tc := range []struct {
		name string
		c    candidate
		many bool          // more people online than stay linked
		want time.Duration // after now
	}{
		{"the lower ID dials at once", online, false, 0},
		{"the higher ID waits for the other", with(func(c *candidate) { c.Peer = lower }), false, dialGrace},
		{"unless it has something to say", with(func(c *candidate) { c.Peer, c.Pending = lower, true }), false, 0},
		{"already linked", with(func(c *candidate) { c.Linked = true }), false, never},
		{"already dialling", with(func(c *candidate) { c.Dialling = true }), false, never},
		{"blocked", with(func(c *candidate) { c.Blocked, c.Pending = true, true }), false, never},
		{"no address", with(func(c *candidate) { c.Reachable = false }), false, never},
		{"a crowd, nothing to say", online, true, never},
		{"a crowd, something to say", with(func(c *candidate) { c.Pending = true }), true, 0},
		{"away, nothing to say", with(func(c *candidate) { c.Online = false }), false, never},
		{"away, something to say", with(func(c *candidate) { c.Online, c.Pending = false, true }), false, 0},
		{"known and silent", with(func(c *candidate) { c.Online, c.Kept = false, true }), false, 0},
		{"known and silent, tried in vain", with(func(c *candidate) { c.Online, c.Kept, c.Failures = false, true, keptAttempts }), false, never},
		{"after one failure", with(func(c *candidate) { c.Failures, c.Tried = 1, now }), false, firstRetry},
		{"after three", with(func(c *candidate) { c.Failures, c.Tried = 3, now }), false, 4 * firstRetry},
		{"after very many", with(func(c *candidate) { c.Failures, c.Tried = 1000, now }), false, lastRetry},
	} {
		count := 3
		if tc.many {
			count = everyoneLinked + 1
		}
		at, ok := dialAt(self, tc.c, count)
		switch {
		case tc.want == never && ok:
			t.Errorf("%s: dials at %s", tc.name, at.Sub(now))
		case tc.want != never && (!ok || at.Sub(now) != tc.want):
			t.Errorf("%s: dials at %s (%t), want %s", tc.name, at.Sub(now), ok, tc.want)
		}
	}
}
