package link

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestBothSidesKnowEachOther(t *testing.T) {
	dialled, accepted := pair(t)
	if dialled.Peer() != accepted.endpoint.id || accepted.Peer() != dialled.endpoint.id {
		t.Errorf("peers are %s and %s", dialled.Peer().Short(), accepted.Peer().Short())
	}
	if !dialled.Dialled() || accepted.Dialled() {
		t.Errorf("dialled: %t and %t", dialled.Dialled(), accepted.Dialled())
	}
	if got, want := dialled.Remote(), loopback(accepted.endpoint); got != want {
		t.Errorf("dialled link's remote is %s, not %s", got, want)
	}
	if got, want := accepted.Remote(), loopback(dialled.endpoint); got != want {
		t.Errorf("accepted link's remote is %s, not %s", got, want)
	}
	if dialled.Err() != nil || accepted.Err() != nil {
		t.Errorf("errors are %v and %v", dialled.Err(), accepted.Err())
	}
	for _, l := range []*Link{dialled, accepted} {
		state := l.conn.ConnectionState()
		if state.TLS.Version != tls.VersionTLS13 || state.TLS.NegotiatedProtocol != "parlance/1" || state.Used0RTT || state.TLS.DidResume {
			t.Errorf("state is %+v", state)
		}
	}
}

func TestDialWithoutID(t *testing.T) {
	accept, links := acceptor()
	to := endpointWith(t, Config{Accept: accept}, defaultBounds)
	l, err := endpointWith(t, Config{}, defaultBounds).Dial(t.Context(), loopback(to), identity.DeviceID{})
	if err != nil {
		t.Fatal(err)
	}
	if l.Peer() != to.id {
		t.Errorf("peer is %s, not %s", l.Peer().Short(), to.id.Short())
	}
	l.Send(wire.Probe{})
	within(t, links)
}

func TestIPv6(t *testing.T) {
	accept, links := acceptor()
	to := endpointWith(t, Config{Accept: accept}, defaultBounds)
	l, err := endpointWith(t, Config{}, defaultBounds).Dial(t.Context(), netip.AddrPortFrom(netip.IPv6Loopback(), to.Port()), to.id)
	if err != nil {
		t.Fatal(err)
	}
	l.Send(wire.Probe{})
	if got := within(t, links).Remote().Addr(); got != netip.IPv6Loopback() {
		t.Errorf("remote is %s", got)
	}
}

// A device that is not the one dialled is refused, logged once, and counted.
func TestWrongKeyDialled(t *testing.T) {
	var log lockedBuffer
	to := endpointWith(t, Config{Accept: func(*Link) { t.Error("accepted") }}, defaultBounds)
	e := endpointWith(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, defaultBounds)
	want := newKey(t).ID()
	mapped := netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), to.Port())
	for _, address := range []netip.AddrPort{loopback(to), mapped} {
		_, err := e.Dial(t.Context(), address, want)
		wrong, ok := errors.AsType[*WrongKeyError](err)
		if !ok || !errors.Is(err, ErrWrongKey) || errors.Is(err, net.ErrClosed) {
			t.Fatalf("error is %v", err)
		}
		if wrong.Claimed != want || wrong.Shown != to.id || wrong.Address != loopback(to) {
			t.Errorf("error is %+v", wrong)
		}
	}
	got := e.Stats().WrongKeys
	if len(got) != 1 || got[0].Count != 2 || got[0].Claimed != want || got[0].Shown != to.id || got[0].Address != loopback(to).Addr() {
		t.Errorf("counted %+v", got)
	}
	if n := strings.Count(log.String(), "wrong key"); n != 1 {
		t.Errorf("%d warnings:\n%s", n, log.String())
	}
}

// stolen returns a certificate of one device with the key of another.
func stolen(t *testing.T, victim *identity.Key) tls.Certificate {
	cert := certificate(t, victim)
	cert.PrivateKey = certificate(t, newKey(t)).PrivateKey
	return cert
}

