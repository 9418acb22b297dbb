package room

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// selfSigned makes a certificate for 127.0.0.1 that vouches for itself.
func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "irc"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// fingerprint returns the SHA-256 of a certificate as people compare it.
func fingerprint(cert *x509.Certificate) string {
	var pairs []string
	for _, b := range sha256.Sum256(cert.Raw) {
		pairs = append(pairs, fmt.Sprintf("%02X", b))
	}
	return strings.Join(pairs, ":")
}

// certified is a fake server whose certificate can be exchanged, and which notes
// who its clients are.
type certified struct {
	mu     sync.Mutex
	cert   tls.Certificate
	client identity.DeviceID
}

func (c *certified) greet(conn net.Conn) net.Conn {
	return tls.Server(conn, &tls.Config{
		ClientAuth: tls.RequestClientCert,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			return &c.cert, nil
		},
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("no certificate")
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			var err error
			c.client, err = identity.CertificateID(state.PeerCertificates[0])
			return err
		},
	})
}

func (c *certified) present(cert tls.Certificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cert = cert
}

// TestTrust: the first certificate is taken and kept, another one blocks until the
// user accepts it.
func TestTrust(t *testing.T) {
	first, second := selfSigned(t), selfSigned(t)
	c := &certified{cert: first}
	f := newFake(t, fakeCaps, c.greet)
	b := newBench(t)
	id := b.join("ircs://" + f.address() + "/#room")
	st := b.status(id)
	if !st.Secure || st.Vouched || st.Fingerprint != fingerprint(first.Leaf) || st.Account != "certified" {
		t.Errorf("%+v", st)
	}
	if c.client != identity.KeyFromSeed([32]byte{1}).ID() {
		t.Error("the device's key did not sign in")
	}
	if n := b.notices(); strings.Count(n, fingerprint(first.Leaf)) != 1 || !strings.Contains(n, "No authority vouches") {
		t.Errorf("notices: %s", n)
	}
	f.kill()
	f.start(f.address())
	b.until("again, with the same", func() bool { return b.status(id).Joined })
	if n := b.notices(); strings.Count(n, "No authority vouches") != 1 {
		t.Errorf("notices: %s", n)
	}
	c.present(second)
	f.kill()
	f.start(f.address())
	b.until("blocked", func() bool { return b.status(id).Blocked })
	st = b.status(id)
	if st.Joined || !strings.Contains(st.Why, fingerprint(first.Leaf)) || !strings.Contains(st.Why, fingerprint(second.Leaf)) || !st.RetryAt.IsZero() {
		t.Errorf("%+v", st)
	}
	if n := b.notices(); strings.Count(n, "is blocked") != 1 {
		t.Errorf("notices: %s", n)
	}
	m := b.send(id, "waits")
	if m.State != chat.Queued {
		t.Errorf("state %s", m.State)
	}
	b.end() // also after a restart
	b.open()
	b.until("blocked", func() bool { return len(b.Rooms()) == 1 && b.status(id).Blocked })
	if err := b.Trust(t.Context(), id, fingerprint(second.Leaf)); err != nil {
		t.Fatal(err)
	}
	b.holds(id, "own delivered: waits")
}

// TestVouched: a server that an authority vouched for does not lose that without a
// word.
func TestVouched(t *testing.T) {
	first, second := selfSigned(t), selfSigned(t)
	c := &certified{cert: first}
	f := newFake(t, fakeCaps, c.greet)
	b := newBench(t)
	b.dialer.Roots = x509.NewCertPool()
	b.dialer.Roots.AddCert(first.Leaf)
	id := b.join("ircs://" + f.address() + "/#room")
	if st := b.status(id); !st.Vouched || b.notices() != "" {
		t.Errorf("%+v, %s", st, b.notices())
	}
	c.present(second)
	f.kill()
	f.start(f.address())
	b.until("blocked", func() bool { return b.status(id).Blocked })
	if st := b.status(id); !strings.Contains(st.Why, "an authority vouched") {
		t.Errorf("%+v", st)
	}
	c.present(first)
	if err := b.Trust(t.Context(), id, fingerprint(second.Leaf)); err != nil {
		t.Fatal(err)
	}
	b.until("vouched for again", func() bool { return b.status(id).Joined })
}

// hostile accepts one connection after another and does with them as it likes.
func hostile(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() { listener.Close(); running.Wait() })
	return listener.Addr().String()
}

func TestHostile(t *testing.T) {
	endless := []byte(strings.Repeat("x", 1<<16))
	for name, tc := range map[string]struct {
		serve func(net.Conn)
		why   string
	}{
		"a line without end": {func(c net.Conn) {
			for {
				if _, err := c.Write(endless); err != nil {
					return
				}
			}
		}, "a line of more than"},
		"no greeting at all": {func(c net.Conn) {}, "closed the connection"},
		"reads nothing": {func(c net.Conn) {
			for {
				if _, err := c.Write([]byte("PING :" + string(endless[:400]) + "\r\n")); err != nil {
					return
				}
			}
		}, "given up"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := b.Join(ctx, "irc://"+hostile(t, tc.serve)+"/#room", Options{})
			if err == nil || !strings.Contains(err.Error(), tc.why) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("no TLS there", func(t *testing.T) {
		b := newBench(t)
		address := hostile(t, func(c net.Conn) { bufio.NewReader(c).ReadByte(); c.Write([]byte("hello, no TLS here\r\n")) })
		if _, err := b.Join(t.Context(), "ircs://"+address+"/#room", Options{}); err == nil || !strings.Contains(err.Error(), "speaks no TLS") {
			t.Errorf("%v", err)
		}
	})
}
