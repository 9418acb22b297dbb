package feed

import (
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// A device whose clock was days ahead has written entries whose time nobody takes,
// and every later one bears a later time, also when the clock is right again. It
// cannot tell by itself: when its clock is behind, the times of a conversation are
// ahead of it as well. But when somebody with about the same clock does not take
// them either, it was the own clock that was ahead. Then what nobody has is written
// again with the time of now, as after a divergence: under a new incarnation, with
// the same message IDs.

// early takes the word of a peer, whose clock is about the own one, that it does not
// take entries before their time. What that says of the own clock holds for all
// conversations.
func (f *Feed) early(now time.Time) (effects []Effect) {
	limit, begun := f.limit(now), false
	for _, c := range f.conversations {
		if c.clock <= limit {
			continue
		}
		// In the log of now a time of now would be below the one before.
		if !begun && f.newIncarnation() != nil {
			return nil // the random source failed; the peer will say it again
		}
		begun = true
		c.clock = wire.HybridAt(now)
		for _, l := range c.list {
			if l.own == nil || l.own.diverged {
				continue
			}
			nobody := uint64(1) // the first entry that nobody has
			for _, told := range l.own.told {
				nobody = max(nobody, told.has+1)
			}
			if nobody <= l.accepted.Highest {
				l.own.diverged, l.own.early = true, nobody
				effects = append(effects, f.askReread(l)...)
			}
		}
	}
	return effects
}

// rebase lets a log end before the first of some entries that is early, and returns
// those that are to be written again. Nothing can take the place of a genesis.
func (f *Feed) rebase(now time.Time, l *log, entries []wire.SignedEntry) []wire.SignedEntry {
	limit := f.limit(now)
	first := slices.IndexFunc(entries, func(e wire.SignedEntry) bool { return e.Time > limit })
	l.own.early = 0
	if first < 0 || entries[0].Kind == wire.KindGenesis {
		l.own.diverged, l.own.asked = false, false
		return nil
	}
	entries = slices.Clone(entries[first:])
	l.own.base = held{wire.Range{Lowest: l.stored.Lowest, Highest: entries[0].Sequence - 1}, entries[0].Previous}
	l.own.marks = nil
	// The distances remain: the lobby bears so many in a while.
	next := now
	var off time.Duration
	for i, e := range slices.Backward(entries) {
		if wire.HybridAt(e.Wall) <= limit {
			next = e.Wall
			continue
		}
		if off == 0 {
			off = e.Wall.Sub(next)
		}
		entries[i].Wall = e.Wall.Add(-off)
	}
	return entries
}
