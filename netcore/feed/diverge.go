package feed

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// A device whose disk went back in time, as when a virtual machine is set back,
// may write entries with numbers that others hold other entries under. (Where a
// backup of the files was restored the database notices it by itself, and begins
// a new incarnation before anything is written.) It finds out when others tell
// it what they hold of its log. Then the log belongs to what others hold: the
// device writes what it has added since its start again under a new incarnation,
// with the same message IDs, drops it here, and takes from the others what it
// lost.

// maxDivergences is how often a claim of others is believed in one run of the
// program: lies must not make an author begin ever new logs.
const maxDivergences = 8

// contradicted takes what somebody holds of an own log: up to an entry with a
// mark, which is zero if it is not known. What was written before the start is
// taken for the same.
func (f *Feed) contradicted(l *log, highest uint64, head wire.Mark) (effects []Effect, contradicts bool) {
	o := l.own
	if o.diverged {
		return nil, true
	}
	if l.id.Incarnation != f.incarnation || f.divergences >= maxDivergences {
		return nil, false
	}
	switch {
	case highest > l.accepted:
		o.claimed = max(o.claimed, highest)
		if l.accepted == o.base {
			return nil, false // nothing stands in the way of taking them
		}
	case highest <= o.base || head == (wire.Mark{}) || l.markOf(highest) == head:
		return nil, false
	}
	f.divergences++
	o.diverged = true
	return f.askReread(l), true
}

// markOf returns the mark of an own entry that was taken since the start.
func (l *log) markOf(sequence uint64) wire.Mark {
	if at := sequence - l.own.base - 1; at < uint64(len(l.own.marks)) {
		return l.own.marks[at]
	}
	return wire.Mark{}
}

// markAt returns the mark of the entry with the given number, or of the last
// one before it, in a run; zero if all are after it.
func markAt(run []wire.SignedEntry, sequence uint64) wire.Mark {
	var mark wire.Mark
	for _, e := range run {
		if e.Sequence <= sequence {
			mark = e.Hash.Mark()
		}
	}
	return mark
}

// askReread asks for what is to be written again, once nothing of it is still on
// its way to the disk.
func (f *Feed) askReread(l *log) []Effect {
	if l.own == nil || !l.own.diverged || l.own.asked || l.accepted != l.stored {
		return nil
	}
	l.own.asked = true
	return []Effect{Diverged{Log: l.id, From: l.own.base + 1}}
}

// reread writes own entries again under a new incarnation, in place of those in
// the log that diverged.
func (f *Feed) reread(now time.Time, id wire.LogID, entries []wire.SignedEntry) []Effect {
	c := f.conversations[id.Conversation]
	if c == nil || c.logs[id] == nil || c.logs[id].own == nil || !c.logs[id].own.asked {
		return nil
	}
	l := c.logs[id]
	commit := Commit{Drop: id, DropFrom: l.own.base + 1}
	for _, e := range entries {
		if e.Erased() || e.Kind == wire.KindGenesis {
			continue // nothing is left of it; or nobody can know the group yet
		}
		one, err := f.write(now, c, Draft{Kind: e.Kind, About: e.About, Mentions: e.Mentions, Body: e.Body, ID: e.ID, Wall: e.Wall})
		if err != nil {
			continue // it was an entry before; the random source failed
		}
		commit.Run = append(commit.Run, one.Run...)
		commit.Incarnation = max(commit.Incarnation, one.Incarnation)
	}
	l.accepted, l.acceptedHash = l.own.base, l.own.baseHash
	l.stored, l.storedHash = l.own.base, l.own.baseHash
	l.own.marks, l.own.diverged, l.own.asked = nil, false, false
	for peer, told := range l.own.told {
		l.own.told[peer] = receipt{min(told.has, l.stored), min(told.read, l.stored)}
	}
	effects := []Effect{commit}
	for peer := range f.sessions {
		if f.shared[peer][c.id] != nil {
			effects = append(effects, f.fullFrontiers(peer))
		}
	}
	return effects
}
