package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// socket is the UDP socket under QUIC. It forgives what UDP forgives: a
// datagram that could not be sent now (no route while a card is down, a full
// queue, a firewall's rule) is a lost datagram, which QUIC sends again. QUIC-go
// would end the link. Other errors pass, above all that the address the link
// came in by is gone.
type socket struct{ *net.UDPConn }

// WriteMsgUDP is what QUIC sends with where it can.
func (s socket) WriteMsgUDP(b, oob []byte, to *net.UDPAddr) (n, oobn int, err error) {
	n, oobn, err = s.UDPConn.WriteMsgUDP(b, oob, to)
	if err != nil && forgivable(err) {
		return len(b), len(oob), nil
	}
	return n, oobn, err
}

// WriteTo is what QUIC sends with elsewhere.
func (s socket) WriteTo(b []byte, to net.Addr) (int, error) {
	n, err := s.UDPConn.WriteTo(b, to)
	if err != nil && forgivable(err) {
		return len(b), nil
	}
	return n, err
}

func forgivable(err error) bool {
	errno, ok := errors.AsType[syscall.Errno](err)
	return ok && slices.Contains(forgivableErrnos, errno)
}

// listenUDP opens the socket for both IP versions, on one address of this host
// or all. Port 0 means any that is free.
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
