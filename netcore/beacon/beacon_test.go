package beacon

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const patience = 20 * time.Second

// station is a running Beacon and what it received.
type station struct {
	*Beacon
	packets chan Packet
	changes chan []chat.Interface
}

// start runs a Beacon on the given interfaces until the test ends. It looks at
// them often.
func start(t *testing.T, port uint16, only ...string) *station {
	t.Helper()
	return startPolling(t, 20*time.Millisecond, port, only...)
}

// startPolling is start with the time between two looks.
func startPolling(t *testing.T, poll time.Duration, port uint16, only ...string) *station {
	t.Helper()
	s := &station{packets: make(chan Packet, 1000), changes: make(chan []chat.Interface, 1000)}
	b, err := Open(Config{
		Port:    port,
		Only:    only,
		Receive: func(p Packet) { s.packets <- p },
		Changed: func(list []chat.Interface) { s.changes <- list },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.poll = poll
	s.Beacon = b
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s
}

// hear waits for a packet for which want is true.
func (s *station) hear(t *testing.T, what string, want func(Packet) bool) Packet {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case p := <-s.packets:
			if want(p) {
				return p
			}
		case <-timeout:
			t.Fatalf("%s: not heard; status %+v", what, s.Status())
		}
	}
}

func (s *station) change(t *testing.T, what string, want func([]chat.Interface) bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case list := <-s.changes:
			if want(list) {
				return
			}
		case <-timeout:
			t.Fatalf("%s: no change reported; interfaces %+v", what, s.Interfaces())
		}
	}
}

func whatever([]chat.Interface) bool { return true }

func says(text string) func(Packet) bool {
	return func(p Packet) bool { return string(p.Datagram) == text }
}

func loopback(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 && i.Flags&net.FlagUp != 0 {
			return i.Name
		}
	}
	t.Fatal("there is no loopback interface")
	return ""
}

