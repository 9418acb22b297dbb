// Package membership says who is in a group and what it is called.
//
// That is a pure function of the set of membership entries held, whatever the
// order they came in: the genesis first, the others in the order of the screen
// (hybrid time, author, sequence), each of which counts only if its author is a
// member at that point. Devices that hold the same entries agree; what two
// members changed while apart is settled when they meet, by the same rule on
// both sides. Since hybrid times follow cause and effect, a change by somebody
// who knew of another stands after it.
//
// Any member may add and rename. A member may remove those who became members
// after it, so no two can remove each other; and everybody may leave. A removal
// says how much of the removed one's logs the remover had: changes of the group
// beyond that do not count, whatever time they claim, so that nobody can undo a
// removal by writing into the past.
package membership

import (
	"bytes"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// maxChanges is how many membership entries of one log count, a bound on what
// one member can make all others hold and replay.
const maxChanges = 4096

// Group is what is known of one group. The zero value is not usable; a Group is
// not safe for use by several goroutines.
type Group struct {
	id      chat.ConversationID
	entries []wire.SignedEntry // that may count, in order of arrival
	counts  map[wire.LogID]int // how many of each log
	stale   bool               // the state is older than entries
	state
}

type state struct {
	name      string
	founder   wire.LogID
	joined    int                             // how many became members so far
	ranks     map[identity.DeviceID]int       // of members, in order of joining
	left      map[identity.DeviceID]int       // what those had who left by themselves
	members   map[identity.DeviceID]time.Time // since when
	ever      map[identity.DeviceID]bool
	farewells map[identity.DeviceID]farewell
	until     map[wire.LogID]map[uint64]map[wire.LogID]uint64 // what Farewell returned, by what says so
}

// farewell is the entry that made somebody a member no longer, or that makes
// what added it not count.
type farewell struct {
	log      wire.LogID
	sequence uint64
	at       chat.Position // what it ended
}

// New returns a group of which nothing is known.
func New(id chat.ConversationID) *Group {
	return &Group{id: id, counts: make(map[wire.LogID]int), stale: true}
}

// Add takes an entry of the group, and says whether it may make a difference.
// Entries of one log come in order, and each once.
func (g *Group) Add(e wire.SignedEntry) bool {
	if !e.Kind.IsMembership() || e.Log.Conversation != g.id || g.counts[e.Log] >= maxChanges {
		return false
	}
	g.counts[e.Log]++
	g.entries = append(g.entries, e)
	g.stale = true
	return true
}

// Name returns what the group is called, as its members wrote it.
func (g *Group) Name() string { return g.now().name }

// Founded says whether the genesis is known, and in which log it stands.
func (g *Group) Founded() (wire.LogID, bool) {
	s := g.now()
	return s.founder, len(s.ever) > 0
}

// Members returns the members in order of their IDs.
func (g *Group) Members() []identity.DeviceID { return sorted(g.now().members) }

// Former returns those who were members and are no longer, and those whom
// somebody added who could not, in order of their IDs.
func (g *Group) Former() []identity.DeviceID { return sorted(g.now().farewells) }

// Has says whether a device is a member.
func (g *Group) Has(id identity.DeviceID) bool {
	_, ok := g.now().members[id]
	return ok
}

// MayRemove says whether one member may remove another: if it became one before.
func (g *Group) MayRemove(who, whom identity.DeviceID) bool {
	s := g.now()
	rank, ok := s.ranks[who]
	return ok && s.ranks[whom] > rank
}

// Since returns since when a member is one, by the clock of who added it.
func (g *Group) Since(id identity.DeviceID) time.Time { return g.now().members[id] }

// Ever says whether a device is or was a member.
func (g *Group) Ever(id identity.DeviceID) bool { return g.now().ever[id] }

// Farewell returns what a device still may have that is a member no longer, or
// never was one though somebody added it: of each log the highest entry. That is
// the log that says so, up to there, and the others up to their last change of the
// group before that, without which it could not be understood. All of it was
// written for members, and the device took itself for one. It is nil for all
// others, and must not be changed.
func (g *Group) Farewell(id identity.DeviceID) map[wire.LogID]uint64 {
	s := g.now()
	f, ok := s.farewells[id]
	if !ok {
		return nil
	}
	if s.until[f.log] == nil {
		s.until[f.log] = make(map[uint64]map[wire.LogID]uint64)
	}
	until := s.until[f.log][f.sequence]
	if until == nil {
		until = make(map[wire.LogID]uint64)
		for i := range g.entries {
			e := &g.entries[i]
			until[e.Log] = max(until[e.Log], e.Sequence)
			if e.Log == f.log && e.Sequence == f.sequence {
				break
			}
		}
		s.until[f.log][f.sequence] = until
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

// replay lets all entries count in order. A removal that makes changes before it
// void has all begin again without them: each time fewer are left.
func (g *Group) replay() {
	slices.SortStableFunc(g.entries, compare)
	void := make(map[wire.Hash]farewell) // what does not count, and by which removal
	var idle []addition
	for before := -1; before < len(void); {
		before = len(void)
		g.state = state{
			ranks:     make(map[identity.DeviceID]int),
			left:      make(map[identity.DeviceID]int),
			members:   make(map[identity.DeviceID]time.Time),
			ever:      make(map[identity.DeviceID]bool),
			farewells: make(map[identity.DeviceID]farewell),
			until:     make(map[wire.LogID]map[uint64]map[wire.LogID]uint64),
		}
		idle = idle[:0]
		for i := range g.entries {
			e := &g.entries[i]
			why, ok := void[e.Hash]
			if !ok {
				why = g.farewells[e.Log.Author]
			}
			if _, member := g.ranks[e.Log.Author]; e.Kind == wire.KindAdd && (ok || !member) {
				idle = append(idle, addition{e, why})
			}
			if ok {
				continue
			}
			for _, removal := range g.apply(e) {
				for j := range g.entries[:i] {
					if old := &g.entries[j]; !covers(removal, old) {
						void[old.Hash] = farewell{log: e.Log, sequence: e.Sequence}
					}
				}
			}
			if len(void) > before {
				break
			}
		}
	}
	for _, a := range idle {
		g.disown(a)
	}
}

// addition is one that does not count, and what ended the membership of its
// author, if it ever was a member.
type addition struct {
	*wire.SignedEntry
	why farewell
}

// covers says whether a removal leaves an earlier entry as it is. Nothing undoes
// the genesis, nor that somebody left.
func covers(r wire.Removal, e *wire.SignedEntry) bool {
	return e.Kind == wire.KindGenesis || e.Kind == wire.KindLeave || e.Log.Author != r.Device || e.Sequence <= r.Known[e.Log.Incarnation]
}

// compare orders entries as the screen does, and two that a malicious author
// gave the same place by their hashes.
func compare(a, b wire.SignedEntry) int {
	p, q := a.Position(), b.Position()
	if by := bytes.Compare(p[:], q[:]); by != 0 {
		return by
	}
	return bytes.Compare(a.Hash[:], b.Hash[:])
}

// apply lets one entry count, and returns the removals in it that do. What is
// malformed in it counts for nothing.
func (s *state) apply(e *wire.SignedEntry) (removals []wire.Removal) {
	if e.Kind == wire.KindGenesis {
		s.found(e)
		return nil
	}
	rank, ok := s.ranks[e.Log.Author]
	if !ok {
		return nil
	}
	switch e.Kind {
	case wire.KindAdd:
		who, _ := e.Devices()
		for _, id := range who {
			s.add(id, e)
		}
	case wire.KindRemove:
		who, _ := e.Removals()
		for _, r := range who {
			// That of somebody who left meanwhile counts too: those who do not know
			// that it left take nothing from it any more.
			if max(s.ranks[r.Device], s.left[r.Device]) > rank {
				s.remove(r.Device, e)
				removals = append(removals, r)
			}
		}
	case wire.KindLeave:
		s.remove(e.Log.Author, e)
		s.left[e.Log.Author] = rank
	case wire.KindRename:
		if name, err := e.Name(); err == nil && chat.CleanName(name) != "" {
			s.name = chat.CleanName(name)
		}
	}
	return removals
}

func (s *state) found(e *wire.SignedEntry) {
	g, err := e.Genesis()
	if err != nil || len(s.ever) > 0 {
		return
	}
	s.name, s.founder = chat.CleanName(g.Name), e.Log
	s.add(e.Log.Author, e)
	for _, id := range g.Members {
		s.add(id, e)
	}
}

func (s *state) add(id identity.DeviceID, e *wire.SignedEntry) {
	if _, ok := s.members[id]; ok || len(s.members) >= chat.MaxMembers {
		return
	}
	s.joined++
	s.ranks[id] = s.joined
	s.members[id], s.ever[id] = e.Wall, true
	delete(s.farewells, id)
	delete(s.left, id)
}

func (s *state) remove(id identity.DeviceID, e *wire.SignedEntry) {
	delete(s.members, id)
	delete(s.ranks, id)
	delete(s.left, id)
	s.farewells[id] = farewell{log: e.Log, sequence: e.Sequence, at: e.Position()}
}

// disown says farewell to those whom an addition names that does not count: they
// take themselves for members until they know why.
func (s *state) disown(a addition) {
	if a.why.sequence == 0 {
		a.why = s.farewells[a.Log.Author] // who was added in the same way
	}
	who, _ := a.Devices()
	for _, id := range who {
		_, member := s.members[id]
		if known := s.farewells[id]; a.why.sequence > 0 && !member && known.at.Less(a.Position()) {
			s.farewells[id] = farewell{log: a.why.log, sequence: a.why.sequence, at: a.Position()}
		}
	}
}

func sorted[T any](set map[identity.DeviceID]T) []identity.DeviceID {
	list := make([]identity.DeviceID, 0, len(set))
	for id := range set {
		list = append(list, id)
	}
	slices.SortFunc(list, func(a, b identity.DeviceID) int { return bytes.Compare(a[:], b[:]) })
	return list
}
