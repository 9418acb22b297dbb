package membership

import (
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// maxRounds is how often a roll is replayed at most because changes became void:
// for as many authors, of those who became members first, whose removals do so
// while the others know nothing of them.
const maxRounds = 32

// state is what follows from a roll.
type state struct {
	name    string
	founder wire.LogID
	joined  int                             // how many became members so far
	ranks   map[identity.DeviceID]int       // of members, in order of joining
	left    map[identity.DeviceID]int       // what those had who left by themselves
	members map[identity.DeviceID]time.Time // since when
	ever    map[identity.DeviceID]bool
	ended   map[identity.DeviceID]farewell // who is a member no longer
	idle    []addition
	// counted are the changes so far of each author that a removal can make void.
	counted map[identity.DeviceID][]*change
	voids   bool // some changes are void

	// Made when somebody asks.
	view  wire.Mark
	told  map[identity.DeviceID]farewell
	until map[*change]map[wire.LogID]uint64 // what Farewell returned, by what says so
}

// farewell is the entry that made somebody a member no longer, or that makes
// what added it not count; nil if there is none.
type farewell struct {
	by *change
	at chat.Position // of what it ended
}

// addition is one that does not count, and what ended the membership of its
// author, if it ever was a member.
type addition struct {
	*change
	why *change
}

func newState() state {
	return state{
		ranks:   make(map[identity.DeviceID]int),
		left:    make(map[identity.DeviceID]int),
		members: make(map[identity.DeviceID]time.Time),
		ever:    make(map[identity.DeviceID]bool),
		ended:   make(map[identity.DeviceID]farewell),
		counted: make(map[identity.DeviceID][]*change),
		until:   make(map[*change]map[wire.LogID]uint64),
	}
}

// revocation is what a removal makes void.
type revocation struct {
	by   *change
	rank int // of its author
	lost []*change
}

// replay lets all entries count in order. The removals of one author, of those
// that make changes before them void the one who became a member first, have all
// begin again without these; and so on. Nobody who became a member after it can
// make its removals void in turn, and nobody who became one before it does.
func (g *Group) replay() {
	void := make(map[wire.Hash]*change) // and by which removal
	for round := 0; ; round++ {
		g.state = newState()
		g.voids = len(void) > 0
		var first []revocation
		for _, c := range g.roll {
			if why := void[c.Hash]; why != nil {
				g.state.skip(c, why)
				continue
			}
			for _, r := range g.state.count(c) {
				if len(first) > 0 && r.rank < first[0].rank {
					first = first[:0]
				}
				if len(first) == 0 || r.rank == first[0].rank {
					first = append(first, r)
				}
			}
		}
		if len(first) == 0 || round == maxRounds {
			return
		}
		for _, r := range first {
			for _, c := range r.lost {
				void[c.Hash] = r.by
			}
		}
	}
}

// extends says whether a change that comes last may be counted after the others.
// A removal may have to come before others that make changes void.
func (s *state) extends(c *change) bool { return c.Kind != wire.KindRemove || !s.voids }

// skip passes over a change that is void.
func (s *state) skip(c, why *change) {
	if c.Kind == wire.KindAdd {
		s.idle = append(s.idle, addition{c, why})
	}
}

// count lets one change count after the others, and returns what it makes void.
func (s *state) count(c *change) (revoked []revocation) {
	s.view, s.told = wire.Mark{}, nil
	author := c.Log.Author
	rank, member := s.ranks[author]
	switch {
	case c.founds:
		if len(s.ever) == 0 {
			s.name, s.founder = c.called, c.Log
			s.add(c)
		}
		return nil
	case !member:
		s.skip(c, s.ended[author].by)
		return nil
	case !c.lasts():
		defer func() { s.counted[author] = append(s.counted[author], c) }()
	}
	switch c.Kind {
	case wire.KindAdd:
		s.add(c)
	case wire.KindRemove:
		for _, r := range c.removals {
			// That of somebody who left meanwhile counts too: those who do not know
			// that it left take nothing from it any more.
			if max(s.ranks[r.Device], s.left[r.Device]) <= rank {
				continue
			}
			s.end(r.Device, c)
			if lost := s.revoke(r); len(lost) > 0 {
				revoked = append(revoked, revocation{c, rank, lost})
			}
		}
	case wire.KindLeave:
		s.end(author, c)
		s.left[author] = rank
	case wire.KindRename:
		if c.called != "" {
			s.name = c.called
		}
	}
	return revoked
}

func (s *state) add(c *change) {
	for _, id := range c.devices {
		if _, ok := s.members[id]; ok || len(s.members) >= chat.MaxMembers {
			continue
		}
		s.joined++
		s.ranks[id] = s.joined
		s.members[id], s.ever[id] = c.Wall, true
		delete(s.ended, id)
		delete(s.left, id)
	}
}

func (s *state) end(id identity.DeviceID, c *change) {
	delete(s.members, id)
	delete(s.ranks, id)
	delete(s.left, id)
	s.ended[id] = farewell{by: c, at: c.at}
}

// revoke returns the changes so far of a removed device that the remover did not
// know.
func (s *state) revoke(r wire.Removal) (lost []*change) {
	var kept []*change
	for _, c := range s.counted[r.Device] {
		if _, known := slices.BinarySearchFunc(r.Known, c.Hash, compareHashes); known {
			kept = append(kept, c)
		} else {
			lost = append(lost, c)
		}
	}
	if len(lost) > 0 {
		s.counted[r.Device] = kept // nobody else has to look at the others again
	}
	return lost
}

// goodbyes returns what says to those who are no members, and might take
// themselves for some, that they are none.
func (s *state) goodbyes() map[identity.DeviceID]farewell {
	if s.told == nil {
		s.told = make(map[identity.DeviceID]farewell, len(s.ended))
		for id, f := range s.ended {
			s.told[id] = f
		}
		for _, a := range s.idle {
			s.disown(a)
		}
	}
	return s.told
}

// disown says farewell to those whom an addition names that does not count: they
// take themselves for members until they know why.
func (s *state) disown(a addition) {
	if a.why == nil {
		a.why = s.told[a.Log.Author].by // who was added in the same way
	}
	for _, id := range a.devices {
		_, member := s.members[id]
		if known := s.told[id]; a.why != nil && !member && known.at.Less(a.at) {
			s.told[id] = farewell{by: a.why, at: a.at}
		}
	}
}
