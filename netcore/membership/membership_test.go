package membership

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// people are devices a, b, c … with the logs they write.
type people struct {
	t     testing.TB
	group chat.ConversationID
	keys  map[rune]*identity.Key
	last  map[rune]wire.SignedEntry
	known map[rune][]wire.Hash // what each changed so far
	fakes uint64
}

var nonce = [16]byte{7}

func newPeople(t testing.TB) *people {
	p := &people{t: t, keys: make(map[rune]*identity.Key), last: make(map[rune]wire.SignedEntry), known: make(map[rune][]wire.Hash)}
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
	p.known[who] = append(p.known[who], e.Hash)
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
		removals = append(removals, wire.Removal{Device: p.id(r), Known: slices.Clone(p.known[r])})
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
		{"removed by somebody who claims to know nothing, and is removed himself", func(p *people) []wire.SignedEntry {
			list := []wire.SignedEntry{p.found(1, "bcd"), p.add(2, 'c', "x"), p.remove(5, 'a', "b")}
			return append(list, p.write(3, 'b', wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: p.id('c')}})))
		}, "acdx", "Lunch"},
		{"two entries with one number: a removal names one of them", func(p *people) []wire.SignedEntry {
			list := []wire.SignedEntry{p.found(1, "bc")}
			list = append(list, p.add(2, 'b', "x"), p.remove(5, 'a', "b"))
			p.last['b'] = wire.SignedEntry{}
			return append(list, p.add(3, 'b', "y"))
		}, "acx", "Lunch"},
		{"a chain of those who removed each other while apart", func(p *people) []wire.SignedEntry {
			return []wire.SignedEntry{p.found(1, "bcde"), p.remove(9, 'a', "b"), p.remove(8, 'b', "c"), p.remove(7, 'c', "d"), p.remove(6, 'd', "e")}
		}, "ace", "Lunch"},
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

// state describes all that a group says.
func (p *people) state(g *Group) string {
	var b strings.Builder
	fmt.Fprintln(&b, p.names(g), g.Name(), g.View(), p.letters(g.Former()))
	for _, who := range p.letters(g.Named()) {
		id := p.id(who)
		fmt.Fprintln(&b, string(who), g.Ever(id), g.Since(id), g.Farewell(id))
		for _, whom := range p.letters(g.Named()) {
			fmt.Fprint(&b, g.MayRemove(id, p.id(whom)), " ")
		}
	}
	return b.String()
}

func (p *people) letters(ids []identity.DeviceID) string {
	var list []rune
	for r := range p.keys {
		if slices.Contains(ids, p.id(r)) {
			list = append(list, r)
		}
	}
	slices.Sort(list)
	return string(list)
}

// TestOrderOfArrival: whatever way a roll came together, it says the same; also
// where somebody looked at it in between, where it came beside the logs, and
// where it was begun anew.
func TestOrderOfArrival(t *testing.T) {
	void := 0
	for seed := range int64(400) {
		rnd := rand.New(rand.NewSource(seed))
		p := newPeople(t)
		entries := []wire.SignedEntry{p.found(1, "bcd")}
		for range 25 {
			at, who, whom := 2+rnd.Intn(30), rune('a'+rnd.Intn(7)), string(rune('a'+rnd.Intn(7)))
			switch rnd.Intn(10) {
			case 0, 1, 2, 3:
				entries = append(entries, p.add(at, who, whom))
			case 4, 5:
				entries = append(entries, p.remove(at, who, whom))
			case 6, 7:
				entries = append(entries, p.write(at, who, wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: p.id(rune(whom[0]))}})))
			case 8:
				entries = append(entries, p.leave(at, who))
			default:
				entries = append(entries, p.rename(at, who, fmt.Sprint(at)))
			}
		}
		inOrder := New(p.group)
		sorted := slices.Clone(entries)
		slices.SortFunc(sorted, func(a, b wire.SignedEntry) int { return read(a).compare(read(b)) })
		for _, e := range sorted {
			inOrder.Add(e)
			if inOrder.stale && e.Kind != wire.KindRemove {
				t.Fatalf("seed %d: a change that comes last has all others replayed", seed)
			}
			inOrder.Members()
		}
		want := p.state(inOrder)
		if inOrder.voids {
			void++
		}
		for range 3 {
			g := New(p.group)
			rnd.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
			for _, e := range entries {
				g.Add(e)
				if rnd.Intn(2) == 0 {
					g.Former()
				}
			}
			if got := p.state(g); got != want {
				t.Fatalf("seed %d: %s, want %s", seed, got, want)
			}
		}
		// Beside the logs comes what those who are named wrote, in order.
		g := New(p.group)
		for _, e := range g.Lacks(sorted) {
			g.Enroll(e)
		}
		for range 2 {
			if got := p.state(g); g.View() != inOrder.View() || p.names(g) != p.names(inOrder) {
				t.Fatalf("seed %d, beside the logs: %s, want %s", seed, got, want)
			}
			for _, e := range entries {
				g.Add(e)
			}
		}
		if g.loose.all != 0 || !slices.EqualFunc(g.Roll(), sorted, func(raw []byte, e wire.SignedEntry) bool { return string(raw) == string(e.Raw) }) {
			t.Fatalf("seed %d: the roll is not what was added to it", seed)
		}
	}
	if void < 50 {
		t.Errorf("in %d of 400 groups something is void: nothing is tried", void)
	}
}

