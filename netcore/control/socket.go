package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

const socketFile = "control.sock"

// maxPath is how long the path of a socket may be: the field of the system's
// address structure less its closing zero (unix(7): 108; 104 on BSD and macOS).
const maxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// CheckProfile says whether a socket can stand in the profile's folder. It
// touches nothing, so that a program can ask before it makes the profile.
func CheckProfile(profile string) error {
	path := filepath.Join(profile, socketFile)
	if len(path) > maxPath {
		return fmt.Errorf("the path of the control socket, %s, has %d bytes and the system allows %d: choose a profile folder with a shorter path, or reach this one through a symbolic link",
			path, len(path), maxPath)
	}
	return nil
}

// listen makes the profile's socket. One that a dead process left is replaced.
func listen(profile string) (*socket, error) {
	if err := CheckProfile(profile); err != nil {
		return nil, err
	}
	path := filepath.Join(profile, socketFile)
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&fs.ModeSocket == 0 {
			return nil, fmt.Errorf("control socket: %s is there and is not a socket; move it away", path)
		}
		// The profile's lock says that nobody is alive here. Asking costs
		// nothing, and taking a live program's socket away would hide it.
		if conn, err := net.Dial("unix", path); err == nil {
			conn.Close()
			return nil, fmt.Errorf("control socket: another program answers at %s", path)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("replace control socket: %w", err)
		}
	}
	config := net.ListenConfig{Control: private}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("make control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("make control socket: %w", err)
	}
	unix := l.(*net.UnixListener)
	unix.SetUnlinkOnClose(false) // drain has done it
	return &socket{UnixListener: unix, path: path}, nil
}

// quiet is for how long nobody has connected when everyone has who found the
// socket before it was taken away.
const quiet = 20 * time.Millisecond

// socket is a listener that nobody is turned away from: a program that found
// the socket is answered, and one that did not knows that it asked nobody.
type socket struct {
	*net.UnixListener
	path     string
	draining atomic.Bool
	refusing bool            // nobody can connect any more
	raw      syscall.RawConn // set when refusing
}

// drain implements listener; it takes the socket away.
func (s *socket) drain() error {
	err := os.Remove(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // with the whole folder, perhaps
	}
	s.draining.Store(true)
	return errors.Join(err, s.SetDeadline(time.Now().Add(quiet)))
}

// Accept implements net.Listener. It is called by one goroutine.
func (s *socket) Accept() (net.Conn, error) {
	for !s.refusing {
		if s.draining.Load() {
			if err := s.SetDeadline(time.Now().Add(quiet)); err != nil {
				return nil, err
			}
		}
		conn, err := s.UnixListener.Accept()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return conn, err
		}
		raw, err := s.SyscallConn()
		if err != nil {
			return nil, err
		}
		s.refusing, s.raw = true, raw
		refuse(raw)
	}
	// On a busy machine the time may be over before anybody looked.
	if conn := waiting(s.raw); conn != nil {
		return conn, nil
	}
	return nil, net.ErrClosed
}

// dial connects to the profile's socket.
func dial(ctx context.Context, profile string) (net.Conn, error) {
	if err := CheckProfile(profile); err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(profile, socketFile))
	if errors.Is(err, fs.ErrNotExist) || refused(err) {
		return nil, fmt.Errorf("%w: %s", ErrNotRunning, profile)
	}
	return conn, err
}
