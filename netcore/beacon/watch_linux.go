package beacon

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// watch returns a channel on which there is a token after an interface or an
// address may have changed, as the kernel tells it (rtnetlink(7)), and what ends
// that. The channel is nil if the kernel tells nothing, and closed when it no longer
// does.
func watch() (changes <-chan struct{}, stop func()) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, func() {}
	}
	groups := unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: uint32(groups)}); err != nil {
		_ = unix.Close(fd)
		return nil, func() {}
	}
	socket := os.NewFile(uintptr(fd), "netlink")
	told, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		defer close(told)
		// What is told is not read: the interfaces are looked at afresh. ENOBUFS says
		// that some of it was lost.
		for buffer := make([]byte, 4096); ; {
			if _, err := socket.Read(buffer); err != nil && !errors.Is(err, unix.ENOBUFS) {
				return
			}
			select {
			case told <- struct{}{}:
			default: // one is waiting already
			}
		}
	}()
	return told, func() {
		_ = socket.Close()
		<-ended
	}
}
