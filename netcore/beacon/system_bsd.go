//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package beacon

import (
	"errors"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// reuseAddress lets several sockets hold one port, each of which gets every
// broadcast and multicast datagram. Here that takes SO_REUSEPORT.
func reuseAddress(fd uintptr) error {
	if err := unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

func isTaken(err error) bool { return errors.Is(err, unix.EADDRINUSE) }

// steer leaves the interface to the multicast option and the routing table.
func steer(route) *ipv4.ControlMessage { return nil }
