package feed

import (
	"fmt"
	"testing"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// setBack is Ada's machine that was set back: Bob holds five entries of hers, of
// which her disk has three.
type setBack struct {
	f    *Feed
	held []wire.SignedEntry // by Bob
}

func newSetBack(t *testing.T) *setBack {
	a := &author{t: t, key: ada, conv: direct, inc: 1, time: noon}
	s := &setBack{f: adas(), held: a.text(5)}
	s.f.OpenDirect(bob.ID())
	s.f.LoadLog(a.log(), wire.Range{Lowest: 1, Highest: 3}, s.held[2].Hash, 0)
	s.f.LoadReceipt(a.log(), bob.ID(), 3, 3)
	return s
}

func (s *setBack) log() wire.LogID { return s.held[0].Log }

func (s *setBack) claim(highest int) []Effect {
	return tell(s.f, bob, s.log(), uint64(highest), 0, s.held[highest-1].Hash.Mark(), true)
}

// moves carries a divergence out, and returns what is written in its place.
func (s *setBack) moves(t *testing.T, effects []Effect, own ...wire.SignedEntry) Commit {
	t.Helper()
	d := of[Diverged](effects)
	if len(d) != 1 || d[0] != (Diverged{Log: s.log(), From: 4}) {
		t.Fatalf("effects %v", effects)
	}
	c := of[Commit](s.f.Step(noon, Reread{Log: s.log(), Entries: own}))
	if len(c) != 1 || c[0].Drop != s.log() || c[0].DropFrom != 4 || len(c[0].Run) != len(own) {
		t.Fatalf("commits %v", c)
	}
	return c[0]
}

// TestSetBackIdle: nothing was written since: what was lost is taken back.
func TestSetBackIdle(t *testing.T) {
	s := newSetBack(t)
	link(s.f, bob)
	if effects := s.claim(5); len(of[Diverged](effects))+len(of[Delivered](effects)) != 0 {
		t.Errorf("effects %v", effects)
	}
	// Until it comes, its numbers are left alone.
	c, err := s.f.Append(noon, direct, Draft{Kind: wire.KindText, Body: wire.TextBody("new")})
	if err != nil || c.Run[0].Log == s.log() || c.Run[0].Sequence != 1 || c.Incarnation != c.Run[0].Log.Incarnation {
		t.Errorf("written as %v, %v", c.Run[0].Entry, err)
	}
	if c := of[Commit](put(s.f, bob, s.held[3:]...)); len(c) != 1 || len(c[0].Run) != 2 {
		t.Errorf("commits %v", c)
	}
	if effects := s.claim(5); len(of[Diverged](effects)) != 0 || len(of[Delivered](effects)) != 1 {
		t.Errorf("when all is back: %v", effects)
	}
}

// TestIncarnationKept: a new incarnation is said until it is on the disk.
func TestIncarnationKept(t *testing.T) {
	s := newSetBack(t)
	link(s.f, bob)
	s.claim(5)
	for range 2 {
		c, err := s.f.Append(noon, direct, Draft{Kind: wire.KindText, Body: wire.TextBody("new")})
		if err != nil || c.Incarnation == 0 {
			t.Fatalf("commit %v, %v", c, err)
		}
		s.f.Step(noon, Failed{Log: c.Run[0].Log})
	}
	_, _ = write(t, s.f, direct, "x")
	if c, _ := s.f.Append(noon, direct, Draft{Kind: wire.KindText, Body: wire.TextBody("new")}); c.Incarnation != 0 {
		t.Error("said again after it is on the disk")
	}
}

// TestSetBackWritten: what was written since, under numbers that others know, is
// written elsewhere, with the same message IDs.
func TestSetBackWritten(t *testing.T) {
	for name, finds := range map[string]func(*setBack) []Effect{
		"by a frontier with another entry": func(s *setBack) []Effect { return s.claim(4) },
		"by all entries":                   func(s *setBack) []Effect { return put(s.f, bob, s.held...) },
		"by entries that go on":            func(s *setBack) []Effect { s.claim(5); return put(s.f, bob, s.held[4:]...) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSetBack(t)
			mine, _ := write(t, s.f, direct, "mine")
			if mine.Sequence != 4 || mine.Log != s.log() {
				t.Fatal("the world is wrong")
			}
			link(s.f, bob)
			if effects := s.claim(5); len(of[Delivered](effects)) != 0 {
				t.Errorf("called delivered: %v", effects)
			}
			if effects := finds(s); len(of[Diverged](effects)) == 1 {
				again := s.claim(5)
				if len(of[Diverged](again)) != 0 {
					t.Error("asked twice")
				}
				if len(of[Commit](put(s.f, bob, s.held...))) != 0 {
					t.Error("taken before the own entries are elsewhere")
				}
				c := s.moves(t, effects, mine)
				e := c.Run[0]
				if e.ID != mine.ID || !e.Wall.Equal(mine.Wall) || e.Log == mine.Log || e.Sequence != 1 || c.Incarnation != e.Log.Incarnation {
					t.Errorf("written as %v", e.Entry)
				}
				if d, _ := s.f.Pending(bob.ID()); d {
					t.Error("what is being moved is pending")
				}
				effects = s.f.Step(noon, Stored{Run: c.Run})
				if sent(effects, bob, e.Log) != 1 || told(effects, bob, s.log())[0].Highest != 3 {
					t.Errorf("effects %v", effects)
				}
				if c := of[Commit](put(s.f, bob, s.held[3:]...)); len(c) != 1 || len(c[0].Run) != 2 {
					t.Errorf("what was lost does not come back: %v", c)
				}
			} else {
				t.Errorf("not found: %v", effects)
			}
		})
	}
}

