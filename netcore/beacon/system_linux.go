package beacon

import (
	"errors"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// reuseAddress lets several sockets hold one port, each of which gets every
// broadcast and multicast datagram. SO_REUSEPORT is left out: Linux gives the
// port then to one user only.
func reuseAddress(fd uintptr) error {
	return unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
}

func isTaken(err error) bool { return errors.Is(err, unix.EADDRINUSE) }

// steer pins a datagram to its interface and source address. Without the
// source, Linux sends multicast on loopback from 0.0.0.0; without the
// interface, the broadcast of two cards on one subnet leaves twice by one.
func steer(r route) *ipv4.ControlMessage {
	return &ipv4.ControlMessage{IfIndex: r.card.Index, Src: r.from.AsSlice()}
}
