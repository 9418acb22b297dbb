package plain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a network with its store, and what it emitted.
type bench struct {
	*Network
	t      *testing.T
	store  *store.Store
	events chan chat.Event
}

func newBench(t *testing.T) *bench {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "test.db"), identity.KeyFromSeed([32]byte{1}).ID())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: s, events: make(chan chat.Event, 1000)}
	b.Network = New(Config{Store: s, Emit: func(e chat.Event) { b.events <- e }})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// switchOn opens any free port and returns it.
func (b *bench) switchOn() uint16 {
	b.t.Helper()
	free, err := net.ListenUDP("udp", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	port := uint16(free.LocalAddr().(*net.UDPAddr).Port)
	free.Close()
	if err := b.SwitchOn(port); err != nil {
		b.t.Fatal(err)
	}
	return port
}

func (b *bench) nextMessage() chat.Message {
	b.t.Helper()
	for {
		select {
		case e := <-b.events:
			if added, ok := e.(chat.MessagesAdded); ok {
				return added.Messages[0]
			}
		case <-time.After(time.Minute):
			b.t.Fatal("no message")
		}
	}
}

// program is somebody else's: a UDP socket on loopback.
func program(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func local(port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
}

func TestBothWays(t *testing.T) {
	b := newBench(t)
	port := b.switchOn()
	other, address := program(t)
	id, err := b.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.Send(t.Context(), id, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if m.State != chat.Sent {
		t.Errorf("state %s", m.State)
	}
	buffer := make([]byte, 1024)
	other.SetReadDeadline(time.Now().Add(time.Minute))
	size, from, err := other.ReadFromUDPAddrPort(buffer)
	if err != nil {
		t.Fatal(err)
	}
	if string(buffer[:size]) != "hello" || from.Port() != port {
		t.Errorf("the program got %q from port %d, want port %d", buffer[:size], from.Port(), port)
	}
	b.nextMessage() // one's own
	if _, err := other.WriteToUDPAddrPort([]byte("hello yourself"), from); err != nil {
		t.Fatal(err)
	}
	got := b.nextMessage()
	if got.Text != "hello yourself" || got.Conversation != id || got.From.Address != "udp://"+address.String() || got.Own {
		t.Errorf("got %+v", got)
	}
	page, err := b.store.History(t.Context(), id, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page) != 2 || page[0].State != chat.Sent || page[1].Text != "hello yourself" {
		t.Errorf("history: %+v", page)
	}
}

func TestReceived(t *testing.T) {
	b := newBench(t)
	port := b.switchOn()
	other, _ := program(t)
	for _, tc := range []struct {
		datagram string
		want     string // empty: nothing is shown
	}{
		{"text", "text"},
		{"line\n", "line"},
		{"from C\x00", "from C"},
		{"two\nlines", "two\nlines"},
		{"", ""},
		{"\n", ""},
		{"caf\xe9", "caf\ufffd"},
		{"\x1b[31mred\x07", "␛[31mred␇"},
		{"evil \u202etxt.exe", "evil txt.exe"},
		{strings.Repeat("é", 20_000), strings.Repeat("é", 20_000)},
	} {
		if _, err := other.WriteToUDPAddrPort([]byte(tc.datagram), local(port)); err != nil {
			t.Fatal(err)
		}
		if tc.want == "" {
			before := time.Now()
			for b.Dropped() == 0 && time.Since(before) < time.Minute {
				time.Sleep(time.Millisecond)
			}
			if b.dropped.Swap(0) != 1 {
				t.Errorf("%q was not dropped", tc.datagram)
			}
			continue
		}
		if got := b.nextMessage(); got.Text != tc.want {
			t.Errorf("%.40q is shown as %.40q", tc.datagram, got.Text)
		}
	}
}

// TestTwoSockets: the simplest programs receive on one socket and send from
// another; both are one conversation.
func TestTwoSockets(t *testing.T) {
	b := newBench(t)
	port := b.switchOn()
	_, receives := program(t)
	sends, from := program(t)
	id, err := b.Open(t.Context(), receives)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sends.WriteToUDPAddrPort([]byte("x"), local(port)); err != nil {
		t.Fatal(err)
	}
	got := b.nextMessage()
	if got.Conversation != id {
		t.Error("a conversation of its own")
	}
	if got.From.Name != from.String() {
		t.Errorf("from %s, want the address it came from, %s", got.From.Name, from)
	}
}

func TestRefusals(t *testing.T) {
	b := newBench(t)
	_, address := program(t)
	id, err := b.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Send(t.Context(), id, "x"); !errors.Is(err, ErrOff) {
		t.Errorf("sending while off: %v", err)
	}
	b.switchOn()
	if _, err := b.Send(t.Context(), id, strings.Repeat("x", chat.MaxDatagramText+1)); !errors.Is(err, chat.ErrText) {
		t.Errorf("a text too long: %v", err)
	}
	if _, err := b.Send(t.Context(), chat.ConversationID{1}, "x"); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("an unknown conversation: %v", err)
	}
	if n, err := b.store.Count(t.Context(), id); err != nil || n != 0 {
		t.Errorf("%d messages kept, %v", n, err)
	}
	wildcard, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer wildcard.Close()
	port := wildcard.LocalAddr().(*net.UDPAddr).Port
	if err := b.SwitchOn(uint16(port)); err == nil || !strings.Contains(err.Error(), fmt.Sprint(port)) {
		t.Errorf("a port that is taken: %v", err)
	}
}

// TestWaits: what the system refuses to send stays queued, and goes out when
// it can.
func TestWaits(t *testing.T) {
	b := newBench(t)
	port := b.switchOn()
	other, address := program(t)
	id, err := b.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.message(t.Context(), id, chat.Author{}, "later")
	if err != nil {
		t.Fatal(err)
	}
	m.Own, m.State = true, chat.Queued
	if err := b.put(m); err != nil {
		t.Fatal(err)
	}
	b.SwitchOff()
	if b.transmit(m, address) {
		t.Fatal("sent without a socket")
	}
	if err := b.SwitchOn(port); err != nil {
		t.Fatal(err)
	}
	b.retry()
	other.SetReadDeadline(time.Now().Add(time.Minute))
	buffer := make([]byte, 100)
	if size, _, err := other.ReadFromUDPAddrPort(buffer); err != nil || string(buffer[:size]) != "later" {
		t.Fatalf("got %q, %v", buffer[:size], err)
	}
	page, err := b.store.History(t.Context(), id, store.Page{})
	if err != nil || page[0].State != chat.Sent {
		t.Errorf("state %s, %v", page[0].State, err)
	}
}

func TestBoundOfStrangers(t *testing.T) {
	b := newBench(t)
	for i := range chat.MaxPlainAddresses {
		address := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1)
		if err := b.receive(address, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.receive(netip.MustParseAddrPort("10.9.9.9:1"), []byte("x")); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("one more: %v", err)
	}
	if err := b.receive(netip.MustParseAddrPort("10.0.0.1:1"), []byte("x")); err != nil {
		t.Errorf("somebody known: %v", err)
	}
}
