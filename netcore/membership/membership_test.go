package membership

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// people are devices a, b, c … with the logs they write.
type people struct {
	t     *testing.T
	group chat.ConversationID
	keys  map[rune]*identity.Key
	last  map[rune]wire.SignedEntry
}

var nonce = [16]byte{7}

func newPeople(t *testing.T) *people {
	p := &people{t: t, keys: make(map[rune]*identity.Key), last: make(map[rune]wire.SignedEntry)}
	p.group = chat.GroupID(p.id('a'), nonce)
	return p
}

func (p *people) key(who rune) *identity.Key {
	if p.keys[who] == nil {
		p.keys[who] = identity.KeyFromSeed([32]byte{byte(who)})
	}
	return p.keys[who]
}

func (p *people) id(who rune) identity.DeviceID { return p.key(who).ID() }

func (p *people) ids(who string) []identity.DeviceID {
	var list []identity.DeviceID
	for _, r := range who {
		list = append(list, p.id(r))
	}
	return list
}

// write makes who's next entry, at a time in seconds.
func (p *people) write(at int, who rune, kind wire.EntryKind, body []byte) wire.SignedEntry {
	p.t.Helper()
	before := p.last[who]
	when := time.Date(2026, 1, 1, 0, 0, at, 0, time.UTC)
	e, err := wire.SignEntry(p.key(who), wire.Entry{
		Log:      wire.LogID{Conversation: p.group, Author: p.id(who), Incarnation: 1},
		Sequence: before.Sequence + 1, Previous: before.Hash,
		Time: wire.HybridAt(when), Wall: when, ID: chat.MessageID{byte(at), byte(who)}, Kind: kind, Body: body,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.last[who] = e
	return e
}

func (p *people) found(at int, members string) wire.SignedEntry {
	return p.write(at, 'a', wire.KindGenesis, wire.GenesisBody(wire.Genesis{Name: "Lunch", Members: p.ids(members), Nonce: nonce}))
}

func (p *people) add(at int, who rune, whom string) wire.SignedEntry {
	return p.write(at, who, wire.KindAdd, wire.DevicesBody(p.ids(whom)))
}

func (p *people) remove(at int, who rune, whom string) wire.SignedEntry {
	var removals []wire.Removal
	for _, r := range whom {
		removals = append(removals, wire.Removal{Device: p.id(r), Known: map[uint64]uint64{1: p.last[r].Sequence}})
	}
	return p.write(at, who, wire.KindRemove, wire.RemoveBody(removals))
}

func (p *people) leave(at int, who rune) wire.SignedEntry {
	return p.write(at, who, wire.KindLeave, wire.NullBody)
}

func (p *people) rename(at int, who rune, name string) wire.SignedEntry {
	return p.write(at, who, wire.KindRename, wire.TextBody(name))
}

// names returns the members as letters.
func (p *people) names(g *Group) string {
	var list []rune
	for r := range p.keys {
		if g.Has(p.id(r)) {
			list = append(list, r)
		}
	}
	slices.Sort(list)
	return string(list)
}

func TestMembers(t *testing.T) {
	for _, tc := range []struct {
		name    string
		entries func(*people) []wire.SignedEntry
		members string
		called  string
	}{
		{"founded", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc")}
		}, "abc", "Lunch"},
		{"one adds, the added one adds", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "b"), p.add(2, 'b', "c"), p.add(3, 'c', "d")}
		}, "abcd", "Lunch"},
		{"a stranger adds himself", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "b"), p.add(2, 'x', "x")}
		}, "ab", "Lunch"},
		{"removed, and what the removed one does after", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.remove(2, 'a', "b"), p.add(3, 'b', "x"), p.rename(4, 'b', "Mine")}
		}, "ac", "Lunch"},
		{"each removes the other while apart: who was there before stays", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.remove(3, 'a', "b"), p.remove(2, 'b', "a")}
		}, "ac", "Lunch"},
		{"a later member removes an earlier one", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.remove(2, 'c', "b")}
		}, "abc", "Lunch"},
		{"an earlier member removes a later one", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.remove(2, 'b', "c")}
		}, "ab", "Lunch"},
		{"who comes again is the latest", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.leave(2, 'b'), p.add(3, 'a', "b"), p.remove(4, 'b', "c"), p.remove(5, 'c', "b")}
		}, "ac", "Lunch"},
		{"removed, and then writes into the past", func(p *people) []wire.SignedEntry {
			list := []wire.SignedEntry{p.found(1, "bc"), p.remove(5, 'a', "b")}
			return append(list, p.add(2, 'b', "x"), p.rename(3, 'b', "Mine"))
		}, "ac", "Lunch"},
		{"what he had changed before stays", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.add(2, 'b', "x"), p.remove(5, 'a', "b")}
		}, "acx", "Lunch"},
		{"the founder comes again and is removed by somebody who claims to know nothing", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.leave(2, 'a'), p.add(3, 'b', "a"),
				p.write(4, 'b', wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: p.id('a')}}))}
		}, "bc", "Lunch"},
		{"added by him meanwhile, with all that follows from it", func(p *people) []wire.SignedEntry {
			list := []wire.SignedEntry{p.found(1, "bc"), p.remove(5, 'a', "b")}
			return append(list, p.add(2, 'b', "x"), p.add(3, 'x', "y"))
		}, "ac", "Lunch"},
		{"removed by somebody who does not know that he left", func(p *people) []wire.SignedEntry {
			list := []wire.SignedEntry{p.found(1, "bc"), p.remove(5, 'a', "b")}
			return append(list, p.add(2, 'b', "x"), p.leave(3, 'b'))
		}, "ac", "Lunch"},
		{"one adds whom another removes while apart", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.add(2, 'a', "d"), p.remove(3, 'b', "d")}
		}, "abc", "Lunch"},
		{"removed before he is added", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.add(3, 'a', "d"), p.remove(2, 'b', "d")}
		}, "abcd", "Lunch"},
		{"left and added again", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.leave(2, 'b'), p.add(3, 'c', "b")}
		}, "abc", "Lunch"},
		{"the founder leaves", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bc"), p.leave(2, 'a'), p.rename(3, 'b', "Dinner")}
		}, "bc", "Dinner"},
		{"renamed twice while apart", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "b"), p.rename(3, 'a', "Late"), p.rename(2, 'b', "Early")}
		}, "ab", "Late"},
		{"an invisible name", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "b"), p.rename(2, 'b', "\u200b")}
		}, "ab", "Lunch"},
		{"no genesis", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.add(2, 'a', "b")}
		}, "", ""},
		{"genesis by another than the founder", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.write(1, 'b', wire.KindGenesis, wire.GenesisBody(wire.Genesis{Name: "Stolen", Nonce: nonce}))}
		}, "", ""},
		{"a malformed addition", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "b"), p.write(2, 'b', wire.KindAdd, wire.TextBody("c"))}
		}, "ab", "Lunch"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPeople(t)
			entries := tc.entries(p)
			// In whatever order the logs come, the end is the same.
			for seed := range int64(20) {
				g := New(p.group)
				for _, e := range interleave(entries, seed) {
					g.Add(e)
				}
				if got := p.names(g); got != tc.members || g.Name() != tc.called {
					t.Fatalf("members %q of %q, want %q of %q", got, g.Name(), tc.members, tc.called)
				}
			}
		})
	}
}

