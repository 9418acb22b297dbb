package lan

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	// entriesFrame is about how many bytes of entries go into one frame: few
	// enough that receipts and probes behind it do not wait long.
	entriesFrame = 128 << 10
	// rawKept is how many bytes of entries an outbox keeps for a slow link; what
	// is beyond is read from disk again.
	rawKept = 1 << 20
)

// sender is the part of a link that an outbox needs.
type sender interface {
	// Send queues frames without blocking, or returns link.ErrFull.
	Send(frames ...wire.Frame) error
}

// entryReader is the part of the store that an outbox needs.
type entryReader interface {
	Entries(ctx context.Context, log wire.LogID, from uint64, maxBytes int) (raw, retractions [][]byte, err error)
}

// outbox is what waits to go out on one link. What the link takes at once goes
// out on the caller's goroutine; what it does not, or what has to be read from
// disk, waits for a goroutine that lives while there is a backlog. Entries wait
// as ranges of logs, so that a backlog of any length takes no memory.
type outbox struct {
	ctx    context.Context // ends with the link
	to     sender
	disk   entryReader
	handed func(log wire.LogID, from, to uint64) // told what the link took
	failed func(error)                           // told why a backlog cannot be sent
	ready  chan struct{}                         // holds one token after the link had no room and has again
	feeder sync.WaitGroup

	mu     sync.Mutex
	active bool // there is a goroutine
	frames []wire.Frame
	ranges []feed.SendEntries // at most one for each log
	raw    int                // bytes held in ranges
}

func newOutbox(ctx context.Context, to sender, disk entryReader, handed func(wire.LogID, uint64, uint64), failed func(error)) *outbox {
	return &outbox{ctx: ctx, to: to, disk: disk, handed: handed, failed: failed, ready: make(chan struct{}, 1)}
}

// room says that the link has room again.
func (o *outbox) room() {
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// putFrame sends a frame now, or queues it.
func (o *outbox) putFrame(f wire.Frame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.active && !errors.Is(o.to.Send(f), link.ErrFull) {
		return // sent; or the link has ended, and the next one begins anew
	}
	o.frames = append(o.frames, f)
	o.feed()
}

// putEntries sends a range now if its bytes are at hand and the link takes
// them, or queues it behind what waits of the same log.
func (o *outbox) putEntries(s feed.SendEntries) {
	size := rawSize(s.Raw)
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.active && s.Raw != nil && size <= entriesFrame {
		err := o.to.Send(wire.Entries{Raw: s.Raw})
		if err == nil {
			o.handed(s.Log, s.From, s.To)
		}
		if !errors.Is(err, link.ErrFull) {
			return
		}
	}
	o.queue(s)
	o.feed()
}

// queue adds a range to what waits of its log.
func (o *outbox) queue(s feed.SendEntries) {
	size := rawSize(s.Raw)
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
		o.raw -= rawSize(r.Raw)
		if second.From == first.To+1 && first.Raw != nil && second.Raw != nil {
			merged.Raw = append(first.Raw, second.Raw...)
			o.raw += rawSize(merged.Raw)
		}
		*r = merged
		return
	}
	o.ranges = append(o.ranges, s)
	o.raw += size
}

func rawSize(raw [][]byte) int {
	size := 0
	for _, r := range raw {
		size += len(r)
	}
	return size
}

// feed starts the goroutine if there is none.
func (o *outbox) feed() {
	if !o.active {
		o.active = true
		o.feeder.Go(o.run)
	}
}

// run sends the backlog until nothing is left or the link ends.
func (o *outbox) run() {
	for o.ctx.Err() == nil {
		frames, entries, more := o.take()
		if !more {
			return
		}
		if entries != nil {
			raw, retractions, err := nextRaw(o.ctx, o.disk, entries)
			if err != nil {
				if o.ctx.Err() == nil {
					o.failed(err)
				}
				return
			}
			if len(raw) == 0 {
				continue // dropped by retention meanwhile
			}
			frames = append(frames, wire.Entries{Raw: raw, Retractions: retractions})
			if last := entries.From + uint64(len(raw)) - 1; last < entries.To {
				rest := *entries
				rest.From, rest.Raw = last+1, nil
				if entries.Raw != nil {
					rest.Raw = entries.Raw[len(raw):]
				}
				o.mu.Lock()
				o.queue(rest)
				o.mu.Unlock()
				entries.To = last
			}
		}
		for errors.Is(o.to.Send(frames...), link.ErrFull) {
			select {
			case <-o.ctx.Done():
				return
			case <-o.ready:
			}
		}
		if entries != nil {
			o.handed(entries.Log, entries.From, entries.To)
		}
	}
}

// take returns the waiting frames and the first range, which it removes; if
// there is neither, the goroutine is over.
func (o *outbox) take() (frames []wire.Frame, entries *feed.SendEntries, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames, o.frames = o.frames, nil
	if len(o.ranges) > 0 {
		first := o.ranges[0]
		o.ranges = o.ranges[1:]
		o.raw -= rawSize(first.Raw)
		entries = &first
	}
	o.active = len(frames) > 0 || entries != nil
	return frames, entries, o.active
}

// skip forgets what waits of a log up to a number: the peer has it meanwhile.
func (o *outbox) skip(log wire.LogID, upTo uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.ranges {
		r := &o.ranges[i]
		if r.Log != log || upTo < r.From || upTo >= r.To {
			continue // the last entry is sent all the same: it costs little, and a range is never empty
		}
		o.raw -= rawSize(r.Raw)
		if r.Raw != nil {
			r.Raw = r.Raw[upTo+1-r.From:]
		}
		r.From = upTo + 1
		o.raw += rawSize(r.Raw)
	}
}

// nextRaw returns the bytes of the first entries of a range, as many as go into
// a frame and at least one, and the retractions for which some lack their
// bodies.
func nextRaw(ctx context.Context, disk entryReader, s *feed.SendEntries) (raw, retractions [][]byte, err error) {
	raw = s.Raw
	if raw == nil {
		raw, retractions, err = disk.Entries(ctx, s.Log, s.From, entriesFrame)
		if err != nil {
			return nil, nil, fmt.Errorf("read entries to send: %w", err)
		}
		if len(raw) == 0 && s.Log.Conversation == chat.LobbyID {
			return nil, nil, nil
		}
		if len(raw) == 0 {
			return nil, nil, fmt.Errorf("entry %d of %s is not on disk", s.From, s.Log.Author.Short())
		}
		if most := s.To - s.From + 1; uint64(len(raw)) > most {
			raw = raw[:most]
			if len(retractions) > 0 { // some may belong to what is left out
				if raw, retractions, err = disk.Entries(ctx, s.Log, s.From, rawSize(raw)); err != nil {
					return nil, nil, fmt.Errorf("read entries to send: %w", err)
				}
			}
		}
	}
	return raw[:frameful(raw)], retractions, nil
}

// frameful returns how many of some entries go into one frame.
func frameful(raw [][]byte) int {
	size := 0
	for i, r := range raw {
		if size += len(r); size > entriesFrame && i > 0 {
			return i
		}
	}
	return len(raw)
}
