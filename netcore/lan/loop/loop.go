// Package loop is the queue of one goroutine that owns state, and the other
// goroutines it starts.
//
// Whoever wants something of the state puts a function into the queue; the owner
// takes them out and runs them one after the other, so that nothing else needs a
// lock. What the owner must not wait for, it has done beside itself.
package loop

import (
	"context"
	"fmt"
	"sync"
)

// ErrEnded says that the owner takes no more out of the queue.
var ErrEnded = fmt.Errorf("the network is closed: %w", context.Canceled)

// Loop is the queue and the tasks. But for Take, its methods may be called from any
// goroutine.
type Loop struct {
	ctx   context.Context // of the tasks
	stop  context.CancelFunc
	tasks sync.WaitGroup
	wake  chan struct{} // holds one token while something in the queue cannot wait

	mu    sync.Mutex
	queue []func()
}

// New returns a Loop with nothing to do.
func New() *Loop {
	l := &Loop{wake: make(chan struct{}, 1)}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l
}

// Put puts something into the queue. It never blocks: the store's writer and the
// owner each put into the other's, and would wait for each other otherwise. What
// comes in is bounded at its sources: each link waits until what it brought is on
// disk, and each sender until its message is.
func (l *Loop) Put(do func()) {
	l.mu.Lock()
	l.queue = append(l.queue, do)
	l.mu.Unlock()
	l.rouse()
}

// PutAside is Put for something that can wait until there is more to do, unless
// much waits already.
func (l *Loop) PutAside(do func()) {
	const most = 64
	l.mu.Lock()
	l.queue = append(l.queue, do)
	many := len(l.queue) >= most
	l.mu.Unlock()
	if many {
		l.rouse()
	}
}

func (l *Loop) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Wake returns a channel that gives a token when there is something to Take.
func (l *Loop) Wake() <-chan struct{} { return l.wake }

// Take empties the queue, for the owner to run what was in it, in order.
func (l *Loop) Take() []func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.queue
	l.queue = nil
	return queue
}

// Call puts something into the queue and waits until it was run. If it returns an
// error, that is ErrEnded or ctx's, and do may not have run.
func (l *Loop) Call(ctx context.Context, do func()) error {
	done := make(chan struct{})
	l.Put(func() {
		do()
		close(done)
	})
	select {
	case <-done:
		return nil
	case <-l.Ended():
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Go starts a goroutine. Its context ends with the loop.
func (l *Loop) Go(task func(ctx context.Context)) {
	l.tasks.Go(func() { task(l.ctx) })
}

// End says that the owner takes no more out of the queue, and ends the context of
// the tasks. It may be called again.
func (l *Loop) End() { l.stop() }

// Ended returns a channel that End closes.
func (l *Loop) Ended() <-chan struct{} { return l.ctx.Done() }

// Wait waits until all tasks are over.
func (l *Loop) Wait() { l.tasks.Wait() }
