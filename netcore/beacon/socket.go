package beacon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

type socketKind int

const (
	shared4 socketKind = iota
	shared6
	own4
	own6
	socketKinds
)

func (k socketKind) shared() bool { return k <= shared6 }

func (k socketKind) family() family { return family(k % 2) }

func ownOf(f family) socketKind { return own4 + socketKind(f) }

const (
	// readBuffer holds the burst of some hundred devices that start at once; the
	// system may grant less.
	readBuffer = 1 << 20
	// maxFailures in a row mean that a socket is broken.
	maxFailures  = 16
	failurePause = 50 * time.Millisecond
)

// socket is one UDP socket, with the view of it that its family has.
type socket struct {
	kind socketKind
	*net.UDPConn
	v4 *ipv4.PacketConn // one of the two is nil
	v6 *ipv6.PacketConn
	// control takes what the system tells of a datagram; nil if it tells nothing.
	control []byte
}

// arrival is what the system tells of a received datagram beside its source;
// zero where it does not.
type arrival struct {
	card int
	to   netip.Addr
}

// open makes the socket of a kind.
func open(kind socketKind, port uint16) (*socket, error) {
	network, host := "udp4", "0.0.0.0"
	if kind.family() == ipv6Family {
		network, host = "udp6", "::" // Go sets IPV6_V6ONLY for this network
	}
	lc := net.ListenConfig{}
	if kind.shared() {
		lc.Control = func(_, _ string, raw syscall.RawConn) error {
			var err error
			if e := raw.Control(func(fd uintptr) { err = reuseAddress(fd) }); e != nil {
				return e
			}
			return err
		}
	} else {
		port = 0
	}
	address := net.JoinHostPort(host, fmt.Sprint(port))
	conn, err := lc.ListenPacket(context.Background(), network, address)
	switch {
	case err != nil && kind.shared() && isTaken(err):
		return nil, fmt.Errorf("UDP port %d (%s) is taken by a program that does not share it; until that program ends, only answers to this device's own questions arrive: %w",
			port, kind.family(), err)
	case err != nil:
		return nil, fmt.Errorf("no %s: %w", kind.family(), err)
	}
	s := &socket{kind: kind, UDPConn: conn.(*net.UDPConn)}
	// What follows are wishes: without them less is known, or lost more easily.
	_ = s.SetReadBuffer(readBuffer)
	if kind.family() == ipv4Family {
		s.v4 = ipv4.NewPacketConn(s.UDPConn)
		if flags := ipv4.FlagDst | ipv4.FlagInterface; s.v4.SetControlMessage(flags, true) == nil {
			s.control = ipv4.NewControlMessage(flags)
		}
		_ = s.v4.SetMulticastLoopback(true)
	} else {
		s.v6 = ipv6.NewPacketConn(s.UDPConn)
		if flags := ipv6.FlagDst | ipv6.FlagInterface; s.v6.SetControlMessage(flags, true) == nil {
			s.control = ipv6.NewControlMessage(flags)
		}
		_ = s.v6.SetMulticastLoopback(true)
	}
	return s, nil
}

func (s *socket) join(i *net.Interface) error {
	if s.v4 != nil {
		return s.v4.JoinGroup(i, &net.UDPAddr{IP: Group4.AsSlice()})
	}
	return s.v6.JoinGroup(i, &net.UDPAddr{IP: Group6.AsSlice()})
}

// send sends to everyone by one route. Calls do not overlap.
func (s *socket) send(datagram []byte, r route) error {
	to := net.UDPAddrFromAddrPort(r.to)
	var err error
	if s.v6 != nil {
		if err = s.v6.SetMulticastInterface(&r.card.Interface); err == nil {
			_, err = s.v6.WriteTo(datagram, nil, to)
		}
		return err
	}
	if r.way == Multicast {
		if err = s.v4.SetMulticastInterface(&r.card.Interface); err != nil {
			return err
		}
	}
	_, err = s.v4.WriteTo(datagram, steer(r), to)
	return err
}

// receive reads until the socket is closed, or cannot be read from any more and
// is broken.
func (s *socket) receive(stop <-chan struct{}, deliver func(*socket, []byte, netip.AddrPort, arrival)) (broken bool) {
	buffer := make([]byte, 64<<10) // Windows takes a datagram longer than this for an error
	for failures := 0; failures < maxFailures; {
		n, from, cm, err := s.readFrom(buffer)
		switch {
		case errors.Is(err, net.ErrClosed):
			return false
		case err != nil:
			failures++
			select {
			case <-stop:
				return false
			case <-time.After(failurePause):
			}
		default:
			failures = 0
			deliver(s, buffer[:min(n, MaxDatagram)], from, cm)
		}
	}
	return true
}

// readFrom reads by the system's own call: that of x/net asks the system for the
// socket's protocol with each datagram.
func (s *socket) readFrom(buffer []byte) (n int, from netip.AddrPort, cm arrival, err error) {
	told := 0
	if s.control == nil {
		n, from, err = s.ReadFromUDPAddrPort(buffer)
	} else {
		n, told, _, from, err = s.ReadMsgUDPAddrPort(buffer, s.control)
	}
	if err != nil {
		return 0, netip.AddrPort{}, arrival{}, err
	}
	var to net.IP
	if s.v4 != nil {
		var c ipv4.ControlMessage
		_ = c.Parse(s.control[:told]) // what cannot be read is not known
		cm.card, to = c.IfIndex, c.Dst
	} else {
		var c ipv6.ControlMessage
		_ = c.Parse(s.control[:told])
		cm.card, to = c.IfIndex, c.Dst
	}
	if a, ok := netip.AddrFromSlice(to); ok {
		cm.to = a.Unmap()
	}
	return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), cm, nil
}