func TestCertificateWithoutItsKey(t *testing.T) {
	victim := newKey(t)
	wrong := func(got []WrongKeys) bool {
		return len(got) == 1 && got[0].Count == 1 && got[0].Claimed == victim.ID() && got[0].Shown == victim.ID() &&
			got[0].Address == netip.MustParseAddr("127.0.0.1")
	}
	t.Run("dialled", func(t *testing.T) {
		e := endpointWith(t, Config{}, defaultBounds)
		address := listenRaw(t, baseTLS(stolen(t, victim)))
		_, err := e.Dial(t.Context(), address, victim.ID())
		if !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "does not have its key") {
			t.Errorf("error is %v", err)
		}
		if got := e.Stats().WrongKeys; !wrong(got) {
			t.Errorf("counted %+v", got)
		}
	})
	t.Run("accepted", func(t *testing.T) {
		e := endpointWith(t, Config{Accept: func(*Link) { t.Error("accepted") }}, defaultBounds)
		s, err := dialRaw(t, e, baseTLS(stolen(t, victim)))
		if err == nil { // the client's side is complete before the server's
			s.try([]byte{0})
			within(t, s.Context().Done())
		}
		eventually(t, "counted", func() bool { return wrong(e.Stats().WrongKeys) })
	})
}

func TestForgetsOldWrongKeys(t *testing.T) {
	e := endpointWith(t, Config{}, defaultBounds)
	address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i / 256), byte(i)}) }
	for i := range maxWrongKeys + 5 {
		e.wrongKey(&WrongKeyError{Address: netip.AddrPortFrom(address(i), 1)})
	}
	got := e.Stats().WrongKeys
	if len(got) != maxWrongKeys || got[0].Address != address(maxWrongKeys+4) {
		t.Errorf("%d remembered, the latest %s", len(got), got[0].Address)
	}
	if slices.ContainsFunc(got, func(w WrongKeys) bool { return w.Address == address(0) }) {
		t.Error("the oldest is remembered")
	}
}

func TestForeignDiallersAreRefused(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, ec.Public(), ec)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(*tls.Config)
	}{
		{"another protocol", func(c *tls.Config) { c.NextProtos = []string{"h3"} }},
		{"no protocol", func(c *tls.Config) { c.NextProtos = nil }},
		{"no certificate", func(c *tls.Config) { c.Certificates = nil }},
		{"two certificates", func(c *tls.Config) {
			c.Certificates[0].Certificate = append(c.Certificates[0].Certificate, certificate(t, newKey(t)).Certificate[0])
		}},
		{"another kind of key", func(c *tls.Config) {
			c.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: ec}}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := endpointWith(t, Config{Accept: func(*Link) { t.Error("accepted") }}, defaultBounds)
			conf := baseTLS(certificate(t, newKey(t)))
			test.change(conf)
			if s, err := dialRaw(t, e, conf); err == nil {
				s.try(probe(t))
				within(t, s.Context().Done())
			}
			if got := e.Stats(); got.Accepted != 0 || len(got.WrongKeys) != 0 {
				t.Errorf("stats are %+v", got)
			}
		})
	}
}

