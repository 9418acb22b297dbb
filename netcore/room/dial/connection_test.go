package dial

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// TestLostConnection: what a connection that was given up had not brought over never
// comes any more, while one that ends in order brings all of it.
func TestLostConnection(t *testing.T) {
	const more = 512 << 10 // than the other side takes at once
	certificate, err := identity.KeyFromSeed([32]byte{1}).Certificate()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		lost, secure bool
		size         int
		want         error
	}{
		"lost":           {true, false, more, syscall.ECONNRESET},
		"lost, with TLS": {true, true, more, syscall.ECONNRESET},
		"in order":       {false, false, 4 << 10, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			dialled, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			accepted, err := listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer accepted.Close()
			conn, other := dialled, accepted
			if tc.secure {
				client := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
				at := tls.Server(other, &tls.Config{Certificates: []tls.Certificate{certificate}})
				shaken := make(chan error, 1)
				go func() { shaken <- at.Handshake() }()
				if err := errors.Join(client.Handshake(), <-shaken); err != nil {
					t.Fatal(err)
				}
				conn = client
			}
			news := make(chan News)
			c := new(Dialer).Connect(Address{Scheme: "irc"}, conn, news)
			var running sync.WaitGroup
			running.Go(c.Run)
			<-news // it is open
			c.Send([]byte(strings.Repeat("x", tc.size)))
			if _, err := io.ReadFull(accepted, make([]byte, 1)); err != nil { // it is being written
				t.Fatal(err)
			}
			c.Leave(tc.lost)
			if tc.lost {
				running.Wait()
			}
			got, err := io.Copy(io.Discard, accepted)
			if err == nil {
				err = io.EOF
			}
			if !errors.Is(err, tc.want) {
				t.Errorf("it ends with %v after %d bytes", err, got)
			}
			running.Wait()
			if !tc.lost && got != int64(tc.size)-1 {
				t.Errorf("%d bytes came", got)
			}
		})
	}
}
