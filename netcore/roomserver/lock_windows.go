package roomserver

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes one byte far behind the end of the file for this process, so
// that others can still read who has it, or says that another has it.
func tryLock(f *os.File) (taken bool, err error) {
	at := &windows.Overlapped{OffsetHigh: 1}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
