// Package delivery knows how far own messages have come to each peer, beyond what
// the store knows, and says when that changes.
//
// A message is sent while a link that took it is up, delivered for ever, and read
// after that; one that is edited or taken back sets out anew. Changes come out in the order in which they were reported; those of
// messages long ago by way of a goroutine, which looks up their IDs. What a peer
// acknowledged is kept by others: Load brings it back.
package delivery

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

// Tracker is the progress of all own logs towards all peers. Its methods may be
// called from any goroutine.
type Tracker struct {
	store *store.Store
	emit  func(chat.Event)
	log   *slog.Logger
	wake  chan struct{}

	mu       sync.Mutex
	progress map[wire.LogID]map[identity.DeviceID]*progress
	written  map[wire.LogID]*written
	queue    []stateChange
	busy     bool // Run has taken changes and not yet emitted them
}

// To is one own log on its way to one peer.
type To struct {
	Log  wire.LogID
	Peer identity.DeviceID
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
	To
	first, last uint64
	state       chat.State
}

// New returns a Tracker that nothing was reported to. It emits chat.StateChanged,
// on whatever goroutine reports or in Run; emit must not wait for anybody.
func New(s *store.Store, emit func(chat.Event), log *slog.Logger) *Tracker {
	return &Tracker{
		store: s, emit: emit, log: log, wake: make(chan struct{}, 1),
		progress: make(map[wire.LogID]map[identity.DeviceID]*progress),
		written:  make(map[wire.LogID]*written),
	}
}

func (t *Tracker) of(to To) *progress {
	peers := t.progress[to.Log]
	if peers == nil {
		peers = make(map[identity.DeviceID]*progress)
		t.progress[to.Log] = peers
	}
	p := peers[to.Peer]
	if p == nil {
		p = &progress{}
		peers[to.Peer] = p
	}
	return p
}

// Load restores what the peer acknowledged and read before the start.
func (t *Tracker) Load(to To, delivered, read uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.of(to)
	p.delivered, p.read = delivered, read
}

// Amended remembers an own entry that says what a message is from now on: the
// message is as far as this entry, no longer as another one.
func (t *Tracker) Amended(log wire.LogID, sequence uint64, id chat.MessageID) {
	t.mu.Lock()
	for other, w := range t.written {
		if other.Conversation != log.Conversation {
			continue
		}
		if i := slices.Index(w.ids, id); i >= 0 {
			w.ids[i] = chat.MessageID{}
		}
	}
	t.mu.Unlock()
	t.Wrote(log, sequence, id)
}

// Wrote remembers the ID of an own entry, zero if it says of no message what it is.
func (t *Tracker) Wrote(log wire.LogID, sequence uint64, id chat.MessageID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.written[log]
	if w == nil || sequence > w.first+uint64(len(w.ids)) || sequence < w.first {
		w = &written{first: sequence}
		t.written[log] = w
	}
	w.ids = append(w.ids[:sequence-w.first], id) // a number whose entry failed is used again
	if len(w.ids) > 2*maxWritten {
		w.first += maxWritten
		w.ids = append([]chat.MessageID(nil), w.ids[maxWritten:]...)
	}
}

// remembered returns the IDs of a change's entries if they are at hand. The
// caller holds mu.
func (t *Tracker) remembered(c stateChange) ([]chat.MessageID, bool) {
	w := t.written[c.Log]
	if w == nil || c.first < w.first || c.last >= w.first+uint64(len(w.ids)) {
		return nil, false
	}
	ids := slices.Clone(w.ids[c.first-w.first : c.last-w.first+1])
	return slices.DeleteFunc(ids, func(id chat.MessageID) bool { return id == chat.MessageID{} }), true
}

// Sent reports that a link to the peer took some entries.
func (t *Tracker) Sent(to To, first, last uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.of(to)
	t.advance(to, &p.sent, max(first, p.delivered+1), last, chat.Sent)
}

// Delivered reports that the peer has entries up to one on its disk.
func (t *Tracker) Delivered(to To, first, last uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.advance(to, &t.of(to).delivered, first, last, chat.Delivered)
}

// Read reports that the peer's user has seen entries up to one.
func (t *Tracker) Read(to To, first, last uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.advance(to, &t.of(to).read, first, last, chat.Read)
}

// advance notes that entries first to last came as far as state, of which highest
// is the last so far. The caller holds mu.
func (t *Tracker) advance(to To, highest *uint64, first, last uint64, state chat.State) {
	first = max(first, *highest+1)
	if last < first {
		return
	}
	*highest = last
	t.change(stateChange{to, first, last, state})
}

// Lost reports that the link to the peer is gone: what it took and the peer did
// not acknowledge waits again.
func (t *Tracker) Lost(peer identity.DeviceID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for log, peers := range t.progress {
		p := peers[peer]
		if p == nil {
			continue
		}
		if p.sent > p.delivered {
			t.change(stateChange{To{log, peer}, p.delivered + 1, p.sent, chat.Queued})
		}
		p.sent = p.delivered
	}
}

// Reached returns how far an own entry has come towards each peer, but for those
// it is only queued for.
func (t *Tracker) Reached(log wire.LogID, sequence uint64) map[identity.DeviceID]chat.State {
	t.mu.Lock()
	defer t.mu.Unlock()
	far := make(map[identity.DeviceID]chat.State)
	for peer, p := range t.progress[log] {
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

// change emits a change, or leaves it to Run if that needs the disk or if other
// changes wait for it. The caller holds mu, which keeps the order; emit does not
// wait for anybody.
func (t *Tracker) change(c stateChange) {
	if ids, ok := t.remembered(c); ok && len(t.queue) == 0 && !t.busy {
		if len(ids) > 0 {
			t.emit(c.event(ids))
		}
		return
	}
	t.queue = append(t.queue, c)
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (c stateChange) event(ids []chat.MessageID) chat.Event {
	return chat.StateChanged{Conversation: c.Log.Conversation, Messages: ids, Peer: c.Peer, State: c.state}
}

// Run emits until ctx ends.
func (t *Tracker) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		}
		for {
			t.mu.Lock()
			queue := t.queue
			t.queue, t.busy = nil, len(t.queue) > 0
			t.mu.Unlock()
			if len(queue) == 0 {
				break
			}
			for _, c := range queue {
				t.show(ctx, c)
			}
		}
	}
}

// show emits a change whose IDs may have to be read from disk.
func (t *Tracker) show(ctx context.Context, c stateChange) {
	t.mu.Lock()
	ids, ok := t.remembered(c)
	t.mu.Unlock()
	if !ok {
		var err error
		if ids, err = t.store.MessageIDs(ctx, c.Log, c.first, c.last); err != nil {
			if ctx.Err() == nil {
				t.log.Warn("states not shown", "error", err)
			}
			return
		}
	}
	if len(ids) > 0 {
		t.emit(c.event(ids))
	}
}
