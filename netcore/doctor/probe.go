package doctor

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// Host is what a machine lets one know of itself without Parlance.
type Host string

// What there is to know of a machine.
const (
	Silent Host = ""       // nothing comes back, and nobody knows why
	Absent Host = "absent" // the network says that there is no such machine
	Up     Host = "up"     // it is there
	Closed Host = "closed" // it is there and says that nothing listens at that port
)

// Path is where the system sends what is for an address.
type Path struct {
	Subnet string // the card in whose subnet the address is; empty: none
	Card   string // the card whose address it sends from; empty if it is none of ours
	Err    error  // why it cannot
}

// pathTo asks the system.
func pathTo(to netip.AddrPort, cards []chat.Interface) Path {
	var p Path
	for _, c := range cards {
		for _, prefix := range c.Addresses {
			if prefix.Contains(to.Addr().WithZone("")) && (to.Addr().Zone() == "" || to.Addr().Zone() == c.Name) {
				p.Subnet = c.Name
			}
		}
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to)) // sends nothing
	if err != nil {
		p.Err = err
		return p
	}
	defer conn.Close()
	from := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	for _, c := range cards {
		for _, prefix := range c.Addresses {
			if prefix.Addr() == from.WithZone("") && (from.Zone() == "" || from.Zone() == c.Name) {
				p.Card = c.Name
			}
		}
	}
	return p
}

const (
	// knockTime is how long a machine, or the network in its place, may take to say
	// something: a system asks three times, a second apart, who has an address.
	knockTime = 4 * time.Second
	// nobodysPort is one where hardly anything listens, so that a machine that is
	// on and has no firewall says so.
	nobodysPort = 47473
)

// knock sends a byte to the port of links, which ignores it, and to one where
// nothing should listen.
func knock(ctx context.Context, at netip.AddrPort) Host {
	ctx, cancel := context.WithTimeout(ctx, knockTime)
	defer cancel()
	elsewhere := make(chan Host, 1)
	go func() { elsewhere <- knockAt(ctx, netip.AddrPortFrom(at.Addr(), nobodysPort)) }()
	host := knockAt(ctx, at)
	if other := <-elsewhere; host == Silent && other != Silent {
		host = other
		if other == Closed {
			host = Up
		}
	}
	if host == Silent && isNeighbour(at.Addr()) {
		host = Up
	}
	return host
}

func knockAt(ctx context.Context, at netip.AddrPort) Host {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return Silent // Path tells of it
	}
	defer conn.Close()
	hearErrors(conn)
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err = conn.Write([]byte{0}); err == nil {
		_, err = conn.Read(make([]byte, 1))
	}
	// Windows has numbers of its own for these (WSAECONNRESET, WSAEHOSTUNREACH).
	errno, _ := errors.AsType[syscall.Errno](err)
	switch windows := runtime.GOOS == "windows"; {
	case err == nil:
		return Up
	case errno == syscall.ECONNREFUSED, windows && errno == 10054:
		return Closed
	case errno == syscall.EHOSTUNREACH, errno == syscall.EHOSTDOWN, windows && errno == 10065:
		return Absent
	}
	return Silent
}
