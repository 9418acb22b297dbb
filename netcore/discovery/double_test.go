package discovery

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestKeyOnTwoMachines: both are told where the other one's links would be.
func TestKeyOnTwoMachines(t *testing.T) {
	l := newLab(t, 1)
	a := l.addAs(0, 0, 1000)
	l.run(time.Minute)
	b := l.addAs(0, 0, 2000)
	l.run(doubtEvery / 2)
	for _, c := range []struct{ who, other *node }{{a, b}, {b, a}} {
		want := KeyDoubted{Instance: c.other.cfg.Instance, At: netip.AddrPortFrom(c.other.address.Addr(), linkPort)}
		if len(c.who.shared) != 1 || c.who.shared[0] != want {
			t.Errorf("device %d is told %+v, want %+v once", c.who.index, c.who.shared, want)
		}
	}
	l.run(10 * time.Minute)
	if n := len(a.shared); n < 3 || n > 12 {
		t.Errorf("within ten minutes it is told of %d times", n) // the first link may have failed
	}
}

func TestOwnKeyOfOthers(t *testing.T) {
	m, now := machine(t)
	id := keyOf(0).ID()
	own := &device{key: keyOf(0), Announcement: wire.Announcement{Device: id, LinkPort: linkPort}}
	doubts := func(effects []Effect) (n int) {
		for _, e := range effects {
			if _, ok := e.(KeyDoubted); ok {
				n++
			}
		}
		return n
	}
	as := func(instance, sequence uint64) []byte {
		return own.says(t, func(a *wire.Announcement) { a.Instance, a.Sequence = instance, sequence })
	}

	forged := newDevice(1)
	datagram := forged.says(t, func(a *wire.Announcement) { a.Instance = 9000 })
	datagram = bytes.Replace(datagram, forged.Device[:], id[:], 1)
	if effects := m.Step(now, heard(datagram)); len(effects) > 0 || m.Stats().Dropped[Signature] != 1 {
		t.Errorf("a forged one: %v, dropped %v", effects, m.Stats().Dropped)
	}
	for _, c := range []struct {
		name               string
		instance, sequence uint64
		want               int
	}{
		{"what this start said itself", m.cfg.Instance, 1, 0},
		{"this start, further than it is: a machine copied while it ran", m.cfg.Instance, 1000, 1},
		{"an earlier start", m.cfg.Instance - 1, 7, 1},
		{"it again", m.cfg.Instance - 1, 8, 0},
		{"a later start", m.cfg.Instance + 1, 1, 1},
	} {
		if got := doubts(m.Step(now, heard(as(c.instance, c.sequence)))); got != c.want {
			t.Errorf("%s: doubted %d times, want %d", c.name, got, c.want)
		}
	}
	if got := doubts(m.Step(now.Add(doubtEvery), heard(as(m.cfg.Instance-1, 9)))); got != 1 {
		t.Errorf("an earlier start, a minute later: doubted %d times", got)
	}
	introduced := Introduced{Datagram: as(77, 1), Addresses: []netip.AddrPort{netip.MustParseAddrPort("10.1.1.1:1"), netip.MustParseAddrPort("10.1.1.2:1")}}
	if got := doubts(m.Step(now, introduced)); got != 2 {
		t.Errorf("introduced with two addresses: doubted %d times", got)
	}
	for i := range uint64(100) {
		m.Step(now.Add(2*time.Second), heard(as(100+i, 1)))
	}
	if n := len(m.doubts); n != maxDoubts {
		t.Errorf("%d instances are remembered, want %d", n, maxDoubts)
	}
}
