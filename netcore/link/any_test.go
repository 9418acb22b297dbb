package link

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// TestDialAny: whoever answers is found, wherever it stands in the list; one that
// refuses is not waited for.
func TestDialAny(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		accept, _ := acceptor()
		live, other := endpointWith(t, Config{Socket: lan.socket, Accept: accept}, defaultBounds), endpointWith(t, Config{Socket: lan.socket, Accept: accept}, defaultBounds)
		patient := defaultBounds
		patient.stagger = time.Hour
		for _, tc := range []struct {
			name      string
			b         bounds
			addresses []netip.AddrPort
		}{
			{"at the only one", patient, []netip.AddrPort{loopback(live)}},
			{"at the first", patient, []netip.AddrPort{loopback(live), lan.silent()}},
			{"behind a silent one", defaultBounds, []netip.AddrPort{lan.silent(), loopback(live)}},
			{"behind somebody else", patient, []netip.AddrPort{loopback(other), loopback(live)}},
		} {
			e := endpointWith(t, Config{Socket: lan.socket}, tc.b)
			l, err := e.DialAny(t.Context(), tc.addresses, live.id)
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
				continue
			}
			if l.Peer() != live.id || l.Remote() != loopback(live) {
				t.Errorf("%s: linked with %s at %s", tc.name, l.Peer().Short(), l.Remote())
			}
		}
	})
}

// TestDialAnyOnce: where several addresses answer at once, one link stays.
func TestDialAnyOnce(t *testing.T) {
	open := unbounded()
	open.pending, open.pendingPerAddress = 1000, 1000 // those that are given up stay for a while
	accept, accepted := acceptor()
	to := endpointWith(t, Config{Accept: accept}, open)
	hasty := defaultBounds
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
	inVirtualTime(t, func(t *testing.T, lan *network) {
		accept, _ := acceptor()
		other := endpointWith(t, Config{Socket: lan.socket, Accept: accept}, defaultBounds)
		e := endpointWith(t, Config{Socket: lan.socket}, defaultBounds)
		_, err := e.DialAny(t.Context(), []netip.AddrPort{loopback(other), lan.silent()}, newKey(t).ID())
		if !errors.Is(err, ErrWrongKey) || !errors.Is(err, ErrNoAnswer) {
			t.Errorf("error %v", err)
		}
		if _, err := e.DialAny(t.Context(), nil, other.id); err == nil {
			t.Error("a link with nobody")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.DialAny(ctx, []netip.AddrPort{lan.silent(), lan.silent()}, other.id); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		e.Close()
		if _, err := e.DialAny(t.Context(), []netip.AddrPort{lan.silent()}, other.id); !errors.Is(err, net.ErrClosed) {
			t.Errorf("error %v", err)
		}
	})
}
