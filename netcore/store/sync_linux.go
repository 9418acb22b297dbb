package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes what was written to f survive a loss of power. The times of
// the file may not: keeping those too, as fsync does, costs a second write when
// a log is written over.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err != unix.EINTR {
			return err
		}
	}
}
