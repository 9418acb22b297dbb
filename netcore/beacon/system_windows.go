package beacon

import (
	"errors"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/windows"
)

// reuseAddress lets several sockets hold one port, each of which gets every
// broadcast and multicast datagram.
func reuseAddress(fd uintptr) error {
	return windows.SetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_REUSEADDR, 1)
}

// isTaken also knows the error for a port that somebody holds exclusively.
func isTaken(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}

// steer leaves the interface to the multicast option and the routing table:
// x/net has no control messages here.
func steer(route) *ipv4.ControlMessage { return nil }
