package control

import (
	"errors"
	"net"
	"syscall"
)

// private has nothing to do: on Windows the folder's access list holds.
func private(_, _ string, _ syscall.RawConn) error { return nil }

// refused says that the socket is there and nobody listens (WSAECONNREFUSED).
func refused(err error) bool { return errors.Is(err, syscall.Errno(10061)) }

// refuse does nothing: the system has no such thing.
func refuse(syscall.RawConn) {}

// waiting returns nobody: the system does not tell who waits to be accepted.
func waiting(syscall.RawConn) net.Conn { return nil }