// TestSetBackFails: a move that fails is tried again.
func TestSetBackFails(t *testing.T) {
	s := newSetBack(t)
	mine, _ := write(t, s.f, direct, "mine")
	link(s.f, bob)
	c := s.moves(t, s.claim(4), mine)
	s.f.Step(noon, Failed{Log: c.Run[0].Log})
	if len(of[Commit](put(s.f, bob, s.held...))) != 0 {
		t.Error("taken over what is on the disk")
	}
	c = s.moves(t, s.f.Step(noon, Tick{}), mine)
	s.f.Step(noon, Stored{Run: c.Run})
	if len(of[Commit](put(s.f, bob, s.held...))) != 1 {
		t.Error("not moved")
	}
}

// TestSetBackQueued: nothing is asked for while writes are on their way.
func TestSetBackQueued(t *testing.T) {
	for _, stored := range []bool{true, false} {
		s := newSetBack(t)
		c, err := s.f.Append(noon, direct, Draft{Kind: wire.KindText, Body: wire.TextBody("mine")})
		if err != nil {
			t.Fatal(err)
		}
		link(s.f, bob)
		if effects := s.claim(4); len(of[Diverged](effects)) != 0 {
			t.Errorf("asked before it is on the disk: %v", effects)
		}
		if stored {
			s.moves(t, s.f.Step(noon, Stored{Run: c.Run}), c.Run...)
			continue
		}
		// It never came to be there: there is nothing to move.
		effects := s.f.Step(noon, Failed{Log: s.log()})
		if len(of[Diverged](effects)) != 1 {
			t.Fatalf("effects %v", effects)
		}
		s.f.Step(noon, Reread{Log: s.log()})
		if len(of[Commit](put(s.f, bob, s.held...))) != 1 {
			t.Error("what was lost is not taken back")
		}
	}
}

// TestSetBackErased: what was taken back is not written again.
func TestSetBackErased(t *testing.T) {
	s := newSetBack(t)
	mine, _ := write(t, s.f, direct, "mine")
	more, _ := write(t, s.f, direct, "more")
	link(s.f, bob)
	effects := s.claim(4)
	if len(of[Diverged](effects)) != 1 {
		t.Fatalf("effects %v", effects)
	}
	c := of[Commit](s.f.Step(noon, Reread{Log: s.log(), Entries: []wire.SignedEntry{mine.Erase(), more}}))
	if len(c) != 1 || len(c[0].Run) != 1 || c[0].Run[0].ID != more.ID {
		t.Errorf("commits %v", c)
	}
	if s.f.Step(noon, Reread{Log: wire.LogID{}}) != nil {
		t.Error("what was not asked for has effects")
	}
}

// TestAllConversations: a machine that is set back is so in all conversations.
func TestAllConversations(t *testing.T) {
	s := newSetBack(t)
	_, genesis := founder(t, ada)
	put(s.f, bob, genesis)
	a := &author{t: t, key: ada, conv: group, inc: 1, time: noon}
	held := a.text(2)
	write(t, s.f, group, "mine")
	mine, _ := write(t, s.f, direct, "mine")
	link(s.f, bob)
	c := s.moves(t, s.claim(4), mine)
	s.f.Step(noon, Stored{Run: c.Run})
	effects := tell(s.f, bob, a.log(), 1, 0, held[0].Hash.Mark(), true)
	if d := of[Diverged](effects); len(d) != 1 || d[0] != (Diverged{a.log(), 1}) {
		t.Errorf("of the group: %v", effects)
	}
}

