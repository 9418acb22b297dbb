package discovery

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestTrace(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1)
	if _, ok := m.Trace(d.Device); ok {
		t.Error("there is a trace of nobody")
	}
	m.Step(now, heard(d.says(t, nil)))
	later := now.Add(time.Second)
	m.Step(later, Heard{Datagram: d.says(t, nil), From: somewhere, Interface: "eth1", Way: Unicast})
	got, ok := m.Trace(d.Device)
	want := []HeardWay{{"broadcast eth0", now}, {"unicast eth1", later}}
	if !ok || !slices.Equal(got.Heard, want) || got.HeardAt != later || got.ToldAt != later || got.Contact != somewhere || !got.GoneAt.IsZero() {
		t.Errorf("trace %+v, want ways %+v", got, want)
	}
	m.Step(later, heard(d.says(t, func(a *wire.Announcement) { a.Goodbye = true })))
	if got, _ := m.Trace(d.Device); got.GoneAt != later {
		t.Errorf("it said goodbye at %v, want %v", got.GoneAt, later)
	}
}

// TestClock: the first announcements of a start tell how far a clock is off,
// later ones only whether it is ahead.
func TestClock(t *testing.T) {
	for _, c := range []struct {
		name     string
		off      time.Duration
		sequence uint64
		seen     bool
	}{
		{"right, at its start", 0, 1, true},
		{"ahead, at its start", time.Hour, 2, true},
		{"behind, at its start", -time.Hour, 4, true},
		{"ahead, long after its start", time.Hour, 100, true},
		{"right or behind, long after its start", -time.Hour, 100, false},
	} {
		m, now := machine(t)
		d := newDevice(1)
		d.Instance, d.Sequence = uint64(now.Add(c.off).UnixMilli()), c.sequence-1
		m.Step(now, heard(d.says(t, nil)))
		m.Step(now.Add(time.Minute), heard(d.says(t, nil))) // tells nothing new
		got, _ := m.Trace(d.Device)
		if got.ClockSeen != c.seen || c.seen && got.Clock != c.off {
			t.Errorf("%s: %v, %v", c.name, got.Clock, got.ClockSeen)
		}
	}
}

func TestForeignVersions(t *testing.T) {
	m, now := machine(t)
	d := newDevice(1).says(t, nil)
	d[versionAt] = 7
	m.Step(now, heard(d))
	m.Step(now.Add(time.Second), heard(d))
	want := []Foreign{{From: somewhere.Addr(), Version: 7, Count: 2, Last: now.Add(time.Second)}}
	if got := m.Stats().Foreign; !slices.Equal(got, want) {
		t.Errorf("foreign %+v, want %+v", got, want)
	}
	for i := range 200 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, 0, byte(i)}), 5)
		m.Step(now, Heard{Datagram: d, From: from})
	}
	if n := len(m.Stats().Foreign); n != maxForeign {
		t.Errorf("%d sources are counted apart, want %d", n, maxForeign)
	}
}

func TestAsk(t *testing.T) {
	m, now := machine(t)
	there := netip.MustParseAddr("10.0.0.7")
	asked := tells(m.Step(now, Ask{Addresses: []netip.AddrPort{netip.AddrPortFrom(there, 0), netip.AddrPortFrom(there, defaultPort), netip.AddrPortFrom(there, 9), {}}}))
	if len(asked) != 2 || asked[0].To != netip.AddrPortFrom(there, defaultPort) || asked[1].To.Port() != 9 {
		t.Fatalf("told %v", asked)
	}
	if a, err := wire.ParseAnnouncement(asked[0].Datagram); err != nil || !a.Asks {
		t.Errorf("it is no question: %+v, %v", a, err)
	}
}
