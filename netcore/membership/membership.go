// Package membership says who is in a group and what it is called.
//
// That is a pure function of the set of membership entries held, the roll,
// whatever the order they came in: the genesis first, the others in the order of
// the screen (hybrid time, author, sequence), each of which counts only if its
// author is a member at that point. Devices that hold the same roll agree; what
// two members changed while apart is settled when they meet, by the same rule on
// both sides. Since hybrid times follow cause and effect, a change by somebody
// who knew of another stands after it.
//
// Any member may add and rename. A member may remove those who became members
// after it, so no two can remove each other; and everybody may leave. A removal
// names the changes of the removed one that the remover knew: others do not
// count, whatever time they claim, so that nobody can undo a removal by writing
// into the past. See section 6 of PROTOCOL.md.
//
// What is held of a group is bounded, and so is the time to replay it: a change
// that comes last, as nearly all do, is added to what there is.
package membership

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Group is what is known of one group. The zero value is not usable; a Group is
// not safe for use by several goroutines.
type Group struct {
	id    chat.ConversationID
	roll  []*change // in order
	held  map[wire.Hash]*change
	logs  tally // of what stands in logs held
	loose tally // of what does not
	// ids are all devices of the roll, by number.
	ids     []identity.DeviceID
	numbers map[identity.DeviceID]int
	// named are those whom somebody named wanted to be members, whether or not that
	// counts, first the founder. Those whom others want wait with them.
	named   []identity.DeviceID
	isNamed map[identity.DeviceID]bool
	waiting map[identity.DeviceID][]*change
	stale   bool // the state is older than the roll
	state
}

// tally is what changes weigh.
type tally struct {
	of  map[identity.DeviceID]int // by author
	all int
}

func (t *tally) add(c *change, weight int) {
	t.of[c.Log.Author] += weight
	t.all += weight
}

// New returns a group of which nothing is known.
func New(id chat.ConversationID) *Group {
	return &Group{
		id:      id,
		held:    make(map[wire.Hash]*change),
		logs:    tally{of: make(map[identity.DeviceID]int)},
		loose:   tally{of: make(map[identity.DeviceID]int)},
		numbers: make(map[identity.DeviceID]int),
		isNamed: make(map[identity.DeviceID]bool),
		waiting: make(map[identity.DeviceID][]*change),
		state:   newState(0),
	}
}

// Add takes an entry of a log that is held, and says whether it may make a
// difference: it is a change that is not on the roll, and within the bounds.
func (g *Group) Add(e wire.SignedEntry) bool {
	if !e.Kind.IsMembership() || e.Log.Conversation != g.id {
		return false
	}
	c := g.held[e.Hash]
	isNew := c == nil
	if isNew {
		c = read(e)
	} else if !c.loose {
		return false
	}
	// Who fills a group with changes does not keep its founder from putting it right.
	founder := c.founds || len(g.named) > 0 && c.Log.Author == g.named[0]
	if g.logs.of[c.Log.Author]+c.weight > chat.MaxChanges || !founder && g.logs.all+c.weight > chat.MaxGroupChanges {
		return false
	}
	g.logs.add(c, c.weight)
	if isNew {
		g.enter(c)
	} else {
		c.loose = false
		g.loose.add(c, -c.weight)
	}
	return isNew
}

// Enroll takes an entry of somebody's roll, whose log may not be held, and says
// whether it may make a difference.
func (g *Group) Enroll(e wire.SignedEntry) bool {
	c := g.lacking(e, g.isNamed)
	if c == nil {
		return false
	}
	c.loose = true
	g.loose.add(c, c.weight)
	g.enter(c)
	return true
}

// lacking returns what an entry says if Enroll may take it: it is not held,
// within the bounds, and by somebody who is named. Who never was may write what it
// wants, and it counts for nothing.
func (g *Group) lacking(e wire.SignedEntry, named map[identity.DeviceID]bool) *change {
	if !e.Kind.IsMembership() || e.Log.Conversation != g.id || g.held[e.Hash] != nil {
		return nil
	}
	c := read(e)
	if !c.founds && !named[c.Log.Author] ||
		g.loose.of[c.Log.Author]+c.weight > chat.MaxLooseChanges || g.loose.all+c.weight > chat.MaxChanges {
		return nil
	}
	return c
}

// enter puts a change on the roll.
func (g *Group) enter(c *change) {
	g.held[c.Hash] = c
	c.author = g.number(c.Log.Author)
	for _, id := range c.devices {
		c.named = append(c.named, g.number(id))
	}
	if c.founds || g.isNamed[c.Log.Author] {
		g.name(c)
	} else {
		g.waiting[c.Log.Author] = append(g.waiting[c.Log.Author], c)
	}
	at, _ := slices.BinarySearchFunc(g.roll, c, (*change).compare)
	g.roll = slices.Insert(g.roll, at, c)
	if g.stale = g.stale || at < len(g.roll)-1 || !g.extends(c); !g.stale {
		g.stale = len(g.count(c)) > 0
	}
}

func (g *Group) number(id identity.DeviceID) int {
	n, ok := g.numbers[id]
	if !ok {
		n = len(g.ids)
		g.numbers[id] = n
		g.ids = append(g.ids, id)
		g.devices = append(g.devices, standing{})
	}
	return n
}

