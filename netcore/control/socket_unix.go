//go:build unix

package control

import (
	"errors"
	"net"
	"os"
	"runtime"
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

// refuse has the system refuse whoever connects from now on; those who wait to be
// accepted stay. Systems other than Linux would drop them too.
func refuse(c syscall.RawConn) {
	if runtime.GOOS == "linux" {
		_ = c.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RD) })
	}
}

// waiting returns somebody who has connected and waits to be accepted; nil if
// there is nobody. No deadline holds for it.
func waiting(c syscall.RawConn) net.Conn {
	var file *os.File
	_ = c.Control(func(fd uintptr) {
		syscall.ForkLock.RLock() // no child gets the descriptor
		defer syscall.ForkLock.RUnlock()
		if accepted, _, err := unix.Accept(int(fd)); err == nil {
			unix.CloseOnExec(accepted)
			file = os.NewFile(uintptr(accepted), "control")
		}
	})
	if file == nil {
		return nil
	}
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil
	}
	return conn
}
