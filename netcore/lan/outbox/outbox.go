// Package outbox holds what waits to go out on one link.
//
// What the link takes at once goes out on the caller's goroutine; what it does
// not, or what has to be read from disk, waits for a goroutine that lives while
// there is a backlog. Entries wait as ranges of logs, so that a backlog of any
// length takes no memory. Each log goes out whole and in order; frames go before
// the entries that wait. Nothing here says that what went out arrived.
package outbox

import (
	"context"
	"errors"
	"sync"

	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// rawKept is how many bytes of entries an Outbox keeps for a slow link; what
// is beyond is read from disk again.
const rawKept = 1 << 20

// Link is the part of a link that an Outbox needs.
type Link interface {
	// Send queues frames without blocking, or returns link.ErrFull.
	Send(frames ...wire.Frame) error
}

// Disk is the part of the store that an Outbox needs.
type Disk interface {
	Entries(ctx context.Context, log wire.LogID, from uint64, maxBytes int) (raw, retractions [][]byte, err error)
}

// Config says where to send and whom to tell of it. All of it is needed. The
// functions are called on whatever goroutine sends; Handed must neither wait nor
// call the Outbox.
type Config struct {
	Link   Link
	Disk   Disk
	Handed func(log wire.LogID, from, to uint64) // told what the link took
	Failed func(error) (others bool)             // told why some entries cannot be sent; says whether others can
}

// Outbox is what waits to go out on one link. Its methods may be called from any
// goroutine.
type Outbox struct {
	cfg    Config
	ctx    context.Context // ends with the link
	ready  chan struct{}   // holds one token after the link had no room and has again
	feeder sync.WaitGroup

	mu     sync.Mutex
	active bool // there is a goroutine
	frames []wire.Frame
	ranges []feed.SendEntries // at most one for each log
	raw    int                // bytes held in ranges
}

// New returns an empty Outbox that sends until ctx ends.
func New(ctx context.Context, cfg Config) *Outbox {
	return &Outbox{cfg: cfg, ctx: ctx, ready: make(chan struct{}, 1)}
}

// Wait waits until the goroutine is over, if there is one: when nothing is left or
// ctx has ended.
func (o *Outbox) Wait() { o.feeder.Wait() }

// Ready says that the link has room again.
func (o *Outbox) Ready() {
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// Put sends a frame now, or queues it.
func (o *Outbox) Put(f wire.Frame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.active && !errors.Is(o.cfg.Link.Send(f), link.ErrFull) {
		return // sent; or the link has ended, and the next one begins anew
	}
	o.frames = append(o.frames, f)
	o.feed()
}

// PutEntries sends a range now if its bytes are at hand and the link takes
// them, or queues it behind what waits of the same log.
func (o *Outbox) PutEntries(s feed.SendEntries) {
	size := Size(s.Raw)
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.active && s.Raw != nil && size <= entriesFrame {
		err := o.cfg.Link.Send(wire.Entries{Raw: s.Raw})
		if err == nil {
			o.cfg.Handed(s.Log, s.From, s.To)
		}
		if !errors.Is(err, link.ErrFull) {
			return
		}
	}
	o.queue(s)
	o.feed()
}

// queue adds a range to what waits of its log.
func (o *Outbox) queue(s feed.SendEntries) {
	size := Size(s.Raw)
	if o.raw+size > rawKept {
		s.Raw, size = nil, 0
	}
	for i := range o.ranges {
		r := &o.ranges[i]
		if r.Log != s.Log {
			continue
		}
		first, second := r, &s
		if s.From < r.From {
			first, second = &s, r
		}
		merged := feed.SendEntries{Peer: s.Peer, Log: s.Log, From: first.From, To: max(r.To, s.To)}
		o.raw -= Size(r.Raw)
		if second.From == first.To+1 && first.Raw != nil && second.Raw != nil {
			merged.Raw = append(first.Raw, second.Raw...)
			o.raw += Size(merged.Raw)
		}
		*r = merged
		return
	}
	o.ranges = append(o.ranges, s)
	o.raw += size
}

// feed starts the goroutine if there is none.
func (o *Outbox) feed() {
	if !o.active {
		o.active = true
		o.feeder.Go(o.run)
	}
}

// run sends the backlog until nothing is left or the link ends.
func (o *Outbox) run() {
	for o.ctx.Err() == nil {
		frames, entries, more := o.take()
		if !more {
			return
		}
		if entries != nil {
			raw, retractions, err := nextRaw(o.ctx, o.cfg.Disk, entries)
			if err != nil && (o.ctx.Err() != nil || !o.cfg.Failed(err)) {
				return
			}
			if len(raw) == 0 {
				entries = nil // dropped by retention meanwhile, or not to be read
			} else {
				frames = append(frames, wire.Entries{Raw: raw, Retractions: retractions})
				o.putBack(entries, len(raw))
			}
		}
		if len(frames) == 0 {
			continue
		}
		for errors.Is(o.cfg.Link.Send(frames...), link.ErrFull) {
			select {
			case <-o.ctx.Done():
				return
			case <-o.ready:
			}
		}
		if entries != nil {
			o.cfg.Handed(entries.Log, entries.From, entries.To)
		}
	}
}

// putBack lets what is left of a range wait again when its first entries go out.
func (o *Outbox) putBack(entries *feed.SendEntries, out int) {
	last := entries.From + uint64(out) - 1
	if last >= entries.To {
		return
	}
	rest := *entries
	rest.From, rest.Raw = last+1, nil
	if entries.Raw != nil {
		rest.Raw = entries.Raw[out:]
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue(rest)
	entries.To = last
}

// take returns the waiting frames and the first range, which it removes; if
// there is neither, the goroutine is over.
func (o *Outbox) take() (frames []wire.Frame, entries *feed.SendEntries, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames, o.frames = o.frames, nil
	if len(o.ranges) > 0 {
		first := o.ranges[0]
		o.ranges = o.ranges[1:]
		o.raw -= Size(first.Raw)
		entries = &first
	}
	o.active = len(frames) > 0 || entries != nil
	return frames, entries, o.active
}

// Skip forgets what waits of a log up to a number: the peer has it meanwhile.
func (o *Outbox) Skip(log wire.LogID, upTo uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.ranges {
		r := &o.ranges[i]
		if r.Log != log || upTo < r.From || upTo >= r.To {
			continue // the last entry is sent all the same: it costs little, and a range is never empty
		}
		o.raw -= Size(r.Raw)
		if r.Raw != nil {
			r.Raw = r.Raw[upTo+1-r.From:]
		}
		r.From = upTo + 1
		o.raw += Size(r.Raw)
	}
}
