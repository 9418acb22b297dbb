package discovery

import (
	"net/netip"
	"testing"
	"time"
)

func prefixes(list ...string) (all []netip.Prefix) {
	for _, s := range list {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// TestSeek: where neither broadcast nor multicast passes, people find each other
// all the same, and the asking ends.
func TestSeek(t *testing.T) {
	l := newLab(t, 1)
	l.deaf = func(from, to *node) bool { return from != to }
	a, b := l.add(0), l.add(0)
	a.step(Subnets{prefixes(a.address.Addr().String() + "/24")})
	l.mustSee(seekAfter+time.Minute, a, b)
	l.mustSee(time.Second, b, a)
	l.run(time.Minute / 2)
	asked := a.Stats().Asked
	if asked < 250 || asked > 300 {
		t.Errorf("%d addresses were asked, of 254", asked)
	}
}

// TestSeekOnlyInSilence: who hears somebody in a subnet does not seek there.
func TestSeekOnlyInSilence(t *testing.T) {
	l := newLab(t, 1)
	a, b := l.add(0), l.add(0)
	a.step(Subnets{prefixes(a.address.Addr().String() + "/24")})
	l.mustSee(time.Second, a, b)
	l.run(20 * time.Minute)
	if asked := a.Stats().Asked; asked > 50 {
		t.Errorf("%d addresses were asked though somebody is heard", asked)
	}
}

// TestSeekBounds: however large the subnets, few addresses are asked, no more
// than so many a second, and again only after a while.
func TestSeekBounds(t *testing.T) {
	m, now := machine(t)
	m.Step(now, Subnets{prefixes("10.1.2.3/8", "192.168.7.9/29", "127.0.0.1/8", "169.254.1.1/16", "10.9.9.9/32", "fd00::1/64")})
	asked := map[netip.Addr]int{}
	most := 0
	run := func(until time.Time) {
		for at := m.Next(); at.Before(until); at = m.Next() {
			list := tells(m.Step(at, Tick{}))
			most = max(most, len(list))
			for _, e := range list {
				asked[e.To.Addr()]++
			}
		}
	}
	run(now.Add(time.Minute))
	if want := 253 + 5; len(asked) != want || most > seekAtOnce {
		t.Errorf("%d addresses were asked, want %d; at most %d at once", len(asked), want, most)
	}
	for _, a := range []string{"10.1.2.3", "10.1.2.0", "10.1.2.255", "192.168.7.9", "192.168.7.15"} {
		if asked[netip.MustParseAddr(a)] > 0 {
			t.Errorf("%s was asked", a)
		}
	}
	run(now.Add(24 * time.Hour))
	if n := asked[netip.MustParseAddr("10.1.2.4")]; n < 20 || n > 45 {
		t.Errorf("within a day each was asked %d times", n)
	}
}
