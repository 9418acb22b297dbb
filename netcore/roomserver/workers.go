package roomserver

import "sync"

// worker does things one after the other, in the order they were given. Giving
// never waits; who gives bounds how much there can be.
type worker struct {
	mu    sync.Mutex
	queue []func()
	busy  bool
	wg    sync.WaitGroup
}

func (w *worker) do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, f)
	if !w.busy {
		w.busy = true
		w.wg.Go(w.run)
	}
}

func (w *worker) run() {
	for {
		w.mu.Lock()
		batch := w.queue
		w.queue = nil
		w.busy = len(batch) > 0
		w.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, f := range batch {
			f()
		}
	}
}