// interleave mixes logs at random; within each the order stays.
func interleave(entries []wire.SignedEntry, seed int64) []wire.SignedEntry {
	rnd := rand.New(rand.NewSource(seed))
	logs := make(map[wire.LogID][]wire.SignedEntry)
	var ids []wire.LogID
	for _, e := range entries {
		if logs[e.Log] == nil {
			ids = append(ids, e.Log)
		}
		logs[e.Log] = append(logs[e.Log], e)
	}
	var out []wire.SignedEntry
	for len(out) < len(entries) {
		id := ids[rnd.Intn(len(ids))]
		if len(logs[id]) > 0 {
			out = append(out, logs[id][0])
			logs[id] = logs[id][1:]
		}
	}
	return out
}

func TestFarewell(t *testing.T) {
	p := newPeople(t)
	g := New(p.group)
	g.Add(p.found(1, "bc"))
	removal := p.remove(2, 'a', "b")
	g.Add(removal)
	if f := g.Farewell(p.id('b')); len(f) != 1 || f[removal.Log] != removal.Sequence {
		t.Errorf("farewell %v", f)
	}
	if !g.Ever(p.id('b')) || g.Ever(p.id('x')) {
		t.Error("who was a member is not known")
	}
	if former := g.Former(); len(former) != 1 || former[0] != p.id('b') {
		t.Errorf("former members %v", former)
	}
	g.Add(p.add(3, 'c', "b"))
	if g.Farewell(p.id('b')) != nil || len(g.Former()) != 0 {
		t.Error("a member again, and said farewell to")
	}
}

// TestFarewellOfTheAdded: whoever was added, and does not count, is told why by
// those who know.
func TestFarewellOfTheAdded(t *testing.T) {
	p := newPeople(t)
	genesis, hello := p.found(1, "bc"), p.rename(2, 'c', "Hello")
	removal := p.remove(5, 'a', "b")
	past := []wire.SignedEntry{p.add(3, 'b', "x"), p.add(4, 'x', "y")}
	after := p.add(6, 'b', "z")
	for seed := range int64(20) {
		g := New(p.group)
		for _, e := range interleave(append([]wire.SignedEntry{genesis, hello, removal, after}, past...), seed) {
			g.Add(e)
		}
		for _, who := range "bxyz" {
			f := g.Farewell(p.id(who))
			if f[removal.Log] != removal.Sequence || f[hello.Log] != hello.Sequence || f[after.Log] > 1 {
				t.Fatalf("%c is told %v", who, f)
			}
		}
		if g.Ever(p.id('x')) || g.Farewell(p.id('a')) != nil || g.Farewell(p.id('q')) != nil {
			t.Fatal("told to others")
		}
		if len(g.Former()) != 4 {
			t.Fatalf("former members %v", g.Former())
		}
	}
}

func TestBounds(t *testing.T) {
	p := newPeople(t)
	g := New(p.group)
	g.Add(p.found(1, "b"))
	for i := range 5 {
		many := make([]identity.DeviceID, 300)
		for j := range many {
			many[j] = identity.DeviceID{1, byte(i), byte(j), byte(j >> 8)}
		}
		g.Add(p.write(2+i, 'b', wire.KindAdd, wire.DevicesBody(many)))
	}
	if n := len(g.Members()); n != chat.MaxMembers {
		t.Errorf("%d members, the most is %d", n, chat.MaxMembers)
	}
	taken := 0
	for i := range maxChanges + 10 {
		if g.Add(p.rename(10+i, 'a', fmt.Sprint(i))) {
			taken++
		}
	}
	if want := maxChanges - 1; taken != want { // the genesis is one
		t.Errorf("%d entries of one log count, want %d", taken, want)
	}
	if g.Add(p.write(1, 'b', wire.KindText, wire.TextBody("hello"))) {
		t.Error("a text changes the group")
	}
}