// TestGenesisStays: others can say what they like of the log that founds a group.
func TestGenesisStays(t *testing.T) {
	f := adas()
	id, c, err := f.Found(noon, "Lunch", ids([]*identity.Key{bob}))
	if err != nil {
		t.Fatal(err)
	}
	f.Step(noon, Stored{Run: c.Run})
	link(f, bob)
	if effects := tell(f, bob, c.Run[0].Log, 1, 0, wire.Mark{9}, true); len(of[Diverged](effects)) != 0 {
		t.Errorf("effects %v", effects)
	}
	write(t, f, id, "x")
	if d := of[Diverged](tell(f, bob, c.Run[0].Log, 2, 0, wire.Mark{9}, true)); len(d) != 1 || d[0].From != 2 {
		t.Errorf("asked for %v", d)
	}
}

// TestLies: claims make an author begin new logs a few times only.
func TestLies(t *testing.T) {
	for name, lie := range map[string]func(f *Feed, e wire.SignedEntry) []Effect{
		"another entry": func(f *Feed, e wire.SignedEntry) []Effect {
			return tell(f, bob, e.Log, e.Sequence, 0, wire.Mark{9}, true)
		},
		"more entries": func(f *Feed, e wire.SignedEntry) []Effect {
			return tell(f, bob, e.Log, e.Sequence+10, 0, wire.Mark{9}, true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := adas()
			f.OpenDirect(bob.ID())
			link(f, bob)
			logs := make(map[wire.LogID]bool)
			for i := range 3 * maxDivergences {
				e, _ := write(t, f, direct, fmt.Sprint(i))
				logs[e.Log] = true
				for _, d := range of[Diverged](lie(f, e)) {
					for _, c := range of[Commit](f.Step(noon, Reread{Log: d.Log, Entries: []wire.SignedEntry{e}})) {
						logs[c.Run[0].Log] = true
						f.Step(noon, Stored{Run: c.Run})
					}
				}
			}
			if len(logs) > maxDivergences+1 {
				t.Errorf("%d logs", len(logs))
			}
		})
	}
}

// TestTakesBackByAndBy: what comes back in parts, from several, is no divergence.
func TestTakesBackByAndBy(t *testing.T) {
	s := newSetBack(t)
	link(s.f, bob)
	s.claim(4)
	put(s.f, bob, s.held[3])
	if effects := s.claim(5); len(of[Diverged](effects)) != 0 {
		t.Errorf("effects %v", effects)
	}
	put(s.f, bob, s.held[4])
	if e, _ := write(t, s.f, direct, "new"); e.Log != s.log() || e.Sequence != 6 {
		t.Errorf("goes on as %v", e.Entry)
	}
}

// TestFailedIsForgotten: what was written and never came to be on the disk is no
// entry that others could contradict.
func TestFailedIsForgotten(t *testing.T) {
	s := newSetBack(t)
	if _, err := s.f.Append(noon, direct, Draft{Kind: wire.KindText, Body: wire.TextBody("lost")}); err != nil {
		t.Fatal(err)
	}
	s.f.Step(noon, Failed{Log: s.log()})
	link(s.f, bob)
	put(s.f, bob, s.held[3:]...)
	if effects := s.claim(4); len(of[Diverged](effects)) != 0 {
		t.Errorf("effects %v", effects)
	}
}

// TestGivesBack: an author that lost its log, or dropped it, gets it from others
// on the link that stands.
func TestGivesBack(t *testing.T) {
	f := adas()
	b := &author{t: t, key: bob, conv: direct, inc: 7, time: noon}
	put(f, bob, b.text(5)...)
	f.Step(noon, LinkUp{Peer: bob.ID()})
	tell(f, bob, b.log(), 5, 0, b.last.Hash.Mark(), true)
	effects := f.Step(noon, Heard{Peer: bob.ID(), Frontiers: wire.Frontiers{Full: true, List: []wire.Frontier{{Conversation: direct}}}})
	if sent(effects, bob, b.log()) != 5 || of[SendEntries](effects)[0].From != 1 {
		t.Errorf("effects %v", effects)
	}
}
