package lan

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// states knows how far own messages have come to each peer, beyond what the
// store knows, and says when that changes. A message is sent while a link that
// took it is up, and delivered for ever.
//
// The loop and the links' outboxes report. Changes come out in the order of the
// reports; those of messages long ago by way of a goroutine, which looks up
// their IDs.
type states struct {
	store *store.Store
	emit  func(chat.Event)
	log   *slog.Logger
	wake  chan struct{}

	mu       sync.Mutex
	progress map[wire.LogID]map[identity.DeviceID]*progress
	written  map[wire.LogID]*written
	queue    []stateChange
	busy     bool // run has taken changes and not yet emitted them
}

// delivery is one own log on its way to one peer.
type delivery struct {
	log  wire.LogID
	peer identity.DeviceID
}

type progress struct{ sent, delivered, read uint64 }

// written is the IDs of the latest entries of an own log, so that a receipt that
// comes soon needs no look at the disk.
type written struct {
	first uint64 // sequence of ids[0]
	ids   []chat.MessageID
}

// maxWritten is how many IDs are remembered for each log.
const maxWritten = 4096

type stateChange struct {
	delivery
	from, to uint64
	state    chat.State
}

func newStates(s *store.Store, emit func(chat.Event), log *slog.Logger) *states {
	return &states{store: s, emit: emit, log: log, wake: make(chan struct{}, 1), progress: make(map[wire.LogID]map[identity.DeviceID]*progress), written: make(map[wire.LogID]*written)}
}

func (s *states) of(d delivery) *progress {
	peers := s.progress[d.log]
	if peers == nil {
		peers = make(map[identity.DeviceID]*progress)
		s.progress[d.log] = peers
	}
	p := peers[d.peer]
	if p == nil {
		p = &progress{}
		peers[d.peer] = p
	}
	return p
}

// load restores what the peer acknowledged and read before the start.
func (s *states) load(d delivery, delivered, read uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.of(d)
	p.delivered, p.read = delivered, read
}

// wrote remembers the ID of an own entry, zero if it is no message.
func (s *states) wrote(log wire.LogID, sequence uint64, id chat.MessageID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.written[log]
	if w == nil || sequence > w.first+uint64(len(w.ids)) || sequence < w.first {
		w = &written{first: sequence}
		s.written[log] = w
	}
	w.ids = append(w.ids[:sequence-w.first], id) // a number whose entry failed is used again
	if len(w.ids) > 2*maxWritten {
		w.first += maxWritten
		w.ids = append([]chat.MessageID(nil), w.ids[maxWritten:]...)
	}
}

// remembered returns the IDs of a change's entries if they are at hand. The
// caller holds mu.
func (s *states) remembered(c stateChange) ([]chat.MessageID, bool) {
	w := s.written[c.log]
	if w == nil || c.from < w.first || c.to >= w.first+uint64(len(w.ids)) {
		return nil, false
	}
	ids := slices.Clone(w.ids[c.from-w.first : c.to-w.first+1])
	return slices.DeleteFunc(ids, func(id chat.MessageID) bool { return id == chat.MessageID{} }), true
}

// sent reports that a link to the peer took some entries.
func (s *states) sent(d delivery, from, to uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.of(d)
	from = max(from, p.sent+1, p.delivered+1)
	if to < from {
		return
	}
	p.sent = to
	s.change(stateChange{d, from, to, chat.Sent})
}

// delivered reports that the peer has entries up to one on its disk.
func (s *states) delivered(d delivery, from, to uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.of(d)
	from = max(from, p.delivered+1)
	if to < from {
		return
	}
	p.delivered = to
	s.change(stateChange{d, from, to, chat.Delivered})
}

// read reports that the peer's user has seen entries up to one.
func (s *states) read(d delivery, from, to uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.of(d)
	from = max(from, p.read+1)
	if to < from {
		return
	}
	p.read = to
	s.change(stateChange{d, from, to, chat.Read})
}

// lost reports that the link to the peer is gone: what it took and the peer did
// not acknowledge waits again.
func (s *states) lost(peer identity.DeviceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for log, peers := range s.progress {
		p := peers[peer]
		if p == nil {
			continue
		}
		if p.sent > p.delivered {
			s.change(stateChange{delivery{log, peer}, p.delivered + 1, p.sent, chat.Queued})
		}
		p.sent = p.delivered
	}
}

// reached returns how far an own entry has come towards each peer, but for those
// it is only queued for.
func (s *states) reached(log wire.LogID, sequence uint64) map[identity.DeviceID]chat.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	far := make(map[identity.DeviceID]chat.State)
	for peer, p := range s.progress[log] {
		switch {
		case sequence <= p.read:
			far[peer] = chat.Read
		case sequence <= p.delivered:
			far[peer] = chat.Delivered
		case sequence <= p.sent:
			far[peer] = chat.Sent
		}
	}
	return far
}

// change emits a change, or leaves it to run if that needs the disk or if other
// changes wait for it. The caller holds mu, which keeps the order; emit does not
// wait for anybody.
func (s *states) change(c stateChange) {
	if ids, ok := s.remembered(c); ok && len(s.queue) == 0 && !s.busy {
		if len(ids) > 0 {
			s.emit(c.event(ids))
		}
		return
	}
	s.queue = append(s.queue, c)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (c stateChange) event(ids []chat.MessageID) chat.Event {
	return chat.StateChanged{Conversation: c.log.Conversation, Messages: ids, Peer: c.peer, State: c.state}
}

// run emits until ctx ends.
func (s *states) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		for {
			s.mu.Lock()
			queue := s.queue
			s.queue, s.busy = nil, len(s.queue) > 0
			s.mu.Unlock()
			if len(queue) == 0 {
				break
			}
			for _, c := range queue {
				s.show(ctx, c)
			}
		}
	}
}

// show emits a change whose IDs may have to be read from disk.
func (s *states) show(ctx context.Context, c stateChange) {
	s.mu.Lock()
	ids, ok := s.remembered(c)
	s.mu.Unlock()
	if !ok {
		var err error
		if ids, err = s.store.MessageIDs(ctx, c.log, c.from, c.to); err != nil {
			if ctx.Err() == nil {
				s.log.Warn("states not shown", "error", err)
			}
			return
		}
	}
	if len(ids) > 0 {
		s.emit(c.event(ids))
	}
}
