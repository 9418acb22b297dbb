package link

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// silent returns an address where nobody answers.
func silent(t *testing.T) netip.AddrPort {
	t.Helper()
	sock, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close() })
	return addrPort(sock.LocalAddr())
}

// TestDialAny: whoever answers is found, wherever it stands in the list; one that
// refuses is not waited for.
func TestDialAny(t *testing.T) {
	accept, _ := acceptor()
	live, other := endpointWith(t, Config{Accept: accept}, fast()), endpointWith(t, Config{Accept: accept}, fast())
	patient := fast()
	patient.stagger = time.Hour
	for _, tc := range []struct {
		name      string
		b         bounds
		addresses []netip.AddrPort
	}{
		{"at the only one", patient, []netip.AddrPort{loopback(live)}},
		{"at the first", patient, []netip.AddrPort{loopback(live), silent(t)}},
		{"behind a silent one", fast(), []netip.AddrPort{silent(t), loopback(live)}},
		{"behind somebody else", patient, []netip.AddrPort{loopback(other), loopback(live)}},
	} {
		e := endpointWith(t, Config{}, tc.b)
		l, err := e.DialAny(t.Context(), tc.addresses, live.id)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if l.Peer() != live.id || l.Remote() != loopback(live) {
			t.Errorf("%s: linked with %s at %s", tc.name, l.Peer().Short(), l.Remote())
		}
	}
}

// TestDialAnyOnce: where several addresses answer at once, one link stays.
func TestDialAnyOnce(t *testing.T) {
	open := fast()
	open.handshakeRate, open.totalRate = 1e6, 1e6
	accept, accepted := acceptor()
	to := endpointWith(t, Config{Accept: accept}, open)
	hasty := fast()
	hasty.stagger = time.Nanosecond
	e := endpointWith(t, Config{}, hasty)
	at := loopback(to)
	for range 30 {
		l, err := e.DialAny(t.Context(), []netip.AddrPort{at, at, at, at, at, at}, to.id)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "one link stays", func() bool { return e.Stats().Links == 1 })
		if l.Err() != nil {
			t.Fatalf("the link that was returned ended: %v", l.Err())
		}
		l.Close(Idle, "")
		eventually(t, "none is left", func() bool { return e.Stats().Links == 0 })
	}
	if n := len(accepted); n > 0 {
		t.Errorf("the other side was shown %d links without a frame", n)
	}
}

// TestDialAnyFails: if nobody answers, each address is accounted for.
func TestDialAnyFails(t *testing.T) {
	accept, _ := acceptor()
	other := endpointWith(t, Config{Accept: accept}, fast())
	e := endpointWith(t, Config{}, fast())
	_, err := e.DialAny(t.Context(), []netip.AddrPort{loopback(other), silent(t)}, newKey(t).ID())
	if !errors.Is(err, ErrWrongKey) || !errors.Is(err, ErrNoAnswer) {
		t.Errorf("error %v", err)
	}
	if _, err := e.DialAny(t.Context(), nil, other.id); err == nil {
		t.Error("a link with nobody")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.DialAny(ctx, []netip.AddrPort{silent(t), silent(t)}, other.id); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	e.Close()
	if _, err := e.DialAny(t.Context(), []netip.AddrPort{silent(t)}, other.id); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v", err)
	}
}
