package lan

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/lan/outbox"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// unstored is how many bytes of entries from one link may be on their way to the
// disk before the link is read on.
const unstored = 4 << 20

// session is one link in use. The loop owns it, but for what says otherwise.
type session struct {
	link   *link.Link
	out    *outbox.Outbox
	stop   context.CancelFunc // ends with the link
	credit *credit            // shared with the reader
	// toldEarly is when the peer was last told that its entries come too early.
	toldEarly time.Time
	// introduced says that the peer's first frame has come, which has its name;
	// named is closed then.
	introduced bool
	named      chan struct{}
}

// credit bounds the bytes that one reader has handed on and that are not yet
// stored.
type credit struct {
	mu    sync.Mutex
	taken int
	wake  chan struct{} // holds one token after something was given back
}

func newCredit() *credit { return &credit{wake: make(chan struct{}, 1)} }

// take waits until there is credit; one frame always fits.
func (c *credit) take(ctx context.Context, size int) error {
	for {
		c.mu.Lock()
		if c.taken == 0 || c.taken+size <= unstored {
			c.taken += size
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wake:
		}
	}
}

func (c *credit) give(size int) {
	c.mu.Lock()
	c.taken -= size
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// allowance bounds how many membership entries of a peer's rolls are verified: as
// many as a group has at most in the time after which a roll is sent again.
type allowance struct {
	since time.Time
	taken int
}

func (a *allowance) take(now time.Time, n int) bool {
	if now.Sub(a.since) >= feed.FullInterval {
		a.since, a.taken = now, 0
	}
	a.taken += n
	return a.taken <= chat.MaxGroupChanges+2*chat.MaxChanges // what counts, the founder's part, and what is in no log
}

// read hands a link's frames to the loop until the link ends. It parses and
// verifies entries here, beside the loop, so that links share the processors.
func (n *Network) read(ctx context.Context, l *link.Link, s *session) {
	var rolls allowance
	for {
		frame, err := l.Receive()
		if err != nil {
			return
		}
		switch f := frame.(type) {
		case wire.Entries:
			size := outbox.Size(f.Raw)
			if s.credit.take(ctx, size) != nil {
				return
			}
			run, err := feed.ParseRun(f.Raw)
			if err == nil {
				run, err = feed.Authentic(run)
			}
			if err != nil {
				n.replica.Refused(l.Peer(), err)
			}
			if run, err = feed.Justified(run, f.Retractions); err != nil {
				n.replica.Refused(l.Peer(), err)
			}
			n.loop.Put(func() { n.entriesArrived(s, run, size) })
		case wire.Roll:
			if !rolls.take(time.Now(), len(f.Raw)) {
				n.replica.Refused(l.Peer(), fmt.Errorf("%w: %d membership entries at once", feed.ErrFlood, len(f.Raw)))
				continue
			}
			size := outbox.Size(f.Raw)
			if s.credit.take(ctx, size) != nil {
				return
			}
			roll, err := feed.ParseRoll(f.Raw)
			if err != nil {
				n.replica.Refused(l.Peer(), err)
			}
			n.loop.Put(func() { n.rollArrived(s, roll, size) })
		case wire.Frontiers:
			n.loop.Put(func() { n.frontiersArrived(s, f) })
		case wire.Introduction:
			n.loop.Put(func() { n.introduced(s, f) })
		case wire.Probe:
			n.loop.Put(func() { n.probeArrived(s, f) })
		case wire.Early:
			n.loop.Put(func() { n.earlyArrived(s, f) })
		}
	}
}
