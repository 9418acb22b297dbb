package doctor

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan"
	"github.com/parlance-chat/parlance/netcore/link"
)

// fake is a network with what it is to say.
type fake struct {
	peers []chat.Peer
	asked []netip.AddrPort
	tried []identity.DeviceID
	heard time.Time // of everybody
}

func (f *fake) Status() lan.Status {
	var s lan.Status
	s.Beacon.Port, s.LinkPort = 47474, 47475
	s.Interfaces = []chat.Interface{{Name: "lo", Loopback: true, Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}}}
	return s
}

func (f *fake) Peers() []chat.Peer { return f.peers }

func (f *fake) Trace(_ context.Context, id identity.DeviceID) (discovery.Trace, bool) {
	return discovery.Trace{HeardAt: f.heard, Contact: netip.MustParseAddrPort("127.0.0.1:50000"), Clock: time.Hour, ClockSeen: true}, true
}

func (f *fake) Ask(_ context.Context, list []netip.AddrPort) error {
	f.asked = list
	return nil
}

func (f *fake) Try(_ context.Context, _ netip.AddrPort, want identity.DeviceID) error {
	f.tried = append(f.tried, want)
	return link.ErrNoAnswer
}

// TestPerson: whom it looks for is asked and tried at each address, and others
// are counted apart.
func TestPerson(t *testing.T) {
	conn := listen(t)
	bert := chat.Peer{ID: identity.DeviceID{1}, Name: "bert", Addresses: []netip.AddrPort{conn}}
	f := &fake{peers: []chat.Peer{bert, {ID: identity.DeviceID{2}, Name: "carl"}}, heard: time.Now()}
	c := newCase(t.Context(), f, Missing{Who: "BERT"})
	if len(c.Found) != 1 || c.Found[0].ID != bert.ID || c.Others != 1 || c.Clock != time.Hour {
		t.Errorf("found %v, %d others, clock %v", c.Found, c.Others, c.Clock)
	}
	want := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("127.0.0.1:50000")}
	if !slices.Equal(f.asked, want) || !slices.Equal(f.tried, []identity.DeviceID{bert.ID}) {
		t.Errorf("asked %v and tried %v", f.asked, f.tried)
	}
	if try := c.Tries[0]; try.Path.Subnet != "lo" || try.Path.Card != "lo" || try.Host != Up || try.Err == nil {
		t.Errorf("the try is %+v", try)
	}
	// An address is tried for whoever is there.
	f.tried = nil
	c = newCase(t.Context(), f, Missing{Who: "there", Address: conn})
	if len(c.Found) != 1 || !slices.Equal(f.tried, []identity.DeviceID{{}}) {
		t.Errorf("by address: found %v, tried %v", c.Found, f.tried)
	}
	r := Person(t.Context(), &fake{}, Missing{Who: "nobody"})
	if !strings.Contains(r.Sentence, "cable") { // there is only loopback
		t.Errorf("of nobody it says %q", r.Sentence)
	}
}

func TestMatch(t *testing.T) {
	at := func(s string) []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort(s)} }
	now := time.Now()
	a := chat.Peer{ID: identity.DeviceID{1}, Name: "Ada", Addresses: at("10.0.0.1:1"), LastSeen: now}
	b := chat.Peer{ID: identity.DeviceID{2}, Name: "ada", Addresses: at("10.0.0.1:2"), LastSeen: now.Add(time.Hour)}
	c := chat.Peer{ID: identity.DeviceID{0xff}, Name: "Cy", Addresses: at("10.0.0.3:1")}
	peers := []chat.Peer{a, b, c}
	text := c.ID.String()
	for _, tc := range []struct {
		missing Missing
		want    []identity.DeviceID
	}{
		{Missing{Who: "ADA"}, []identity.DeviceID{a.ID, b.ID}},
		{Missing{Who: "Dora"}, nil},
		{Missing{Who: text[:5]}, []identity.DeviceID{c.ID}},
		{Missing{Who: strings.ToUpper(text[:12])}, []identity.DeviceID{c.ID}},
		{Missing{Who: "x", Address: netip.MustParseAddrPort("10.0.0.3:9")}, []identity.DeviceID{c.ID}},
		{Missing{Who: "x", Address: netip.MustParseAddrPort("10.0.0.1:9")}, []identity.DeviceID{b.ID}}, // the last to be there
		{Missing{Who: "Ada", Address: netip.MustParseAddrPort("10.0.0.9:9")}, nil},
	} {
		var got []identity.DeviceID
		for _, p := range match(peers, tc.missing) {
			got = append(got, p.ID)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v: found %v, want %v", tc.missing, got, tc.want)
		}
	}
}

// listen returns the address of a socket that says nothing.
func listen(t *testing.T) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestKnock(t *testing.T) {
	open := listen(t)
	if got := knock(t.Context(), open); got != Up {
		t.Errorf("where somebody listens and says nothing: %q", got)
	}
	taken, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	closed := taken.LocalAddr().(*net.UDPAddr).AddrPort()
	taken.Close()
	if got := knock(t.Context(), closed); got != Closed {
		t.Errorf("where nobody listens: %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := knockAt(ctx, open); got != Silent {
		t.Errorf("after the end of the context: %q", got)
	}
}
