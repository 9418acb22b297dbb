package link

import (
	"net/netip"
	"testing"
	"time"
)

func TestGuard(t *testing.T) {
	now := time.Unix(1000, 0)
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	open := func(rate, totalRate int) *guard {
		return newGuard(bounds{handshakeRate: rate, totalRate: totalRate, pendingPerAddress: 16, pending: 64})
	}
	// begin goes the way of one handshake: straight in, or by way of a Retry.
	// One that is not done stays under way.
	begin := func(g *guard, now time.Time, from netip.Addr, real, done bool) bool {
		proven := g.mustProve(now, from)
		if proven && !real || g.admit(now, from, proven) != nil {
			return false
		}
		if done {
			g.over(from, proven)
		}
		return true
	}
	address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 2, byte(i / 256), byte(i)}) }
	count := func(n int, f func(i int) bool) (yes int) {
		for i := range n {
			if f(i) {
				yes++
			}
		}
		return yes
	}

	t.Run("an address has its rate", func(t *testing.T) {
		g := open(10, 100)
		if got := count(50, func(int) bool { return begin(g, now, a, true, true) }); got != 10 {
			t.Errorf("%d of one address began", got)
		}
		if !begin(g, now, b, true, true) {
			t.Error("another address suffers")
		}
		later := now.Add(time.Second)
		if got := count(50, func(int) bool { return begin(g, later, a, true, true) }); got != 10 {
			t.Errorf("%d began a second later", got)
		}
	})
	t.Run("forging an address does not lock it out", func(t *testing.T) {
		g := open(10, 100)
		if got := count(1000, func(int) bool { return begin(g, now, a, false, true) }); got != 5 {
			t.Errorf("%d forged ones began", got)
		}
		if !begin(g, now, a, true, true) {
			t.Error("the real one is locked out")
		}
	})
	t.Run("forging many addresses", func(t *testing.T) {
		g := open(10, 100)
		forged := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(i / 256), byte(i)}) }
		if got := count(60_000, func(i int) bool { return begin(g, now, forged(i), false, true) }); got != 50 {
			t.Errorf("%d forged ones began", got)
		}
		if !begin(g, now, a, true, true) {
			t.Error("a real one is locked out")
		}
		if len(g.begun.each) > 100 || len(g.underWay.each) > 0 {
			t.Errorf("%d and %d addresses are held", len(g.begun.each), len(g.underWay.each))
		}
	})
	t.Run("all together have a rate", func(t *testing.T) {
		g := open(10, 100)
		if got := count(5000, func(i int) bool { return begin(g, now, address(i%500), true, true) }); got != 100 {
			t.Errorf("%d began", got)
		}
	})
	t.Run("forged ones that are not gone on with leave places", func(t *testing.T) {
		g := open(10, 100)
		got := count(1000, func(i int) bool {
			return begin(g, now.Add(time.Duration(i)*20*time.Millisecond), address(i), false, false)
		})
		if got != 32 {
			t.Errorf("%d forged ones are under way", got)
		}
		if got := count(20, func(i int) bool { return begin(g, now.Add(time.Minute), address(i), true, false) }); got != 20 {
			t.Errorf("%d of 20 real ones began", got)
		}
	})
	t.Run("one address does not take all places", func(t *testing.T) {
		g := open(10, 100)
		got := count(1000, func(i int) bool {
			return begin(g, now.Add(time.Duration(i)*20*time.Millisecond), a, true, false)
		})
		if got != 16 {
			t.Errorf("%d of one address are under way", got)
		}
		if got := count(40, func(i int) bool { return begin(g, now.Add(time.Minute), address(i), true, false) }); got != 40 {
			t.Errorf("%d of 40 others began", got)
		}
		for range 8 {
			g.over(a, false)
			g.over(a, true)
		}
		if !begin(g, now.Add(time.Hour), a, true, true) || g.underWay.each[a] != (proofs{}) {
			t.Errorf("places were not given back: %v", g.underWay.each[a])
		}
	})
	t.Run("the clock may be set back", func(t *testing.T) {
		g := open(10, 100)
		count(50, func(int) bool { return begin(g, now, a, true, true) })
		if !begin(g, now.Add(-time.Hour), a, true, true) {
			t.Error("locked out for an hour")
		}
	})
}