// TestView is as PROTOCOL.md has it.
func TestView(t *testing.T) {
	p := newPeople(t)
	g := New(p.group)
	for _, e := range []wire.SignedEntry{p.found(1, "cb"), p.add(2, 'b', "d"), p.rename(3, 'c', "Dinner")} {
		g.Add(e)
	}
	hash := sha256.New()
	for _, id := range p.ids("acbd") {
		hash.Write(id[:])
	}
	hash.Write([]byte("Dinner"))
	if got := g.View(); string(got[:]) != string(hash.Sum(nil)[:8]) {
		t.Errorf("view %x", got)
	}
	before := g.View()
	g.Add(p.leave(4, 'd'))
	g.Add(p.rename(5, 'd', "Mine"))
	after := g.View()
	if g.Add(p.add(6, 'c', "d")); after == before || g.View() != before {
		t.Errorf("views %x, %x, %x", before, after, g.View())
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
	if g.Add(p.write(1, 'b', wire.KindText, wire.TextBody("hello"))) {
		t.Error("a text changes the group")
	}
}

// fake makes an entry that nobody signed, which a Group does not ask for.
func (p *people) fake(at int, who identity.DeviceID, kind wire.EntryKind, body []byte) wire.SignedEntry {
	p.fakes++
	var hash wire.Hash
	binary.BigEndian.PutUint64(hash[:], p.fakes*0x9e3779b97f4a7c15) // in no order
	when := time.Date(2026, 1, 1, 0, 0, at, 0, time.UTC)
	return wire.SignedEntry{Hash: hash, Entry: wire.Entry{
		Log: wire.LogID{Conversation: p.group, Author: who, Incarnation: 2}, Sequence: p.fakes, Time: wire.HybridAt(when), Wall: when, Kind: kind, Body: body,
	}}
}

// TestBoundsOfTheRoll: one author fills only its own part, all together not that of
// the founder, and what stands in no log has a part of its own.
func TestBoundsOfTheRoll(t *testing.T) {
	p := newPeople(t)
	g := New(p.group)
	g.Add(p.found(1, "bcdefghijklm"))
	fill := func(who rune, add func(wire.SignedEntry) bool) (taken int) {
		for range chat.MaxChanges + 10 {
			if add(p.fake(2, p.id(who), wire.KindRename, wire.TextBody("x"))) {
				taken++
			}
		}
		return taken
	}
	if n := fill('b', g.Enroll); n != chat.MaxLooseChanges {
		t.Errorf("%d changes of one author beside the logs", n)
	}
	total := 0
	for _, who := range "bcdefghij" {
		n := fill(who, g.Add)
		if total += n; n > chat.MaxChanges {
			t.Errorf("%d changes of one author, the most is %d", n, chat.MaxChanges)
		}
	}
	if most := chat.MaxGroupChanges - 14; total != most { // 13 members and the genesis
		t.Errorf("%d changes, the most is %d", total, most)
	}
	if g.Add(p.leave(3, 'k')) {
		t.Error("one more")
	}
	if !g.Add(p.remove(3, 'a', "b")) || p.names(g) != "acdefghijklm" {
		t.Errorf("the founder cannot remove who fills the group: %s", p.names(g))
	}
	// What a removal names weighs less.
	removal := func(known int) wire.SignedEntry {
		return p.write(4, 'c', wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: p.id('d'), Known: make([]wire.Hash, known)}}))
	}
	if g.Enroll(removal(knownWeight * chat.MaxLooseChanges)) {
		t.Error("a removal that names more than can be held")
	}
	if !g.Enroll(removal(knownWeight * chat.MaxLooseChanges / 2)) {
		t.Error("a removal that names many")
	}
}