// freePort returns a port that nobody holds.
func freePort(t *testing.T) uint16 {
	t.Helper()
	c, err := net.ListenPacket("udp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

func TestSeveralOnOneHostHearEachOther(t *testing.T) {
	port, lo := freePort(t), loopback(t)
	stations := []*station{start(t, port, lo), start(t, port, lo), start(t, port, lo)}
	for i, sender := range stations {
		text := fmt.Sprint("I am ", i)
		if sender.Send([]byte(text)) == 0 {
			t.Fatalf("sent nothing: %+v", sender.Status().Sent)
		}
		for _, s := range stations { // the sender too
			p := s.hear(t, text, says(text))
			if !p.From.Addr().IsLoopback() || p.From.Port() == port {
				t.Errorf("%s came from %s, not from a loopback address and a port of the sender's own", text, p.From)
			}
			if p.Way == Unicast {
				t.Errorf("%s came by %q", text, p.Way)
			}
		}
	}
}

func TestAnswerReachesTheAskerAlone(t *testing.T) {
	port, lo := freePort(t), loopback(t)
	a, b, c := start(t, port, lo), start(t, port, lo), start(t, port, lo)
	a.Send([]byte("ask"))
	ask := b.hear(t, "the question", says("ask"))
	if err := b.SendTo([]byte("answer"), ask.From); err != nil {
		t.Fatal(err)
	}
	p := a.hear(t, "the answer", says("answer"))
	if p.Way != Unicast {
		t.Errorf("the answer came by %q", p.Way)
	}
	// What b sends to everyone later arrives later: c would have had the answer.
	b.Send([]byte("end"))
	c.hear(t, "the end", func(p Packet) bool {
		if string(p.Datagram) == "answer" {
			t.Error("the answer reached a third one")
		}
		return string(p.Datagram) == "end"
	})
}

func TestCopiesAreMarked(t *testing.T) {
	port, lo := freePort(t), loopback(t)
	a, b := start(t, port, lo), start(t, port, lo)
	for _, text := range []string{"one", "two"} {
		a.Send([]byte(text))
		if p := b.hear(t, text, says(text)); p.Again {
			t.Errorf("%s is marked as a copy when it comes first, by %s", text, p.Way)
		}
		if p := b.hear(t, text+" again", says(text)); !p.Again {
			t.Errorf("%s is not marked as a copy when it comes by %s as well", text, p.Way)
		}
	}
}

func TestLongDatagramIsCutOff(t *testing.T) {
	port, lo := freePort(t), loopback(t)
	a, b := start(t, port, lo), start(t, port, lo)
	a.Send(bytes.Repeat([]byte("x"), 9000))
	if p := b.hear(t, "a long datagram", func(Packet) bool { return true }); len(p.Datagram) != MaxDatagram {
		t.Errorf("got %d bytes, want %d", len(p.Datagram), MaxDatagram)
	}
}

func TestPortTaken(t *testing.T) {
	port, lo := freePort(t), loopback(t)
	taker, err := net.ListenPacket("udp4", fmt.Sprint("0.0.0.0:", port)) // no address reuse
	if err != nil {
		t.Fatal(err)
	}
	defer taker.Close()

	deaf := start(t, port, lo)
	problem := deaf.Status().Sockets[shared4].Problem
	for _, want := range []string{fmt.Sprint(port), "taken by a program"} {
		if !strings.Contains(problem, want) {
			t.Errorf("the problem reads %q, without %q", problem, want)
		}
	}

	// It can still ask and be answered.
	if deaf.Send([]byte("ask")) == 0 {
		t.Fatalf("sent nothing: %+v", deaf.Status().Sent)
	}
	buffer := make([]byte, 100)
	if err := taker.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, from, err := taker.ReadFrom(buffer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := taker.WriteTo([]byte("answer"), from); err != nil {
		t.Fatal(err)
	}
	deaf.hear(t, "the answer", says("answer"))

	// And it hears again when the port becomes free.
	taker.Close()
	deaf.change(t, "port free again", whatever)
	if problem := deaf.Status().Sockets[shared4].Problem; problem != "" {
		t.Errorf("the problem still reads %q", problem)
	}
	other := start(t, port, lo)
	other.Send([]byte("hello"))
	deaf.hear(t, "hello", says("hello"))
}

func TestRebuildKeepsTheOwnPort(t *testing.T) {
	port, lo := freePort(t), loopback(t)
	a, b := start(t, port, lo), start(t, port, lo)
	before := a.Status()
	a.Rebuild()
	a.change(t, "rebuild", func(list []chat.Interface) bool {
		return slices.ContainsFunc(list, func(i chat.Interface) bool { return i.Loopback && i.Name == lo })
	})
	after := a.Status()
	if before.Sockets[own4].Local != after.Sockets[own4].Local {
		t.Errorf("the own port moved from %s to %s", before.Sockets[own4].Local, after.Sockets[own4].Local)
	}
	if after.Rebuilds <= before.Rebuilds {
		t.Errorf("%d rebuilds after %d", after.Rebuilds, before.Rebuilds)
	}
	b.Send([]byte("hello"))
	a.hear(t, "hello after a rebuild", says("hello"))
}

func TestBrokenSocketIsMadeAnew(t *testing.T) {
	port, lo := freePort(t), loopback(t)
	a, b := start(t, port, lo), start(t, port, lo)
	for _, kind := range []socketKind{shared4, own4} {
		a.mu.Lock()
		s := a.sockets[kind]
		a.mu.Unlock()
		if err := s.SetReadDeadline(time.Unix(1, 0)); err != nil { // every read fails from now on
			t.Fatal(err)
		}
		a.change(t, "a broken socket", whatever)
	}
	b.Send([]byte("hello"))
	p := a.hear(t, "hello on new sockets", says("hello"))
	a.Send([]byte("hello yourself"))
	b.hear(t, "hello from new sockets", says("hello yourself"))
	if err := b.SendTo([]byte("answer"), netip.AddrPortFrom(p.From.Addr(), a.Status().Sockets[own4].Local.Port())); err != nil {
		t.Fatal(err)
	}
	a.hear(t, "an answer", says("answer"))
}

func TestStatusTellsGroupsAndWays(t *testing.T) {
	port, lo := freePort(t), loopback(t)
	a := start(t, port, lo)
	a.Send([]byte("hello"))
	st := a.Status()
	if st.Port != port {
		t.Errorf("port %d, want %d", st.Port, port)
	}
	if !slices.Contains(st.Groups, Group{Interface: lo, Address: Group4}) {
		t.Errorf("%s not joined on %s: %+v", Group4, lo, st.Groups)
	}
	if !slices.ContainsFunc(st.Sent, func(s Sent) bool { return s.Interface == lo && s.Way == Multicast && s.Problem == "" }) {
		t.Errorf("no multicast on %s: %+v", lo, st.Sent)
	}
	for kind, s := range st.Sockets {
		kind := socketKind(kind)
		if s.Shared != kind.shared() || s.Family != kind.family().String() {
			t.Errorf("socket %d is told of as %+v", kind, s)
		}
		if s.Problem == "" && s.Shared != (s.Local.Port() == port) {
			t.Errorf("socket %+v is on the wrong port", s)
		}
	}
}

func TestClose(t *testing.T) {
	lo := loopback(t)
	t.Run("without Run", func(t *testing.T) {
		b, err := Open(Config{Port: freePort(t), Only: []string{lo}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if n := b.Send([]byte("late")); n != 0 {
			t.Errorf("sent %d ways after Close", n)
		}
		if err := b.SendTo([]byte("late"), netip.MustParseAddrPort("127.0.0.1:9")); err == nil {
			t.Error("sent after Close")
		}
		if err := b.Run(context.Background()); err != nil {
			t.Errorf("Run after Close: %v", err)
		}
	})
	t.Run("during Run", func(t *testing.T) {
		b, err := Open(Config{Port: freePort(t), Only: []string{lo}})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- b.Run(context.Background()) }()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestSendToNobody(t *testing.T) {
	a := start(t, freePort(t), loopback(t))
	for _, to := range []string{"127.0.0.1:0", "[::ffff:127.0.0.1]:9", "[fe80::1%nosuchcard]:9"} {
		_ = a.SendTo([]byte("x"), netip.MustParseAddrPort(to)) // an error or none, but no crash
	}
	if err := a.SendTo([]byte("x"), netip.AddrPort{}); err == nil {
		t.Error("sent to no address at all")
	}
}

func TestDirectedBroadcast(t *testing.T) {
	for _, c := range []struct{ prefix, want string }{
		{"10.1.2.3/8", "10.255.255.255"},
		{"192.168.1.7/24", "192.168.1.255"},
		{"192.168.1.7/22", "192.168.3.255"},
		{"127.0.0.1/8", "127.255.255.255"},
		{"10.0.0.5/30", "10.0.0.7"},
		{"10.0.0.5/31", ""},
		{"10.0.0.5/32", ""},
		{"10.0.0.5/0", "255.255.255.255"},
		{"fe80::1/64", ""},
	} {
		got, ok := directedBroadcast(netip.MustParsePrefix(c.prefix))
		if ok != (c.want != "") || (ok && got.String() != c.want) {
			t.Errorf("%s: %v %v, want %q", c.prefix, got, ok, c.want)
		}
	}
}

func TestRoutes(t *testing.T) {
	const (
		ethernet = net.FlagUp | net.FlagBroadcast | net.FlagMulticast
		tunnel   = net.FlagUp | net.FlagPointToPoint | net.FlagMulticast
		plainLo  = net.FlagUp | net.FlagLoopback
	)
	for _, c := range []struct {
		name      string
		flags     net.Flags
		addresses []string
		want      []string
	}{
		{"eth0", ethernet, []string{"10.0.0.7/24", "fe80::7/64"},
			[]string{"multicast 239.255.47.74:1 from 10.0.0.7", "broadcast 10.0.0.255:1 from 10.0.0.7", "multicast [ff12::706c%eth0]:1 from fe80::7"}},
		{"eth0", ethernet, []string{"10.0.0.7/24", "10.0.0.8/24", "10.9.0.1/16"},
			[]string{"multicast 239.255.47.74:1 from 10.0.0.7", "broadcast 10.0.0.255:1 from 10.0.0.7", "broadcast 10.9.255.255:1 from 10.9.0.1"}},
		{"eth0", ethernet, []string{"10.0.0.7/32"}, []string{"multicast 239.255.47.74:1 from 10.0.0.7"}},
		{"eth0", ethernet, []string{"10.0.0.6/31"}, []string{"multicast 239.255.47.74:1 from 10.0.0.6"}},
		{"eth0", ethernet, []string{"2001:db8::1/64"}, []string{"multicast [ff12::706c%eth0]:1 from 2001:db8::1"}},
		{"eth0", ethernet, nil, nil},
		{"tun0", tunnel, []string{"10.8.0.2/24"}, []string{"multicast 239.255.47.74:1 from 10.8.0.2"}},
		{"wg0", net.FlagUp | net.FlagPointToPoint, []string{"10.8.0.2/32", "fd00::2/128"}, nil},
		{"lo", plainLo, []string{"127.0.0.1/8", "10.1.1.1/32", "::1/128"},
			[]string{"multicast 239.255.47.74:1 from 127.0.0.1", "broadcast 127.255.255.255:1 from 127.0.0.1"}},
		{"lo0", plainLo | net.FlagMulticast, []string{"127.0.0.1/8", "fe80::1/64"},
			[]string{"multicast 239.255.47.74:1 from 127.0.0.1", "broadcast 127.255.255.255:1 from 127.0.0.1", "multicast [ff12::706c%lo0]:1 from fe80::1"}},
	} {
		one := card{Interface: net.Interface{Index: 1, Name: c.name, Flags: c.flags}}
		for _, a := range c.addresses {
			one.addresses = append(one.addresses, netip.MustParsePrefix(a))
		}
		var got []string
		for _, r := range routes([]card{one}, 1) {
			got = append(got, fmt.Sprintf("%s %s from %s", r.way, r.to, r.from))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %v: got %q, want %q", c.name, c.addresses, got, c.want)
		}
	}
}

func TestNewCardLeavesOutOddAddresses(t *testing.T) {
	c := newCard(net.Interface{}, []net.Addr{
		&net.IPNet{IP: net.ParseIP("10.0.0.1"), Mask: net.CIDRMask(24, 32)}, // 16-byte form of an IPv4 address
		&net.IPNet{IP: net.ParseIP("fe80::1"), Mask: net.CIDRMask(64, 128)},
		&net.IPNet{IP: net.IP{1, 2}, Mask: net.CIDRMask(8, 32)},
		&net.IPNet{IP: net.ParseIP("10.0.0.2"), Mask: net.IPMask{255, 0, 255, 0}},
		&net.IPAddr{IP: net.ParseIP("10.0.0.3")},
	})
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24"), netip.MustParsePrefix("fe80::1/64")}
	if !slices.Equal(c.addresses, want) {
		t.Errorf("got %v, want %v", c.addresses, want)
	}
}

func TestWay(t *testing.T) {
	b := &Beacon{cards: []card{{
		Interface: net.Interface{Index: 3, Name: "eth0"},
		addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.7/24")},
	}}}
	for _, c := range []struct {
		kind socketKind
		card int
		to   string
		name string
		way  Way
	}{
		{shared4, 3, "10.0.0.255", "eth0", Broadcast},
		{shared4, 3, "255.255.255.255", "eth0", Broadcast},
		{shared4, 3, "239.255.47.74", "eth0", Multicast},
		{shared6, 3, "ff12::706c", "eth0", Multicast},
		{shared4, 3, "10.0.0.7", "eth0", Unicast},
		{shared4, 9, "10.0.0.7", "", Unicast},
		{shared4, 0, "", "", Unknown},
		{own4, 0, "", "", Unicast},
	} {
		var cm arrival
		cm.card = c.card
		if c.to != "" {
			cm.to = netip.MustParseAddr(c.to)
		}
		if name, way := b.way(&socket{kind: c.kind}, cm); name != c.name || way != c.way {
			t.Errorf("%+v: got %q %q", c, name, way)
		}
	}
}

func TestClockJump(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		what         string
		passed, runs time.Duration
		want         bool
	}{
		{"a tick", 2 * time.Second, 2 * time.Second, false},
		{"a busy machine", 9 * time.Second, 9 * time.Second, false},
		{"a small correction", 8 * time.Second, 2 * time.Second, false},
		{"asleep, the monotonic clock standing", 8 * time.Hour, 2 * time.Second, true},
		{"asleep, the monotonic clock running", 8 * time.Hour, 8 * time.Hour, true},
		{"clock set back", -time.Hour, 2 * time.Second, true},
		{"stopped for a while", 13 * time.Second, 13 * time.Second, true},
	} {
		last := clock{begin, time.Minute}
		now := clock{begin.Add(c.passed), time.Minute + c.runs}
		if got := now.jumped(last, 2*time.Second); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

func BenchmarkLook(b *testing.B) {
	var beacon Beacon
	for b.Loop() {
		beacon.look()
	}
}
