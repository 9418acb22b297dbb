package link

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/quic-go/testutils/simnet"
)

// inVirtualTime runs a test whose clock goes on only while all its goroutines
// wait: what takes half a minute is over at once, and however busy the machine,
// nobody is late. Its network is within the process.
func inVirtualTime(t *testing.T, test func(*testing.T, *network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, new(network)) })
}

// network carries each packet in a millisecond and loses none. All its sockets
// are of 127.0.0.1.
type network struct {
	simnet.PerfectRouter
	ports atomic.Uint32 // how many are in use
}

func (n *network) SendPacket(p simnet.Packet) error {
	time.AfterFunc(time.Millisecond, func() { n.PerfectRouter.SendPacket(p) })
	return nil
}

// socket is for Config.Socket; each has a port of its own, whichever is asked for.
func (n *network) socket(uint16) (net.PacketConn, error) {
	return simnet.NewBlockingSimConn(n.address(), n), nil
}

// address returns one that is nobody's yet.
func (n *network) address() *net.UDPAddr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(n.ports.Add(1))))
}

// silent returns the address of one that hears all and says nothing.
func (n *network) silent() netip.AddrPort {
	return addrPort(simnet.NewSimConn(n.address(), n).LocalAddr())
}

// dialRaw dials an endpoint with any TLS configuration.
func (n *network) dialRaw(t *testing.T, to *Endpoint, conf *tls.Config) (stranger, error) {
	t.Helper()
	return dialRawFrom(t, simnet.NewBlockingSimConn(n.address(), n), to, conf)
}

// stranger dials an endpoint with a proper certificate.
func (n *network) stranger(t *testing.T, to *Endpoint) stranger {
	t.Helper()
	s, err := n.dialRaw(t, to, baseTLS(certificate(t, newKey(t))))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