func TestForeignListenersAreRefused(t *testing.T) {
	t.Run("no stream", func(t *testing.T) {
		e := endpointWith(t, Config{}, defaultBounds)
		address := listenRawWith(t, baseTLS(certificate(t, newKey(t))), &quic.Config{MaxIncomingStreams: -1})
		if _, err := e.Dial(t.Context(), address, identity.DeviceID{}); !errors.Is(err, ErrForeign) {
			t.Errorf("error is %v", err)
		}
		if e.held != 0 {
			t.Errorf("%d places are held", e.held)
		}
	})
	for _, test := range []struct {
		name   string
		change func(*tls.Config)
	}{
		{"another protocol", func(c *tls.Config) { c.NextProtos = []string{"h3"} }},
		{"two certificates", func(c *tls.Config) {
			c.Certificates[0].Certificate = append(c.Certificates[0].Certificate, certificate(t, newKey(t)).Certificate[0])
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			conf := baseTLS(certificate(t, newKey(t)))
			test.change(conf)
			_, err := endpointWith(t, Config{}, defaultBounds).Dial(t.Context(), listenRaw(t, conf), identity.DeviceID{})
			if !errors.Is(err, ErrForeign) || errors.Is(err, net.ErrClosed) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// QUIC has no TLS before 1.3 at all, so this asks the configuration itself.
func TestOlderTLSIsRefused(t *testing.T) {
	conf := baseTLS(certificate(t, newKey(t)))
	if conf.MaxVersion != tls.VersionTLS13 {
		t.Errorf("the latest version is %#x", conf.MaxVersion)
	}
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	var handshakes sync.WaitGroup
	handshakes.Go(func() {
		tls.Client(client, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, NextProtos: []string{alpn}}).Handshake()
	})
	err := tls.Server(server, conf).Handshake()
	client.Close()
	handshakes.Wait()
	if err == nil || !strings.Contains(err.Error(), "unsupported versions") {
		t.Errorf("error is %v", err)
	}
}

func TestBlocked(t *testing.T) {
	no := errors.New("no")
	t.Run("by the one dialled", func(t *testing.T) {
		e := endpointWith(t, Config{}, defaultBounds)
		to := endpointWith(t, Config{
			Accept: func(*Link) { t.Error("accepted") },
			Admit: func(id identity.DeviceID) error {
				if id != e.id {
					t.Errorf("asked for %s", id)
				}
				return no
			},
		}, defaultBounds)
		// Whether the refusal comes before Dial returns or after, it says Blocked.
		l, err := e.Dial(t.Context(), loopback(to), to.id)
		if err == nil {
			within(t, l.Done())
			err = l.Err()
		}
		if end, ok := errors.AsType[*CloseError](err); !ok || end.Code != Blocked || !end.Peer || errors.Is(err, net.ErrClosed) {
			t.Errorf("error is %v", err)
		}
		eventually(t, "counted", func() bool { return to.Stats().NotAdmitted == 1 })
	})
	t.Run("by the one who dials", func(t *testing.T) {
		to := endpointWith(t, Config{Accept: func(*Link) { t.Error("accepted") }}, defaultBounds)
		e := endpointWith(t, Config{Admit: func(identity.DeviceID) error { return no }}, defaultBounds)
		if _, err := e.Dial(t.Context(), loopback(to), identity.DeviceID{}); !errors.Is(err, no) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestDialSelf(t *testing.T) {
	e := endpointWith(t, Config{Double: func(from netip.AddrPort) { t.Errorf("%v is taken for another machine", from) }}, defaultBounds)
	for _, want := range []identity.DeviceID{e.id, {}} {
		if _, err := e.Dial(t.Context(), loopback(e), want); !errors.Is(err, ErrSelf) {
			t.Errorf("error is %v", err)
		}
	}
	if len(e.dials) > 0 {
		t.Errorf("%d dials are still remembered", len(e.dials))
	}
}

func TestNobodyAnswers(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		e := endpointWith(t, Config{Socket: lan.socket}, defaultBounds)
		if _, err := e.Dial(t.Context(), lan.silent(), identity.DeviceID{}); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("error is %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.Dial(ctx, lan.silent(), identity.DeviceID{}); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
}

// Where there is no route, Dial says so at once.
func TestNoRoute(t *testing.T) {
	e := endpointWith(t, Config{}, defaultBounds)
	if err := e.routable(loopback(e)); err != nil {
		t.Errorf("no route to this host: %v", err)
	}
	e.routable = func(netip.AddrPort) error { return syscall.ENETUNREACH }
	if _, err := e.Dial(t.Context(), loopback(e), newKey(t).ID()); !errors.Is(err, syscall.ENETUNREACH) {
		t.Errorf("error is %v", err)
	}
	if e.held != 0 {
		t.Errorf("%d places are held", e.held)
	}
}

// deafSocket hears nothing.
type deafSocket struct{ net.PacketConn }

func (s deafSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		if n, from, err := s.PacketConn.ReadFrom(b); err != nil {
			return n, from, err
		}
	}
}

// underWay returns how many incoming handshakes are.
func underWay(e *Endpoint) int {
	e.guard.mu.Lock()
	defer e.guard.mu.Unlock()
	return e.guard.underWay.all.unproven + e.guard.underWay.all.proven
}

// Handshakes that are begun and not gone on with take few places, leave some to
// those who show that their address is their own, and give them back.
func TestUnfinishedHandshakes(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		b := unbounded()
		b.pending, b.pendingPerAddress = 8, 8
		accept, links := acceptor()
		to := endpointWith(t, Config{Socket: lan.socket, Accept: accept}, b)
		deaf := endpointWith(t, Config{Socket: func(port uint16) (net.PacketConn, error) {
			c, err := lan.socket(port)
			return deafSocket{c}, err
		}}, b)
		var dials sync.WaitGroup
		for range 20 {
			dials.Go(func() { deaf.Dial(t.Context(), loopback(to), to.id) })
		}
		eventually(t, "some are under way", func() bool { return underWay(to) > 0 })
		time.Sleep(time.Second) // all have begun
		if got := underWay(to); got != 4 {
			t.Errorf("%d that do not hear take places", got)
		}
		e := endpointWith(t, Config{Socket: lan.socket}, b)
		dial(t, e, to).Send(wire.Probe{})
		within(t, links)
		if got := underWay(to); got != 4 {
			t.Errorf("%d are under way beside a link", got)
		}
		dials.Wait()
		eventually(t, "none is under way", func() bool { return underWay(to) == 0 })
	})
}

func TestHandshakeRate(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		e := endpointWith(t, Config{Socket: lan.socket, Accept: func(*Link) {}}, defaultBounds)
		cert := certificate(t, newKey(t))
		admitted, refused := 0, 0
		begin := time.Now()
		for range 3 * chat.MaxHandshakeRate {
			if _, err := lan.dialRaw(t, e, baseTLS(cert)); err == nil {
				admitted++
			} else if errors.Is(dialError(err), chat.ErrRefused) {
				refused++
			} else {
				t.Fatal(err)
			}
		}
		seconds := int(time.Since(begin)/time.Second) + 2 // begun ones
		if admitted > seconds*chat.MaxHandshakeRate || refused == 0 {
			t.Errorf("%d admitted and %d refused in %d seconds", admitted, refused, seconds)
		}
		if got := e.Stats().RateRefused; got < uint64(refused) {
			t.Errorf("%d counted, %d refused", got, refused)
		}
	})
}

// unbounded are the default bounds for tests that dial faster than people.
func unbounded() bounds {
	b := defaultBounds
	b.handshakeRate, b.totalRate = 1000, 1000
	return b
}

func TestLinksAreBounded(t *testing.T) {
	total, perAddress := unbounded(), unbounded()
	total.links = 3
	perAddress.linksPerAddress = 3
	for _, test := range []struct {
		name string
		b    bounds
	}{{"in all", total}, {"of one address", perAddress}} {
		t.Run(test.name, func(t *testing.T) {
			accept, links := acceptor()
			to := endpointWith(t, Config{Accept: accept}, test.b)
			e := endpointWith(t, Config{}, unbounded())
			var last *Link
			for range 3 {
				last = dial(t, e, to)
				last.Send(wire.Probe{})
				within(t, links)
			}
			l, err := e.Dial(t.Context(), loopback(to), to.id)
			if err == nil {
				within(t, l.Done())
				err = l.Err()
			}
			if end, ok := errors.AsType[*CloseError](err); !errors.Is(err, chat.ErrRefused) && (!ok || end.Code != Busy) {
				t.Errorf("the fourth ended with %v", err)
			}
			if to.Stats().Busy == 0 {
				t.Error("not counted")
			}
			last.Close(Idle, "")
			eventually(t, "room again", func() bool { return to.Stats().Links == 2 })
			dial(t, e, to).Send(wire.Probe{})
			within(t, links)
		})
	}
	t.Run("of those dialled", func(t *testing.T) {
		accept, links := acceptor()
		to := endpointWith(t, Config{Accept: accept}, unbounded())
		e := endpointWith(t, Config{}, total)
		for range 3 {
			dial(t, e, to).Send(wire.Probe{})
			within(t, links)
		}
		if _, err := e.Dial(t.Context(), loopback(to), to.id); !errors.Is(err, chat.ErrRefused) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAcceptsNothing(t *testing.T) {
	to := endpointWith(t, Config{}, defaultBounds)
	if got := strangerTo(t, to).end(t); got != Busy {
		t.Errorf("closed with %s", got)
	}
}

func probe(t testing.TB) []byte {
	t.Helper()
	b, err := wire.AppendFrame(nil, wire.Probe{Nonce: 7})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lockedBuffer is a bytes.Buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
