//go:build linux && netns

package netlab

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// stranger is somebody with a raw socket and keys of its own, on a host without
// any node.
type stranger struct {
	t        *testing.T
	out      *net.UDPConn
	heard    *net.UDPConn // the announcements sent to the group
	sequence uint64
}

func newStranger(t *testing.T, lan *Bridge) *stranger {
	t.Helper()
	h := lan.lab.Host("stranger")
	card := h.Join(lan, "10.77.0.66/24")
	return &stranger{t: t, out: listen(h, ":0"), heard: listenMulticast(h, card, "239.255.47.74:47474")}
}

// announcement returns a good announcement of a new device, and its ID.
func (s *stranger) announcement(name string) (datagram []byte, id string) {
	s.t.Helper()
	key, err := identity.NewKey()
	if err != nil {
		s.t.Fatal(err)
	}
	s.sequence++
	datagram, err = wire.AppendAnnouncement(nil, key, wire.Announcement{
		Instance: uint64(time.Now().UnixMilli()), Sequence: s.sequence, Name: name, LinkPort: 47475,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return datagram, key.ID().String()
}

// tell sends a datagram to a host's discovery port, slowly enough to stay under
// the bound for one source.
func (s *stranger) tell(address string, datagram []byte) {
	s.t.Helper()
	time.Sleep(time.Second / 10)
	if _, err := s.out.WriteToUDPAddrPort(datagram, netip.AddrPortFrom(netip.MustParseAddr(address), 47474)); err != nil {
		s.t.Fatal(err)
	}
}

// pass announces a new device and waits until a node shows it: whatever was
// told before has been read by then.
func (s *stranger) pass(n *Node, address string) {
	s.t.Helper()
	datagram, id := s.announcement("barrier")
	for range 3 { // one may be lost where many hosts share a machine
		s.tell(address, datagram)
	}
	n.wait(bound, "good announcement of a stranger", func(e Event) bool { return e.Event == "peer" && e.ID == id })
}

// record returns the announcements of a node that it hears in a while.
func (s *stranger) record(of *Node, while time.Duration) (datagrams [][]byte) {
	s.t.Helper()
	_ = s.heard.SetReadDeadline(time.Now().Add(while))
	b := make([]byte, 2048)
	for {
		size, err := s.heard.Read(b)
		if err != nil {
			return datagrams
		}
		if a, err := wire.ParseAnnouncement(b[:size]); err == nil && a.Device.String() == of.ID {
			datagrams = append(datagrams, append([]byte(nil), b[:size]...))
		}
	}
}

// told names recorded announcements by their sequences.
func told(datagrams [][]byte) string {
	var b strings.Builder
	for _, d := range datagrams {
		a, err := wire.ParseAnnouncement(d)
		fmt.Fprintf(&b, "[%d %d goodbye %v %v]", a.Instance, a.Sequence, a.Goodbye, err)
	}
	return b.String()
}

// TestBadAnnouncements tells a node what is not an announcement, or not quite.
func TestBadAnnouncements(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	lan, a, _ := twoHosts(t)
	anna := a.Start("anna")
	s := newStranger(t, lan)
	s.pass(anna, "10.77.0.1")
	anna.Skip()

	type lie struct {
		name  string
		bytes func(good []byte) []byte
	}
	lies := []lie{
		{"nothing", func([]byte) []byte { return nil }},
		{"one byte", func([]byte) []byte { return []byte{0} }},
		{"the magic alone", func(good []byte) []byte { return good[:4] }},
		{"text", func([]byte) []byte { return []byte("hello, is anybody there?") }},
		{"noise", func([]byte) []byte { return noise(random, 700) }},
		{"noise after the magic and version", func(good []byte) []byte { return append(good[:5:5], noise(random, 700)...) }},
		{"other magic", func(good []byte) []byte { return append([]byte("PRLE"), good[4:]...) }},
		{"unknown version", func(good []byte) []byte { return append([]byte("PRLA\x02"), good[5:]...) }},
		{"version 0", func(good []byte) []byte { return append([]byte("PRLA\x00"), good[5:]...) }},
		{"oversized by one byte", func(good []byte) []byte { return append(good, make([]byte, 1201-len(good))...) }},
		{"oversized", func(good []byte) []byte { return append(good, make([]byte, 60000)...) }},
		{"name changed", func(good []byte) []byte {
			return []byte(strings.Replace(string(good), "mallory", "anybody", 1))
		}},
		{"signature of another", func(good []byte) []byte {
			other, _ := s.announcement("mallory")
			return append(good[:len(good)-64:len(good)-64], other[len(other)-64:]...)
		}},
		{"signature of zeros", func(good []byte) []byte {
			return append(good[:len(good)-64:len(good)-64], make([]byte, 64)...)
		}},
	}
	for _, part := range []int{1, 2, 4, 6, 7} {
		lies = append(lies, lie{fmt.Sprintf("the first %d/8", part), func(good []byte) []byte { return good[:len(good)*part/8] }})
	}
	for range 10 {
		bit := random.Uint64()
		lies = append(lies, lie{fmt.Sprintf("bit %d flipped", bit), func(good []byte) []byte {
			at := bit % uint64(8*len(good))
			good[at/8] ^= 1 << (at % 8)
			return good
		}})
	}
	names := map[string]string{} // of the lies, by ID
	for _, l := range lies {
		good, id := s.announcement("mallory")
		names[id] = l.name
		s.tell("10.77.0.1", l.bytes(good))
	}
	s.pass(anna, "10.77.0.1")
	for _, e := range anna.Events() {
		if name, ok := names[e.ID]; ok {
			t.Errorf("%s: shown as %+v", name, e)
		}
		if e.Event == "peer" && e.Name != "barrier" {
			t.Errorf("shown: %+v", e)
		}
	}

	// What follows the signature is for later versions, and names are made harmless.
	good, id := s.announcement("mal\x1b[31m\u202elory\n")
	s.tell("10.77.0.1", append(good, "more to come"...))
	shown := anna.wait(bound, "announcement with bytes after it", func(e Event) bool { return e.ID == id })
	if strings.ContainsAny(shown.Name, "\x1b\u202e\n") {
		t.Errorf("shown with name %q", shown.Name)
	}
}

func noise(r *rand.ChaCha8, size int) []byte {
	b := make([]byte, size)
	_, _ = r.Read(b) // never fails
	return b
}

// TestReplay says again what a device said before, from another address.
func TestReplay(t *testing.T) {
	t.Parallel()
	lan, a, b := twoHosts(t)
	s := newStranger(t, lan)
	anna, bert := a.Start("anna"), b.Start("bert")
	meet(anna, bert)
	alive := s.record(bert, 3*time.Second)
	if len(alive) == 0 { // the burst of the start is over; the next comes within 31 s
		alive = s.record(bert, 40*time.Second)
	}
	if len(alive) == 0 {
		t.Fatal("no announcement was recorded")
	}
	replay := func(datagrams [][]byte) {
		t.Helper()
		for _, d := range datagrams {
			s.tell("10.77.0.1", d)
		}
		s.pass(anna, "10.77.0.1")
	}
	// While bert is there: what comes from elsewhere leads nobody astray.
	replay(alive)
	talk(anna, bert)

	// When bert has gone: his old words do not bring him back. A goodbye is said in a
	// row, and a machine that plays many hosts at once may drop all of it.
	var farewell [][]byte
	for range 5 {
		anna.Skip()
		bert.Stop()
		anna.WaitPeer(bert, "offline", 6*bound) // TestGoodbye is about how soon
		if farewell = s.record(bert, time.Second); len(farewell) > 0 {
			break
		}
		bert = bert.Again()
		meet(anna, bert)
		alive = s.record(bert, time.Second)
	}
	if len(farewell) == 0 || len(alive) == 0 {
		t.Fatalf("recorded were %d announcements and %d of a goodbye", len(alive), len(farewell))
	}
	anna.Skip()
	replay(alive)
	replay(farewell)
	if state := anna.Peers()[bert.ID].State; state != "offline" {
		t.Errorf("after a replay, who has gone is shown as %s; replayed were %s and %s\n%s", state, told(alive), told(farewell), anna.report())
	}

	// When bert is back: his old goodbye does not send him away.
	bert = bert.Again()
	meet(anna, bert)
	anna.Skip()
	replay(farewell)
	replay(alive)
	for _, e := range anna.Events()[anna.skipped:] {
		if e.Event == "peer" && e.ID == bert.ID && e.State != "online" {
			t.Errorf("after a replayed goodbye: %+v", e)
		}
	}
	talk(anna, bert)
}

// TestFlood announces thousands of devices at once: the node shows few of them,
// and still finds somebody real.
func TestFlood(t *testing.T) {
	t.Parallel()
	const strangers = 3000
	lan, a, b := twoHosts(t)
	s := newStranger(t, lan)
	anna := a.Start("anna")
	to := netip.MustParseAddrPort("10.77.0.1:47474")
	started := time.Now()
	for i := range strangers {
		datagram, _ := s.announcement(fmt.Sprintf("stranger %d", i))
		if _, err := s.out.WriteToUDPAddrPort(datagram, to); err != nil {
			t.Fatal(err)
		}
	}
	bert := b.Start("bert")
	find(anna, bert)
	most := 20 * (int(time.Since(started).Seconds()) + 2)
	if shown := len(anna.Peers()); shown > most {
		t.Errorf("%d devices are shown, more than %d", shown, most)
	} else {
		t.Logf("%d of %d announced devices are shown", shown, strangers)
	}
}
