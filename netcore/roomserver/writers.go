package roomserver

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A message for a crowd is a write for each of its members. With a goroutine for
// each, starting them takes as long as half of the writing; so a few writers go
// through the connections, and what the system does not take at once is left to a
// goroutine.

// share is how many connections a writer is given at a time.
const share = 32

// writers write to connections without waiting for any of them.
type writers struct {
	work chan []*conn
	left atomic.Int64  // shares that are not written
	free chan struct{} // holds one when all are
	wg   sync.WaitGroup
}

func (w *writers) start() {
	w.free = make(chan struct{}, 1)
	n := runtime.GOMAXPROCS(0)
	w.work = make(chan []*conn, DefaultClients/share)
	for range n {
		w.wg.Go(func() {
			a := attempt{buffer: make([]byte, 0, writeSize)}
			a.init()
			for conns := range w.work {
				for _, c := range conns {
					a.serve(c)
				}
				if w.left.Add(-1) == 0 {
					select {
					case w.free <- struct{}{}:
					default:
					}
				}
			}
		})
	}
}

// stop waits for what is under way.
func (w *writers) stop() {
	close(w.work)
	w.wg.Wait()
}

// busy says whether there is something left to write; after that free has a word.
func (w *writers) busy() bool { return w.left.Load() > 0 }

// flush has what is queued for connections written. The loop calls it; the slice
// is the writers' then.
func (w *writers) flush(all []*conn) {
	ready := all[:0]
	for _, c := range all {
		c.dirty = false
		c.mu.Lock()
		switch {
		case c.writing || c.queue == nil:
		case c.raw == nil:
			c.startWriting()
		default:
			c.writing = true
			ready = append(ready, c)
		}
		c.mu.Unlock()
	}
	w.left.Add(int64(len(ready)+share-1) / share)
	for len(ready) > 0 {
		n := min(share, len(ready))
		w.work <- ready[:n:n]
		ready = ready[n:]
	}
}

// serve writes what is queued for a connection.
func (a *attempt) serve(c *conn) {
	for queue := c.next(); queue != nil; queue = c.next() {
		for all := queue.all; len(all) > 0; {
			data, count := join(a.buffer[:0], all)
			all = all[count:]
			n, err := a.write(c.raw, data)
			c.wrote(count, n, err)
			if err != nil {
				break
			}
			if n < len(data) {
				left := append([]byte(nil), data[n:]...)
				queue.all = append(queue.all[:0], all...)
				go c.write(left, queue)
				return
			}
		}
		queue.done()
	}
}
