package store

import (
	"sync"
	"sync/atomic"

	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// HighWater is the Backlog, in bytes, at which a caller should stop taking in
	// more from outside: some ten thousand short messages, a quarter of a second
	// of work.
	HighWater = 4 << 20

	// maxBatch is how many bytes of writes go into one transaction at most: it
	// bounds how long the first of them waits for the last.
	maxBatch = 1 << 20
)

// queue holds what waits for the writer.
type queue struct {
	backlog atomic.Int64 // bytes, of the batch being written too

	mu       sync.Mutex
	arrived  sync.Cond // of mu: requests or closed changed
	requests []request
	closed   bool
}

// request is one thing to be written: a Write or, if do is not nil, a small
// one.
type request struct {
	Write
	do      func(*writer) error
	size    int
	changed []chat.MessageID // see Write.Visible
}

func newQueue() *queue {
	q := &queue{}
	q.arrived.L = &q.mu
	return q
}

// put returns false if the queue is closed.
func (q *queue) put(r request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.backlog.Add(int64(r.size))
	q.requests = append(q.requests, r)
	q.arrived.Signal()
	return true
}

// take waits for requests and returns the next batch: all of them, or as many
// as make maxBatch bytes. It returns none when the queue is closed and empty.
func (q *queue) take() []request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.requests) == 0 && !q.closed {
		q.arrived.Wait()
	}
	n, size := 0, 0
	for n < len(q.requests) && (n == 0 || size+q.requests[n].size <= maxBatch) {
		size += q.requests[n].size
		n++
	}
	batch := q.requests[:n:n]
	q.requests = q.requests[n:]
	if len(q.requests) == 0 {
		q.requests = nil
	}
	return batch
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.requests) == 0
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.arrived.Signal()
}
