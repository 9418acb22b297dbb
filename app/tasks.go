package app

import (
	"context"
	"sync"
	"time"
)

// closePatience is how long writes that were asked for may still take when the
// window closes: a slow disk gets its time, a dead one does not hold the program.
const closePatience = 5 * time.Second

// tasks runs what must not hold up the UI goroutine, and owns the goroutines it
// runs on. Writes run one after the other in the order they were asked for, so
// that a draft never overtakes the message it became; everything else runs at
// once.
type tasks struct {
	ctx    context.Context
	cancel context.CancelFunc
	onUI   func(func()) // runs a function on the UI goroutine, later

	mu      sync.Mutex
	queue   []func(context.Context)
	busy    bool
	closed  bool
	writers sync.WaitGroup
	others  sync.WaitGroup
}

func newTasks(onUI func(func())) *tasks {
	ctx, cancel := context.WithCancel(context.Background())
	return &tasks{ctx: ctx, cancel: cancel, onUI: onUI}
}

// do runs f on the UI goroutine, later; never once close was called, for then
// there is no window to change.
func (t *tasks) do(f func()) {
	t.mu.Lock()
	closed := t.closed
	t.mu.Unlock()
	if !closed {
		t.onUI(f)
	}
}

// write runs f after all writes before it.
func (t *tasks) write(f func(context.Context)) {
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

func (t *tasks) drain() {
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
		f(t.ctx)
	}
}

// read runs f at once, beside everything else.
func (t *tasks) read(f func(context.Context)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.others.Add(1)
	go func() {
		defer t.others.Done()
		f(t.ctx)
	}()
}

// close lets the writes end, cancels what else runs and waits for it.
func (t *tasks) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	patience := time.AfterFunc(closePatience, t.cancel)
	t.writers.Wait()
	patience.Stop()
	t.cancel()
	t.others.Wait()
}
