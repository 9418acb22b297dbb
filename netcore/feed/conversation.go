package feed

import (
	"maps"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/membership"
	"github.com/parlance-chat/parlance/netcore/wire"
)

type conversation struct {
	id    chat.ConversationID
	kind  chat.Kind
	clock wire.HybridTime // the highest seen
	logs  map[wire.LogID]*log
	list  []*log            // the same, in order of appearance
	other identity.DeviceID // of a direct conversation
	group *membership.Group // of a group
	// sharedWith is how many of those named in the group it is shared with.
	sharedWith int
}

// log is one author's log as this device holds it.
type log struct {
	id wire.LogID
	// accepted is what is taken, stored what is on disk. What lies between is on
	// its way there, or is given up together.
	accepted, stored held
	read             uint64 // what this device's user has seen
	forked           bool   // evidence was reported
	// walls are the times of the latest entries taken, oldest first, by the
	// author's clock; kept in the lobby only.
	walls []time.Time
	own   *own // of own logs
}

// held is a part of a log without gaps. It is empty if Lowest is above Highest:
// nothing came yet, or all is dropped by retention.
type held struct {
	wire.Range
	hash wire.Hash // of entry Highest
}

// extend makes run part of h. What lies between, if anything, is gone for ever.
func (h *held) extend(run []wire.SignedEntry) {
	if first := run[0].Sequence; first > h.Highest+1 {
		h.Lowest = first
	}
	last := &run[len(run)-1]
	h.Highest, h.hash = last.Sequence, last.Hash
}

// own is what is known of an own log besides.
type own struct {
	told map[identity.DeviceID]receipt
	// marks are those of the entries after base: what was written here since the
	// start.
	base  held
	marks []wire.Mark
	// claimed is the highest entry that somebody says to hold.
	claimed uint64
	// diverged says that others hold other entries after base than this disk:
	// nothing is written, taken or sent here until what this disk has after base is
	// written elsewhere.
	diverged bool
	asked    bool // a Diverged effect is out, or what came of it
	// early is the first entry that nobody has, where it is the times after it that
	// others do not take; else 0.
	early uint64
	// moved is the log that takes the entries after base, and movedTo its highest;
	// zero until they are on their way to the disk.
	moved   wire.LogID
	movedTo uint64
}

// receipt is what a peer says to have of a log on its disk, and what its user
// has seen of that.
type receipt struct{ has, read uint64 }

// scope is what of a conversation a peer may have: everything, or what it wrote
// itself and some logs up to some entry.
type scope struct {
	peer identity.DeviceID
	all  bool
	only map[wire.LogID]uint64
}

func (s scope) equal(o scope) bool { return s.all == o.all && maps.Equal(s.only, o.only) }

// most returns the highest entry of l that is in the scope, 0 if none is.
func (s scope) most(l *log) uint64 {
	if s.all || l.id.Author == s.peer {
		return l.stored.Highest
	}
	return min(l.stored.Highest, s.only[l.id])
}

// scopeFor returns what of c, which is shared with peer, it may have.
func (f *Feed) scopeFor(c *conversation, peer identity.DeviceID) scope {
	s := scope{peer: peer}
	if c.kind != chat.Group {
		s.all = true // it would not be shared
		return s
	}
	who := peer // who was removed gets what says so
	if c.group.Has(peer) {
		if s.all = c.group.Has(f.self); s.all {
			return s
		}
		who = f.self // who left says so to the others
	}
	s.only = c.group.Farewell(who)
	return s
}

// takes says whether entries of an author are taken from peer. While this device
// is no member it takes them from anybody: it cannot know who can say that it is
// one now. What a member wrote it takes from anybody too, as what it wrote itself
// and lost.
func (f *Feed) takes(c *conversation, peer, author identity.DeviceID) bool {
	switch c.kind {
	case chat.Direct:
		return c.other == peer && (author == peer || author == f.self)
	case chat.Group:
		return c.group.Has(peer) || c.group.Has(author) || !c.group.Has(f.self)
	}
	return true // who sends something of the lobby takes part
}

// log returns a log, which is empty if nothing of it is held.
func (c *conversation) log(id wire.LogID, self identity.DeviceID) *log {
	if l := c.logs[id]; l != nil {
		return l
	}
	l := &log{id: id}
	l.accepted.Lowest, l.stored.Lowest = 1, 1
	if id.Author == self {
		l.own = &own{told: make(map[identity.DeviceID]receipt)}
	}
	return l
}

// keep makes a log one of those held.
func (c *conversation) keep(l *log) {
	if c.logs[l.id] == nil {
		c.logs[l.id] = l
		c.list = append(c.list, l)
	}
}

// full says whether as many logs are held as can be. Those that retention has
// emptied do not count.
func (c *conversation) full() bool {
	if len(c.list) < chat.MaxLogs {
		return false
	}
	n := 0
	for _, l := range c.list {
		if l.accepted.Lowest <= l.accepted.Highest {
			n++
		}
	}
	return n >= chat.MaxLogs
}

// inOrder returns the logs, first that in which the group was founded: who does
// not know the group cannot take the others before it.
func (c *conversation) inOrder() []*log {
	if c.group != nil {
		if founder, ok := c.group.Founded(); ok {
			if i := slices.IndexFunc(c.list, func(l *log) bool { return l.id == founder }); i > 0 {
				list := append([]*log{c.list[i]}, c.list[:i]...)
				return append(list, c.list[i+1:]...)
			}
		}
	}
	return c.list
}

// accept takes a run that follows.
func (c *conversation) accept(l *log, run []wire.SignedEntry) {
	c.keep(l)
	l.accepted.extend(run)
	for i := range run {
		c.clock = max(c.clock, run[i].Time)
		if c.kind == chat.Lobby {
			l.walls = appendWall(l.walls, run[i].Wall)
		}
	}
}

func (f *Feed) line(l *log, most uint64) wire.LogRange {
	line := wire.LogRange{
		Author:      l.id.Author,
		Incarnation: l.id.Incarnation,
		Range:       wire.Range{Lowest: l.stored.Lowest, Highest: most},
	}
	if most == l.stored.Highest {
		line.Head = l.stored.hash.Mark()
	}
	if f.tellRead && l.own == nil && l.id.Conversation != chat.LobbyID {
		line.Read = min(l.read, most)
	}
	return line
}
