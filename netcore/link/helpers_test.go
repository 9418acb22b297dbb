package link

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for. It is more than any of the default
// bounds, and a busy machine does not come near it.
const patience = 2 * time.Minute

func newKey(t testing.TB) *identity.Key {
	t.Helper()
	key, err := identity.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// endpointWith runs an endpoint until the test ends.
func endpointWith(t testing.TB, cfg Config, b bounds) *Endpoint {
	t.Helper()
	if cfg.Key == nil {
		cfg.Key = newKey(t)
	}
	e, err := listen(cfg, b)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() {
		if err := e.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); run.Wait() })
	return e
}

// loopback returns the address of an endpoint on this host.
func loopback(e *Endpoint) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), e.Port())
}

func dial(t testing.TB, from, to *Endpoint) *Link {
	t.Helper()
	l, err := from.Dial(t.Context(), loopback(to), to.id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// acceptor returns a function for Config.Accept and the channel of its links.
func acceptor() (func(*Link), chan *Link) {
	links := make(chan *Link, 16)
	return func(l *Link) { links <- l }, links
}

// pair returns the two ends of a link whose first frame has been received.
func pair(t testing.TB) (dialled, accepted *Link) {
	t.Helper()
	return pairWith(t, Config{}, Config{}, defaultBounds)
}

func pairWith(t testing.TB, dialler, listener Config, b bounds) (dialled, accepted *Link) {
	t.Helper()
	var links chan *Link
	listener.Accept, links = acceptor()
	to := endpointWith(t, listener, b)
	dialled = dial(t, endpointWith(t, dialler, b), to)
	if err := dialled.Send(wire.Probe{}); err != nil {
		t.Fatal(err)
	}
	accepted = within(t, links)
	if _, err := accepted.Receive(); err != nil {
		t.Fatal(err)
	}
	return dialled, accepted
}

// within returns what comes from a channel, or fails.
func within[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("nothing came in %s", patience)
		panic("unreachable")
	}
}

// sendWaiting sends a frame as soon as there is room.
func sendWaiting(t testing.TB, l *Link, f wire.Frame) {
	t.Helper()
	for {
		err := l.Send(f)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// stranger is somebody who speaks QUIC to an endpoint without using this
// package.
type stranger struct{ *quic.Conn }

// certificate returns a key's certificate.
func certificate(t testing.TB, key *identity.Key) tls.Certificate {
	t.Helper()
	cert, err := key.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// dialRaw dials an endpoint with any TLS configuration.
func dialRaw(t testing.TB, to *Endpoint, conf *tls.Config) (stranger, error) {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return dialRawFrom(t, c, to, conf)
}

func dialRawFrom(t testing.TB, c net.PacketConn, to *Endpoint, conf *tls.Config) (stranger, error) {
	t.Helper()
	conf.InsecureSkipVerify = true
	transport := &quic.Transport{Conn: c}
	t.Cleanup(func() { transport.Close(); c.Close() })
	conn, err := transport.Dial(t.Context(), net.UDPAddrFromAddrPort(loopback(to)), conf, &quic.Config{MaxIdleTimeout: patience})
	if err != nil {
		return stranger{}, err
	}
	t.Cleanup(func() { conn.CloseWithError(0, "") })
	return stranger{conn}, nil
}

// strangerTo dials an endpoint with a proper certificate.
func strangerTo(t testing.TB, to *Endpoint) stranger {
	t.Helper()
	s, err := dialRaw(t, to, baseTLS(certificate(t, newKey(t))))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// try opens the stream and writes to it, unless the endpoint has closed the
// connection already.
func (s stranger) try(data []byte) {
	if stream, err := s.OpenStream(); err == nil {
		stream.Write(data)
	}
}

// write opens the stream and writes to it.
func (s stranger) write(t testing.TB, data []byte) *quic.Stream {
	t.Helper()
	stream, err := s.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Write(data); err != nil {
		t.Fatal(err)
	}
	return stream
}

// end returns the code with which the endpoint closed the connection.
func (s stranger) end(t testing.TB) Code {
	t.Helper()
	within(t, s.Context().Done())
	e, ok := errors.AsType[*quic.ApplicationError](context.Cause(s.Context()))
	if !ok || !e.Remote {
		t.Fatalf("connection ended with %v", context.Cause(s.Context()))
	}
	return Code(e.ErrorCode)
}

// listenRaw listens with any TLS configuration and accepts all that comes.
func listenRaw(t testing.TB, conf *tls.Config) netip.AddrPort {
	t.Helper()
	return listenRawWith(t, conf, nil)
}

func listenRawWith(t testing.TB, conf *tls.Config, qconf *quic.Config) netip.AddrPort {
	t.Helper()
	ln, err := quic.ListenAddr("127.0.0.1:0", conf, qconf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var accept sync.WaitGroup
	accept.Go(func() {
		for {
			if _, err := ln.Accept(ctx); err != nil {
				return
			}
		}
	})
	t.Cleanup(func() { cancel(); ln.Close(); accept.Wait() })
	return addrPort(ln.Addr())
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
