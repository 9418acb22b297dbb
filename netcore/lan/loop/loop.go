package lan

import "sync"

// mailbox is the queue of things for the loop to do. Putting never blocks: the
// store's writer and the loop each put into the other, and would wait for each
// other otherwise. What comes in is bounded at its sources: each link waits
// until what it brought is on disk, and each sender until its message is.
type mailbox struct {
	wake chan struct{} // holds one token while something in the queue cannot wait

	mu    sync.Mutex
	queue []func()
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

func (m *mailbox) put(do func()) {
	m.mu.Lock()
	m.queue = append(m.queue, do)
	m.mu.Unlock()
	m.rouse()
}

// putAside puts something that can wait for the next turn of the loop, unless
// much waits already.
func (m *mailbox) putAside(do func()) {
	const most = 64
	m.mu.Lock()
	m.queue = append(m.queue, do)
	many := len(m.queue) >= most
	m.mu.Unlock()
	if many {
		m.rouse()
	}
}

func (m *mailbox) rouse() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	queue := m.queue
	m.queue = nil
	return queue
}
