//go:build unix

package roomserver

import (
	"cmp"
	"syscall"
)

// attempt writes what the system takes at once.
type attempt struct {
	buffer []byte // for who makes the data
	data   []byte
	n      int
	err    error
	try    func(fd uintptr) bool // bound once: a closure for each write would be garbage
}

func (a *attempt) init() {
	a.try = func(fd uintptr) bool {
		for {
			if a.n, a.err = syscall.Write(int(fd), a.data); a.err != syscall.EINTR {
				return true
			}
		}
	}
}

// write returns how much was written; less than all of data is no error.
func (a *attempt) write(raw syscall.RawConn, data []byte) (int, error) {
	a.data, a.n, a.err = data, 0, nil
	err := raw.Write(a.try)
	if a.err == syscall.EAGAIN {
		a.err = nil
	}
	return max(a.n, 0), cmp.Or(err, a.err)
}
