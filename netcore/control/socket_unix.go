//go:build unix

package control

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// private makes the socket's file 0600 from the moment it is bound: Linux
// takes the mode from the descriptor. Where that fails (macOS) the file has the
// umask's mode until listen changes it, in a folder nobody else may enter.
func private(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), 0o600) })
}

// refused says that the socket is there and nobody listens.
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// pending says whether somebody has connected and waits to be accepted.
func pending(c syscall.RawConn) bool {
	waits := false
	err := c.Control(func(fd uintptr) {
		list := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(list, 0)
		waits = err == nil && n > 0
	})
	return err == nil && waits
}
