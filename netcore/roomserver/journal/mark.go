package journal

import "sync"

// mark is the place up to which the stream in this process is known to be on
// disk. JetStream publishes a group event by event as it writes it, and syncs the
// disk after that, or fails to.
type mark struct {
	mu    sync.Mutex
	seq   uint64
	moved chan struct{} // closed when seq grows; nil while nobody waits
}

// reach moves the mark on; it never goes back.
func (m *mark) reach(seq uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq <= m.seq {
		return
	}
	m.seq = seq
	if m.moved != nil {
		close(m.moved)
		m.moved = nil
	}
}

// before returns what is closed when the mark moves on, nil if it is at seq or
// behind it.
func (m *mark) before(seq uint64) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seq >= seq {
		return nil
	}
	if m.moved == nil {
		m.moved = make(chan struct{})
	}
	return m.moved
}
