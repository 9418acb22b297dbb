package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/quic-go/quic-go"
)

// socket is the UDP socket under QUIC. It forgives what UDP forgives: a
// datagram that could not be sent now (no route while a card is down, a full
// queue, a firewall's rule) is a lost datagram, which QUIC sends again; quic-go
// by itself would end the link. How long it may go on is for the idle timeout to
// say, and for the owner, who can probe. Other errors pass, and end the link.
type socket struct{ udpConn }

// udpConn is what quic-go uses of a *net.UDPConn.
type udpConn interface {
	net.Conn
	quic.OOBCapablePacketConn
	SetWriteBuffer(int) error
}

// WriteMsgUDP is what QUIC sends with where it can.
func (s socket) WriteMsgUDP(b, oob []byte, to *net.UDPAddr) (n, oobn int, err error) {
	n, oobn, err = s.udpConn.WriteMsgUDP(b, oob, to)
	if err != nil && forgivable(err) {
		return len(b), len(oob), nil
	}
	return n, oobn, err
}

// WriteTo is what QUIC sends with elsewhere.
func (s socket) WriteTo(b []byte, to net.Addr) (int, error) {
	n, err := s.udpConn.WriteTo(b, to)
	if err != nil && forgivable(err) {
		return len(b), nil
	}
	return n, err
}

func forgivable(err error) bool {
	errno, ok := errors.AsType[syscall.Errno](err)
	return ok && slices.Contains(forgivableErrnos, errno)
}

// listenUDP opens the socket on all addresses of this host, of both IP versions.
// Port 0 means any that is free.
func listenUDP(port uint16) (net.PacketConn, error) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{Port: int(port)})
	if err != nil {
		return nil, err
	}
	return socket{c}, nil
}

// openSocket opens a socket on port. Port 0 means DefaultPort, or any that is
// free if that is taken.
func openSocket(open func(uint16) (net.PacketConn, error), port uint16) (net.PacketConn, error) {
	if port != 0 {
		c, err := open(port)
		if err != nil {
			return nil, fmt.Errorf("open link port %d: %w", port, err)
		}
		return c, nil
	}
	c, err := open(DefaultPort)
	if err == nil {
		return c, nil
	}
	c, anyErr := open(0)
	if anyErr != nil {
		return nil, fmt.Errorf("open link port %d (%w) or any other: %w", DefaultPort, err, anyErr)
	}
	return c, nil
}

// routable returns the system's error if it has no way to an address. QUIC
// would wait for an answer until its handshake timed out.
func routable(to netip.AddrPort) error {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return err
	}
	return c.Close()
}

// addrPort returns a socket address in the form that compares equal however the
// socket reports IPv4.
func addrPort(a net.Addr) netip.AddrPort {
	u, ok := a.(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := u.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
