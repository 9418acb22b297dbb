// Package tasks runs what must not hold up the UI goroutine: reads and writes
// that may wait for a disk or a network, and the gathering of events.
package tasks

import (
	"context"
	"sync"
	"time"
)

// closePatience is how long writes that were asked for may still take when the
// window closes: a slow disk gets its time, a dead one does not hold the program.
const closePatience = 5 * time.Second

// Tasks runs what must not hold up the UI goroutine, and owns the goroutines it
// runs on. Writes run one after the other in the order they were asked for, so
// that a draft never overtakes the message it became; everything else runs at
// once.
type Tasks struct {
	// Context ends with the tasks.
	Context context.Context

	cancel context.CancelFunc
	onUI   func(func()) // runs a function on the UI goroutine, later

	mu      sync.Mutex
	queue   []func(context.Context)
	busy    bool
	closed  bool
	writers sync.WaitGroup
	others  sync.WaitGroup
}

// New returns tasks whose answers onUI runs on the UI goroutine, later.
func New(onUI func(func())) *Tasks {
	ctx, cancel := context.WithCancel(context.Background())
	return &Tasks{Context: ctx, cancel: cancel, onUI: onUI}
}

// Do runs f on the UI goroutine, later; never once Close was called, for then
// there is no window to change.
func (t *Tasks) Do(f func()) {
	t.mu.Lock()
	closed := t.closed
	t.mu.Unlock()
	if !closed {
		t.onUI(f)
	}
}

// Write runs f after all writes before it.
func (t *Tasks) Write(f func(context.Context)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.queue = append(t.queue, f)
	if !t.busy {
		t.busy = true
		t.writers.Add(1)
		go t.drain()
	}
}

func (t *Tasks) drain() {
	defer t.writers.Done()
	for {
		t.mu.Lock()
		if len(t.queue) == 0 {
			t.busy = false
			t.mu.Unlock()
			return
		}
		f := t.queue[0]
		t.queue = t.queue[1:]
		t.mu.Unlock()
		f(t.Context)
	}
}

// Read runs f at once, beside everything else.
func (t *Tasks) Read(f func(context.Context)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.others.Add(1)
	go func() {
		defer t.others.Done()
		f(t.Context)
	}()
}

// Close lets the writes end, cancels what else runs and waits for it.
func (t *Tasks) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	patience := time.AfterFunc(closePatience, t.cancel)
	t.writers.Wait()
	patience.Stop()
	t.cancel()
	t.others.Wait()
}
