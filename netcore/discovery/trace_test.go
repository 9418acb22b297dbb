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
	later := now.Add(2 * repeatWindow)
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

// TestHears: two that are near by one card hear each other, unless one of them
// has to seek.
func TestHears(t *testing.T) {
	m, now := machine(t)
	m.Step(now, Subnets{prefixes("10.0.0.1/24")})
	by := func(d *device, from, card string, way Way) {
		m.Step(now, Heard{Datagram: d.says(t, nil), From: netip.MustParseAddrPort(from), Interface: card, Way: way})
	}
	a, b, other, answers, far, deaf := newDevice(1), newDevice(2), newDevice(3), newDevice(4), newDevice(5), newDevice(6)
	by(a, "10.0.0.7:50000", "eth0", Multicast)
	by(b, "10.0.0.8:50000", "eth0", Multicast)
	by(other, "10.1.0.9:50000", "eth1", Multicast)
	by(answers, "10.0.0.10:50000", "eth0", Unicast)
	by(far, "10.9.0.11:50000", "eth0", Unicast)
	by(deaf, "10.0.0.12:50000", "eth0", Multicast)
	by(deaf, "10.0.0.12:47474", "eth0", Unicast)
	for _, c := range []struct {
		name      string
		who, whom *device
		after     time.Duration
		want      bool
	}{
		{"on one card", a, b, 0, true},
		{"long ago", a, b, time.Hour, false},
		{"on two cards", a, other, 0, false},
		{"who answers is near", a, answers, 0, true},
		{"and hears what is near", answers, a, 0, true},
		{"but not if in another subnet", a, far, 0, false},
		{"nor hears it", far, a, 0, false},
		{"who seeks hears nobody", deaf, a, 0, false},
		{"but is heard", a, deaf, 0, true},
		{"nobody", a, newDevice(9), 0, false},
	} {
		if got := m.Hears(now.Add(c.after), c.who.Device, c.whom.Device); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