// worst are rolls that take the longest to replay, as far as is known: each is as
// large as may be.
func (p *people) worst() map[string][]wire.SignedEntry {
	var crowd []identity.DeviceID
	for i := range chat.MaxMembers - 1 {
		crowd = append(crowd, identity.DeviceID{1, byte(i), byte(i >> 8)})
	}
	genesis := p.write(1, 'a', wire.KindGenesis, wire.GenesisBody(wire.Genesis{Name: "Lunch", Members: crowd, Nonce: nonce}))
	rolls := make(map[string][]wire.SignedEntry)
	fill := func(name string, per int, body func(i int) wire.SignedEntry) {
		roll := []wire.SignedEntry{genesis}
		for i := 0; i < (chat.MaxGroupChanges-chat.MaxMembers-1)/per; i++ {
			roll = append(roll, body(i))
		}
		rolls[name] = roll
	}
	n := len(crowd)
	fill("renames", 1, func(i int) wire.SignedEntry {
		return p.fake(2+i, crowd[i%n], wire.KindRename, wire.TextBody("x"))
	})
	fill("in and out", 2, func(i int) wire.SignedEntry {
		if i%2 == 0 {
			return p.fake(2+i, crowd[i/2%(n-1)], wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: crowd[n-1]}}))
		}
		return p.fake(2+i, crowd[i/2%(n-1)], wire.KindAdd, wire.DevicesBody(crowd[n-1:]))
	})
	fill("all in and out", chat.MaxChanges-chat.MaxMembers, func(i int) wire.SignedEntry {
		var all []wire.Removal
		for _, id := range crowd[1:] {
			all = append(all, wire.Removal{Device: id})
		}
		if i%2 == 0 {
			return p.fake(2+i, crowd[0], wire.KindRemove, wire.RemoveBody(all))
		}
		return p.fake(2+i, crowd[0], wire.KindAdd, wire.DevicesBody(crowd[1:]))
	})
	// Each removes the next, and knows nothing of what that did before: the later
	// one became a member, the earlier it claims to have done so.
	fill("a chain of removals", 2, func(i int) wire.SignedEntry {
		who := n - 2 - i%(n-1)
		return p.fake(2+i, crowd[who], wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: crowd[who+1]}}))
	})
	// What one makes void lets another remove, and so on.
	fill("one after the other", 2, func(i int) wire.SignedEntry {
		who := i % (n - 2)
		return p.fake(1_000_000-i, crowd[who], wire.KindRemove, wire.RemoveBody([]wire.Removal{{Device: crowd[who+1+i%2]}}))
	})
	return rolls
}

// TestWorst: also where it is cut short, what a roll says does not depend on the
// order of arrival.
func TestWorst(t *testing.T) {
	for name, roll := range newPeople(t).worst() {
		g, backwards := New(roll[0].Log.Conversation), New(roll[0].Log.Conversation)
		for i := range roll {
			g.Add(roll[i])
			backwards.Add(roll[len(roll)-1-i])
		}
		g.Members()
		if g.View() != backwards.View() || len(g.roll) != len(roll) || len(backwards.roll) != len(roll) {
			t.Errorf("%s: %d of %d changes are held, %d backwards, or they say something else", name, len(g.roll), len(roll), len(backwards.roll))
		}
	}
}

// BenchmarkReplay is what it costs to make out who is in a group whose roll is as
// long as may be, from nothing, and to take one more change that comes last. The
// yardstick is the signature of one entry, which is verified before it counts.
func BenchmarkReplay(b *testing.B) {
	p := newPeople(b)
	b.Run("yardstick", func(b *testing.B) {
		e := p.rename(2, 'a', "x")
		for b.Loop() {
			if err := e.VerifySignature(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, roll := range p.worst() {
		g := New(p.group)
		for _, e := range roll {
			g.Add(e)
		}
		b.Run(name+"/whole", func(b *testing.B) {
			for b.Loop() {
				g.stale = true
				g.Members()
			}
			b.ReportMetric(float64(len(g.roll)), "changes")
		})
		b.Run(name+"/last", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.logs = tally{of: make(map[identity.DeviceID]int)} // there is always room
				g.Add(p.fake(2_000_000, p.id('a'), wire.KindRename, wire.TextBody("x")))
				g.Name()
			}
		})
	}
}
