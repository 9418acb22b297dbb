package membership

import (
	"slices"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// maxRounds is how often a roll is replayed at most because changes became void:
// for as many authors, of those who became members first, whose removals do so
// while the others know nothing of them.
const maxRounds = 16

// state is what follows from a roll.
type state struct {
	name    string
	founded *change
	joined  int        // how many became members so far
	size    int        // how many are members
	devices []standing // by number
	idle    []addition
	voids   bool // some changes are void

	// Made when somebody asks.
	view  wire.Mark
	told  map[identity.DeviceID]farewell
	until map[*change]map[wire.LogID]uint64 // what Farewell returned, by what says so
}

// standing is what a device is in the group.
type standing struct {
	rank  int     // in order of joining; 0: it is no member
	left  int     // the rank it had when it left by itself, if nothing came after
	since *change // that made it a member the last time; nil: it never was one
	ended *change // that made it one no longer
	// counted are its changes so far that a removal can make void.
	counted []*change
}

// farewell is the entry that made somebody a member no longer, or that makes
// what added it not count.
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

func newState(devices int) state {
	return state{devices: make([]standing, devices), until: make(map[*change]map[wire.LogID]uint64)}
}

// revocation is what a removal makes void.
type revocation struct {
	by   *change
	rank int // of its author
	lost []*change
}

// replay lets all entries count in order. The removals of one author, of those
// that make changes before them void the one who became a member first, have all
// begin again without these; and so on. So what makes something void is not void
// itself: only who became a member before its author could make it so.
func (g *Group) replay() {
	for _, c := range g.roll {
		c.void = nil
	}
	voids := false
	for round := 0; ; round++ {
		g.state = newState(len(g.ids))
		g.voids = voids
		var first []revocation
		for _, c := range g.roll {
			if c.void != nil {
				g.skip(c, c.void)
				continue
			}
			for _, r := range g.count(c) {
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
		voids = true
		for _, r := range first {
			for _, c := range r.lost {
				c.void = r.by
			}
		}
	}
}

// extends says whether a change that comes last may be counted after the others.
// A removal may have to come before others that make changes void.
func (s *state) extends(c *change) bool { return c.Kind != wire.KindRemove || !s.voids }

// skip passes over a change that is void, or by somebody who is no member.
func (s *state) skip(c, why *change) {
	if c.Kind == wire.KindAdd {
		s.idle = append(s.idle, addition{c, why})
	}
}

// count lets one change count after the others, and returns what it makes void.
func (s *state) count(c *change) (revoked []revocation) {
	s.view, s.told = wire.Mark{}, nil
	author := &s.devices[c.author]
	rank := author.rank
	switch {
	case c.founds:
		if s.founded == nil {
			s.name, s.founded = c.called, c
			s.add(c)
		}
		return nil
	case rank == 0:
		s.skip(c, author.ended)
		return nil
	}
	switch c.Kind {
	case wire.KindAdd:
		s.add(c)
	case wire.KindRemove:
		for i, r := range c.removals {
			// That of somebody who left meanwhile counts too: those who do not know
			// that it left take nothing from it any more.
			removed := &s.devices[c.named[i]]
			if max(removed.rank, removed.left) <= rank {
				continue
			}
			s.end(removed, c)
			if lost := removed.revoke(r.Known); len(lost) > 0 {
				revoked = append(revoked, revocation{c, rank, lost})
			}
		}
	case wire.KindLeave:
		s.end(author, c)
		author.left = rank
	case wire.KindRename:
		if c.called != "" {
			s.name = c.called
		}
	}
	if !c.lasts() {
		author.counted = append(author.counted, c)
	}
	return revoked
}

func (s *state) add(c *change) {
	for _, n := range c.named {
		d := &s.devices[n]
		if d.rank > 0 || s.size >= chat.MaxMembers {
			continue
		}
		s.size++
		s.joined++
		d.rank, d.left, d.since, d.ended = s.joined, 0, c, nil
	}
}

func (s *state) end(d *standing, c *change) {
	if d.rank > 0 {
		s.size--
	}
	d.rank, d.left, d.ended = 0, 0, c
}

// revoke returns the changes so far of a removed device that the remover did not
// know.
func (d *standing) revoke(known []wire.Hash) (lost []*change) {
	var kept []*change
	for _, c := range d.counted {
		if _, ok := slices.BinarySearchFunc(known, c.Hash, compareHashes); ok {
			kept = append(kept, c)
		} else {
			lost = append(lost, c)
		}
	}
	if len(lost) > 0 {
		d.counted = kept // nobody else has to look at the others again
	}
	return lost
}

// members returns the numbers of the members.
func (s *state) members() (list []int) {
	for n := range s.devices {
		if s.devices[n].rank > 0 {
			list = append(list, n)
		}
	}
	return list
}

// goodbyes returns what says to those who are no members, and might take
// themselves for some, that they are none.
func (g *Group) goodbyes() map[identity.DeviceID]farewell {
	s := g.now()
	if s.told == nil {
		s.told = make(map[identity.DeviceID]farewell)
		for n := range s.devices {
			if by := s.devices[n].ended; by != nil {
				s.told[g.ids[n]] = farewell{by, by.at}
			}
		}
		for _, a := range s.idle {
			g.disown(a)
		}
	}
	return s.told
}

// disown says farewell to those whom an addition names that does not count: they
// take themselves for members until they know why.
func (g *Group) disown(a addition) {
	if a.why == nil {
		a.why = g.told[a.Log.Author].by // who was added in the same way
	}
	if a.why == nil {
		return
	}
	for _, n := range a.named {
		id := g.ids[n]
		if g.devices[n].rank == 0 && g.told[id].at.Less(a.at) {
			g.told[id] = farewell{a.why, a.at}
		}
	}
}
