package apptest

import "sync"

// Queue stands for the UI goroutine: what others hand to it waits until the
// test, which is that goroutine, runs it.
type Queue struct {
	mu    sync.Mutex
	queue []func()
	wake  chan struct{}
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{wake: make(chan struct{}, 1)} }

// Do queues a function; any goroutine may call it.
func (q *Queue) Do(f func()) {
	q.mu.Lock()
	q.queue = append(q.queue, f)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Run runs what is queued.
func (q *Queue) Run() {
	for {
		q.mu.Lock()
		if len(q.queue) == 0 {
			q.mu.Unlock()
			return
		}
		f := q.queue[0]
		q.queue = q.queue[1:]
		q.mu.Unlock()
		f()
	}
}

// Wake returns a channel that gets a value when something was queued.
func (q *Queue) Wake() <-chan struct{} { return q.wake }
