package control

import (
	"errors"
	"syscall"
)

// private has nothing to do: on Windows the folder's access list holds.
func private(_, _ string, _ syscall.RawConn) error { return nil }

// refused says that the socket is there and nobody listens (WSAECONNREFUSED).
func refused(err error) bool { return errors.Is(err, syscall.Errno(10061)) }

// pending says whether somebody has connected and waits to be accepted; the
// system does not tell.
func pending(syscall.RawConn) bool { return false }
