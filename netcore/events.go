package netcore

import (
	"sync"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// maxBacklog is how many events wait for one subscriber: some seconds of the
// heaviest traffic. A subscriber that falls further behind gets chat.Lagged.
const maxBacklog = 16_384

// maxEarly is how many events are kept for the first subscriber: what neighbours
// who were waiting can send while a program gets ready.
const maxEarly = 1024

// Subscription is one reader's view of what happens, from the moment it was
// made.
type Subscription struct {
	hub    *hub
	events chan chat.Event
	done   chan struct{}
	close  sync.Once

	mu      sync.Mutex
	backlog []chat.Event
	lagged  bool
	wake    chan struct{} // holds one token while backlog is not empty
}

// Events returns the channel of events; it is closed by Close and when the
// Node closes.
func (s *Subscription) Events() <-chan chat.Event { return s.events }

// Close ends the subscription. It is idempotent.
func (s *Subscription) Close() {
	s.close.Do(func() {
		s.hub.remove(s)
		close(s.done)
	})
}

// put queues an event and never blocks.
func (s *Subscription) put(e chat.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.backlog) >= maxBacklog {
		s.backlog, s.lagged = nil, true
	}
	if s.lagged && len(s.backlog) == 0 {
		e = chat.Lagged{}
		s.lagged = false
	}
	s.backlog = append(s.backlog, e)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Subscription) run() {
	defer close(s.events)
	for {
		select {
		case <-s.done:
			return
		case <-s.wake:
		}
		s.mu.Lock()
		batch := s.backlog
		s.backlog = nil
		s.mu.Unlock()
		for _, e := range batch {
			select {
			case s.events <- e:
			case <-s.done:
				return
			}
		}
	}
}

// hub hands each event to every subscriber. The first one also gets what
// happened before it came: messages may arrive sooner than anybody can ask for
// them.
type hub struct {
	mu     sync.Mutex
	subs   map[*Subscription]bool
	early  []chat.Event // until the first subscriber comes
	begun  bool         // it came
	closed bool
	wg     sync.WaitGroup
}

func newHub() *hub { return &hub{subs: make(map[*Subscription]bool)} }

func (h *hub) subscribe() *Subscription {
	s := &Subscription{
		hub:    h,
		events: make(chan chat.Event, 64),
		done:   make(chan struct{}),
		wake:   make(chan struct{}, 1),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(s.events)
		s.close.Do(func() {})
		return s
	}
	for _, e := range h.early {
		s.put(e)
	}
	h.early, h.begun = nil, true
	h.subs[s] = true
	h.wg.Go(s.run)
	return s
}

func (h *hub) remove(s *Subscription) {
	h.mu.Lock()
	delete(h.subs, s)
	h.mu.Unlock()
}

func (h *hub) emit(e chat.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.begun {
		if len(h.early) >= maxEarly {
			h.early = []chat.Event{chat.Lagged{}}
		}
		h.early = append(h.early, e)
	}
	for s := range h.subs {
		s.put(e)
	}
}

// shut ends all subscriptions and waits for them. It is idempotent.
func (h *hub) shut() {
	h.mu.Lock()
	h.closed = true
	subs := make([]*Subscription, 0, len(h.subs))
	for s := range h.subs {
		subs = append(subs, s)
	}
	h.mu.Unlock()
	for _, s := range subs {
		s.Close()
	}
	h.wg.Wait()
}