// name takes note of those whom a change names, and of those whom they name.
func (g *Group) name(c *change) {
	for _, id := range c.wanted() {
		if g.isNamed[id] {
			continue
		}
		g.isNamed[id] = true
		g.named = append(g.named, id)
		for _, waited := range g.waiting[id] {
			g.name(waited)
		}
		delete(g.waiting, id)
	}
}

// Roll returns the entries held, as their raw bytes and in order.
func (g *Group) Roll() [][]byte {
	raw := make([][]byte, len(g.roll))
	for i, c := range g.roll {
		raw[i] = c.Raw
	}
	return raw
}

// Lacks returns which of some entries, which are of another's roll and in order,
// this one lacks and may take.
func (g *Group) Lacks(entries []wire.SignedEntry) (lacks []wire.SignedEntry) {
	named := maps.Clone(g.isNamed)
	for _, e := range entries {
		if c := g.lacking(e, named); c != nil {
			lacks = append(lacks, e)
			for _, id := range c.wanted() {
				named[id] = true
			}
		}
	}
	return lacks
}

// Changes returns the entries of a device that are held and that its removal
// could make void, in order.
func (g *Group) Changes(id identity.DeviceID) (list []wire.Hash) {
	for _, c := range g.roll {
		if c.Log.Author == id && !c.lasts() {
			list = append(list, c.Hash)
		}
	}
	return list
}

// View returns the mark of who is a member, in order of joining, and of the name:
// two devices agree if their views are the same.
func (g *Group) View() wire.Mark {
	s := g.now()
	if s.view == (wire.Mark{}) {
		members := s.members()
		slices.SortFunc(members, func(a, b int) int { return s.devices[a].rank - s.devices[b].rank })
		hash := sha256.New()
		for _, n := range members {
			hash.Write(g.ids[n][:])
		}
		hash.Write([]byte(s.name))
		s.view = wire.Hash(hash.Sum(nil)).Mark()
	}
	return s.view
}

// Name returns what the group is called, as its members wrote it.
func (g *Group) Name() string { return g.now().name }

// Founded says whether the genesis is known, and in which log it stands.
func (g *Group) Founded() (log wire.LogID, ok bool) {
	if s := g.now(); s.founded != nil {
		return s.founded.Log, true
	}
	return log, false
}

// Named returns those who are or were members, and those whom one of these wanted
// to be one, though that may not count: all who may take themselves for members.
// The list only grows, at its end; it must not be changed.
func (g *Group) Named() []identity.DeviceID { return g.named }

// IsNamed says whether a device is one of them.
func (g *Group) IsNamed(id identity.DeviceID) bool { return g.isNamed[id] }

// Members returns the members in order of their IDs.
func (g *Group) Members() []identity.DeviceID {
	var list []identity.DeviceID
	for _, n := range g.now().members() {
		list = append(list, g.ids[n])
	}
	slices.SortFunc(list, compareIDs)
	return list
}

// Former returns those who were members and are no longer, and those whom
// somebody added who could not, in order of their IDs.
func (g *Group) Former() []identity.DeviceID {
	return slices.SortedFunc(maps.Keys(g.goodbyes()), compareIDs)
}

func compareIDs(a, b identity.DeviceID) int { return bytes.Compare(a[:], b[:]) }

// Has says whether a device is a member.
func (g *Group) Has(id identity.DeviceID) bool { return g.of(id).rank > 0 }

// MayRemove says whether one member may remove another: if it became one before.
func (g *Group) MayRemove(who, whom identity.DeviceID) bool {
	rank := g.of(who).rank
	return rank > 0 && g.of(whom).rank > rank
}

// Since returns since when a member is one, by the clock of who added it.
func (g *Group) Since(id identity.DeviceID) (since time.Time) {
	if d := g.of(id); d.rank > 0 {
		since = d.since.Wall
	}
	return since
}

// Ever says whether a device is or was a member.
func (g *Group) Ever(id identity.DeviceID) bool { return g.of(id).since != nil }

// of returns what a device is in the group.
func (g *Group) of(id identity.DeviceID) (d standing) {
	if n, ok := g.numbers[id]; ok {
		d = g.now().devices[n]
	}
	return d
}

// Farewell returns what a device still may have that is a member no longer, or
// never was one though somebody added it: of each log the highest entry. That is
// the log that says so, up to there, and the others up to their last change of the
// group before that, without which it could not be understood. All of it was
// written for members, and the device took itself for one. It is nil for all
// others, and must not be changed.
func (g *Group) Farewell(id identity.DeviceID) map[wire.LogID]uint64 {
	f, ok := g.goodbyes()[id]
	if !ok {
		return nil
	}
	until := g.until[f.by]
	if until == nil {
		until = make(map[wire.LogID]uint64)
		for _, c := range g.roll {
			until[c.Log] = max(until[c.Log], c.Sequence)
			if c == f.by {
				break
			}
		}
		g.until[f.by] = until
	}
	return until
}

// now returns the state after all entries.
func (g *Group) now() *state {
	if g.stale {
		g.stale = false
		g.replay()
	}
	return &g.state
}
