//go:build linux && netns

package netlab

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// namespace is a network namespace, and the one thread that stands in it. The
// namespace lives as long as the thread, and so do processes started from it
// with Pdeathsig.
type namespace struct {
	calls chan func()
	ended chan struct{}
	path  string // names the namespace to ip
}

func newNamespace() (*namespace, error) {
	n := &namespace{calls: make(chan func()), ended: make(chan struct{})}
	ready := make(chan error)
	go n.run(ready)
	if err := <-ready; err != nil {
		<-n.ended
		return nil, err
	}
	return n, nil
}

// run serves calls on a thread of its own until calls is closed.
func (n *namespace) run(ready chan<- error) {
	// Not unlocked: the thread ends with the goroutine, and takes the namespace along.
	runtime.LockOSThread()
	if unix.Gettid() == os.Getpid() {
		// The main thread never ends; while it is locked here, the next goroutine
		// gets another.
		inner := make(chan struct{})
		go func() { defer close(inner); n.run(ready) }()
		<-inner
		runtime.UnlockOSThread()
		return
	}
	defer close(n.ended)
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		ready <- fmt.Errorf("cannot make a network namespace: %w", err)
		return
	}
	n.path = fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid())
	ready <- n.prepare()
	for call := range n.calls {
		call()
	}
}

// prepare makes addresses usable at once: hosts in real life have been up for
// longer than the two seconds of duplicate address detection (RFC 4862 section
// 5.4) when a program starts.
func (n *namespace) prepare() error {
	err := os.WriteFile("/proc/sys/net/ipv6/conf/default/accept_dad", []byte("0"), 0)
	if errors.Is(err, os.ErrNotExist) {
		return errors.New("this kernel has no IPv6")
	}
	return err
}

// do calls f on the namespace's thread: sockets that f opens and processes that
// f starts are in the namespace.
func (n *namespace) do(f func() error) error {
	result := make(chan error, 1)
	n.calls <- func() { result <- f() }
	return <-result
}

// close ends the thread and waits for it.
func (n *namespace) close() {
	close(n.calls)
	<-n.ended
}
