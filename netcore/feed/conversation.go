package feed

import (
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
	other identity.DeviceID // of a direct conversation
	group *membership.Group // of a group
}

// log is one author's log as this device holds it.
type log struct {
	id     wire.LogID
	lowest uint64
	// accepted is the highest entry taken, stored the highest on disk. What lies
	// between is on its way there, or is given up together.
	accepted, stored         uint64
	acceptedHash, storedHash wire.Hash
	read                     uint64 // what this device's user has seen
	forked                   bool   // evidence was reported
	// walls are the times of the latest entries, oldest first, by the author's
	// clock; kept in the lobby only.
	walls []time.Time
	own   *own // of own logs
}

// own is what is known of an own log besides.
type own struct {
	told     map[identity.DeviceID]receipt
	base     uint64      // the highest entry on disk at the start
	baseHash wire.Hash   // its hash
	marks    []wire.Mark // of the entries after base
	// claimed is the highest entry that somebody says to hold.
	claimed uint64
	// diverged says that others hold other entries after base than this disk:
	// nothing is written, taken or sent here until what this disk has after base is
	// written elsewhere.
	diverged bool
	asked    bool // a Diverged effect is out
}

// receipt is what a peer says to have of a log on its disk, and what its user
// has seen of that.
type receipt struct{ has, read uint64 }

// scope is what of a conversation a peer may have: everything, nothing, or one
// log up to one entry.
type scope struct {
	all  bool
	only membership.Farewell // zero: nothing
}

// most returns the highest entry of l that is in the scope, 0 if none is.
func (s scope) most(l *log) uint64 {
	switch {
	case s.all:
		return l.stored
	case s.only.Log == l.id:
		return min(l.stored, s.only.Sequence)
	}
	return 0
}

// scopeFor returns what of c peer may have.
func (f *Feed) scopeFor(c *conversation, peer identity.DeviceID) scope {
	switch c.kind {
	case chat.Direct:
		return scope{all: c.other == peer}
	case chat.Lobby:
		return scope{all: f.lobby[peer]}
	}
	switch {
	case c.group.Has(f.self) && c.group.Has(peer):
		return scope{all: true}
	case c.group.Has(f.self):
		// Who was removed gets the log that says so, up to there.
		farewell, _ := c.group.Farewell(peer)
		return scope{only: farewell}
	case c.group.Has(peer):
		// Who left says so to the others.
		farewell, _ := c.group.Farewell(f.self)
		return scope{only: farewell}
	}
	return scope{}
}

// takes says whether entries of c are taken from peer. While this device is no
// member, as it is before the entry that adds it has come, it takes them from
// anybody who was one, and at the very beginning from whoever founds the group
// before its eyes.
func (f *Feed) takes(c *conversation, peer identity.DeviceID) bool {
	switch c.kind {
	case chat.Direct:
		return c.other == peer
	case chat.Lobby:
		return true // who sends them takes part
	}
	if c.group.Has(f.self) {
		return c.group.Has(peer)
	}
	_, founded := c.group.Founded()
	return !founded || c.group.Ever(peer) || !c.group.Ever(f.self)
}

// mayWrite says whether author may stand in c at all.
func (c *conversation) mayWrite(self, author identity.DeviceID) bool {
	return c.kind != chat.Direct || author == c.other || author == self
}

func (c *conversation) log(id wire.LogID, self identity.DeviceID) *log {
	l := c.logs[id]
	if l == nil {
		l = &log{id: id, lowest: 1}
		if id.Author == self {
			l.own = &own{told: make(map[identity.DeviceID]receipt)}
		}
		c.logs[id] = l
	}
	return l
}

// inOrder returns the logs, first that in which the group was founded: who does
// not know the group cannot take the others before it.
func (c *conversation) inOrder() []*log {
	list := make([]*log, 0, len(c.logs))
	for _, l := range c.logs {
		list = append(list, l)
	}
	if c.group == nil {
		return list
	}
	if founder, ok := c.group.Founded(); ok {
		if i := slices.IndexFunc(list, func(l *log) bool { return l.id == founder }); i > 0 {
			list[0], list[i] = list[i], list[0]
		}
	}
	return list
}

func (l *log) accept(run ...wire.SignedEntry) {
	last := run[len(run)-1]
	l.accepted, l.acceptedHash = last.Sequence, last.Hash
	if l.id.Conversation == chat.LobbyID {
		for _, e := range run {
			l.walls = append(l.walls[max(0, len(l.walls)-chat.LobbyBurst):], e.Wall)
		}
	}
	if l.own != nil {
		for _, e := range run {
			// A number whose entry failed is used again.
			l.own.marks = append(l.own.marks[:min(e.Sequence-1-l.own.base, uint64(len(l.own.marks)))], e.Hash.Mark())
		}
	}
}

func (f *Feed) line(l *log, most uint64) wire.LogRange {
	line := wire.LogRange{
		Author:      l.id.Author,
		Incarnation: l.id.Incarnation,
		Range:       wire.Range{Lowest: l.lowest, Highest: most},
	}
	if most == l.stored {
		line.Head = l.storedHash.Mark()
	}
	if f.tellRead && l.own == nil && l.id.Conversation != chat.LobbyID {
		line.Read = min(l.read, most)
	}
	return line
}
