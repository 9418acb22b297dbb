package feed

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// A device whose disk went back in time, as when a virtual machine is set back,
// may write entries with numbers that others hold other entries under. (Where a
// backup of the files was restored the database notices it by itself, and begins
// a new incarnation before anything is written.) It finds out when others tell
// it what they hold of its log, or send it. Then the log belongs to what others
// hold: the device writes what it has added since its start again under a new
// incarnation, with the same message IDs, drops it here, and takes from the
// others what it lost.

// maxDivergences is how often a claim of others is believed in one run of the
// program: lies must not make an author begin ever new logs.
const maxDivergences = 8

// wrote takes note of an own entry that comes after before.
func (o *own) wrote(before held, e wire.SignedEntry) {
	at := e.Sequence - o.base.Highest - 1
	if len(o.marks) == 0 || at > uint64(len(o.marks)) {
		o.base, at = before, 0
	}
	o.marks = append(o.marks[:at], e.Hash.Mark())
	if e.Kind == wire.KindGenesis {
		// It is never written again: no other can found this group.
		o.base.extend([]wire.SignedEntry{e})
		o.marks = nil
	}
}

// stored makes the marks those of what is on the disk: a number whose entry
// failed is used again.
func (o *own) stored(run []wire.SignedEntry) {
	for _, e := range run {
		if at := e.Sequence - o.base.Highest - 1; at < uint64(len(o.marks)) {
			o.marks[at] = e.Hash.Mark()
		}
	}
}

// failed gives up the marks of what is not on the disk, which ends with entry
// highest.
func (o *own) failed(highest uint64) {
	if n := highest - min(highest, o.base.Highest); n < uint64(len(o.marks)) {
		o.marks = o.marks[:n]
	}
}

// contradicted takes what somebody holds of an own log: up to an entry with a
// mark, which is zero if it is not known. What was written before the start is
// taken for the same.
func (f *Feed) contradicted(l *log, highest uint64, head wire.Mark) (effects []Effect, contradicts bool) {
	o := l.own
	if o.diverged {
		return nil, true
	}
	if f.divergences >= maxDivergences {
		return nil, false
	}
	if highest > l.accepted.Highest {
		// Whether it goes on as here or otherwise shows when it comes.
		o.claimed = max(o.claimed, highest)
		return nil, false
	}
	at := highest - o.base.Highest - 1
	if head == (wire.Mark{}) || at >= uint64(len(o.marks)) || o.marks[at] == head {
		return nil, false
	}
	o.diverged = true
	return f.askReread(l), true
}

// trusted returns up to where a peer who holds an own log up to highest holds
// the entries that are on this disk.
func (l *log) trusted(highest uint64) uint64 {
	if highest > l.accepted.Highest && len(l.own.marks) > 0 {
		return min(l.stored.Highest, l.own.base.Highest)
	}
	return min(l.stored.Highest, highest)
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
	if l.own == nil || !l.own.diverged || l.own.asked || l.accepted.Highest != l.stored.Highest {
		return nil
	}
	l.own.asked = true
	if l.own.early > 0 {
		return []Effect{Diverged{Log: l.id, From: l.own.early}}
	}
	return []Effect{Diverged{Log: l.id, From: l.own.base.Highest + 1}}
}

// askAgain asks anew where what came of asking failed.
func (f *Feed) askAgain() (effects []Effect) {
	if f.divergences == 0 {
		return nil // most never come here
	}
	for _, c := range f.conversations {
		for _, l := range c.list {
			effects = append(effects, f.askReread(l)...)
		}
	}
	return effects
}

// reread writes own entries again under a new incarnation, in place of those in
// the log that diverged.
func (f *Feed) reread(now time.Time, id wire.LogID, entries []wire.SignedEntry) []Effect {
	c := f.conversations[id.Conversation]
	if c == nil || c.logs[id] == nil || c.logs[id].own == nil || !c.logs[id].own.asked {
		return nil
	}
	l := c.logs[id]
	if l.own.early > 0 {
		if entries = f.rebase(now, l, entries); len(entries) == 0 {
			return nil
		}
	}
	commit := Commit{Drop: id, DropFrom: l.own.base.Highest + 1}
	for _, e := range entries {
		if e.Erased() {
			continue // nothing is left of it
		}
		one, err := f.write(now, c, Draft{Kind: e.Kind, About: e.About, Mentions: e.Mentions, Called: e.Called, Body: e.Body, ID: e.ID, Wall: e.Wall})
		if err != nil {
			continue // it was an entry before; the random source failed
		}
		commit.Run = append(commit.Run, one.Run...)
		commit.Incarnation = one.Incarnation
	}
	if len(commit.Run) == 0 {
		return append([]Effect{commit}, f.reunite(c, l)...)
	}
	last := commit.Run[len(commit.Run)-1]
	l.own.moved, l.own.movedTo = last.Log, last.Sequence
	return []Effect{commit}
}

// reunite lets a log end where it diverged, once what came after is elsewhere.
func (f *Feed) reunite(c *conversation, l *log) (effects []Effect) {
	lowest := l.stored.Lowest
	l.stored = l.own.base
	l.stored.Lowest = max(l.stored.Lowest, lowest)
	l.accepted = l.stored
	l.own.marks, l.own.diverged, l.own.asked, l.own.moved = nil, false, false, wire.LogID{}
	for peer, told := range l.own.told {
		l.own.told[peer] = receipt{min(told.has, l.stored.Highest), min(told.read, l.stored.Highest)}
	}
	for peer := range f.sessions {
		if f.shared[peer][c.id] != nil {
			effects = append(effects, f.fullFrontiers(peer))
		}
	}
	return effects
}

// arrived takes note that the log that others wait for holds entries up to
// highest.
func (f *Feed) arrived(c *conversation, id wire.LogID, highest uint64) (effects []Effect) {
	for _, l := range c.list {
		if l.own != nil && l.own.moved == id && highest >= l.own.movedTo {
			effects = append(effects, f.reunite(c, l)...)
		}
	}
	return effects
}

// stranded takes note that a write to a log failed, its own or that of others
// that wait for it: they will ask again.
func (c *conversation) stranded(id wire.LogID) {
	for _, l := range c.list {
		if l.own != nil && l.own.moved != (wire.LogID{}) && (l.own.moved == id || l.id == id) {
			l.own.asked, l.own.moved = false, wire.LogID{}
		}
	}
}
