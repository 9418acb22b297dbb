package link

import (
	"net/netip"
	"testing"
	"time"
)

func TestGuard(t *testing.T) {
	now := time.Unix(1000, 0)
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	// begin goes the way of one handshake: straight in, or by way of a Retry.
	begin := func(g *guard, now time.Time, from netip.Addr, real bool) bool {
		if !g.mustProve(now, from) {
			return g.admit(now, from, false)
		}
		return real && g.admit(now, from, true)
	}
	count := func(n int, f func(i int) bool) (yes int) {
		for i := range n {
			if f(i) {
				yes++
			}
		}
		return yes
	}

	t.Run("an address has its rate", func(t *testing.T) {
		g := newGuard(10, 100)
		if got := count(50, func(int) bool { return begin(g, now, a, true) }); got != 10 {
			t.Errorf("%d of one address began", got)
		}
		if !begin(g, now, b, true) {
			t.Error("another address suffers")
		}
		later := now.Add(time.Second)
		if got := count(50, func(int) bool { return begin(g, later, a, true) }); got != 10 {
			t.Errorf("%d began a second later", got)
		}
	})
	t.Run("forging an address does not lock it out", func(t *testing.T) {
		g := newGuard(10, 100)
		if got := count(1000, func(int) bool { return begin(g, now, a, false) }); got != 5 {
			t.Errorf("%d forged ones began", got)
		}
		if !begin(g, now, a, true) {
			t.Error("the real one is locked out")
		}
	})
	t.Run("forging many addresses", func(t *testing.T) {
		g := newGuard(10, 100)
		forged := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(i / 256), byte(i)}) }
		if got := count(60_000, func(i int) bool { return begin(g, now, forged(i), false) }); got != 50 {
			t.Errorf("%d forged ones began", got)
		}
		if !begin(g, now, a, true) {
			t.Error("a real one is locked out")
		}
		if len(g.counts) > 100 {
			t.Errorf("%d addresses are held", len(g.counts))
		}
	})
	t.Run("all together have a rate", func(t *testing.T) {
		g := newGuard(10, 100)
		address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 2, byte(i / 256), byte(i)}) }
		if got := count(5000, func(i int) bool { return begin(g, now, address(i%500), true) }); got != 100 {
			t.Errorf("%d began", got)
		}
	})
	t.Run("the clock may be set back", func(t *testing.T) {
		g := newGuard(10, 100)
		count(50, func(int) bool { return begin(g, now, a, true) })
		if !begin(g, now.Add(-time.Hour), a, true) {
			t.Error("locked out for an hour")
		}
	})
}
