package roomserver

import "syscall"

// attempt writes nothing: this system has no write that does not wait.
type attempt struct{ buffer []byte }

func (a *attempt) init() {}

func (a *attempt) write(syscall.RawConn, []byte) (int, error) { return 0, nil }
