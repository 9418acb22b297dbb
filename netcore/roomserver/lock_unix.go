//go:build unix

package roomserver

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the whole file for this process, or says that another has it.
func tryLock(f *os.File) (taken bool, err error) {
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
