package feed

import (
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// groupOf returns a world whose devices are all in the group, and know so.
func groupOf(t *testing.T, n int) *world {
	t.Helper()
	w := newWorld(1, n)
	var others []identity.DeviceID
	for _, d := range w.devices {
		d.skew = 0
		if d.index > 0 {
			others = append(others, d.id())
		}
	}
	id, commit, err := w.devices[0].feed.Found(w.now, "Lunch", others)
	if err != nil {
		t.Fatal(err)
	}
	w.group = id
	w.devices[0].do([]Effect{commit})
	w.settle()
	return w
}

func (d *device) remove(t *testing.T, others ...*device) {
	t.Helper()
	var who []identity.DeviceID
	for _, o := range others {
		who = append(who, o.id())
	}
	commit, err := d.feed.Remove(d.now(), d.world.group, who)
	if err != nil {
		t.Fatal(err)
	}
	d.do([]Effect{commit})
}

func (d *device) leave() { d.append(d.world.group, wire.KindLeave, wire.NullBody) }

// sees returns the members as a device sees them, by index.
func (d *device) sees() (members []int) {
	for _, id := range d.feed.Group(d.world.group).Members() {
		members = append(members, d.world.byID(id).index)
	}
	slices.Sort(members)
	return members
}

// TestStrangersToEachOther: two members each of whom takes the other for none, by
// what somebody wrote whom the other takes for none as well. No log can tell
// either.
func TestStrangersToEachOther(t *testing.T) {
	w := groupOf(t, 5)
	ada, bob, cyd, dan, eve := w.devices[0], w.devices[1], w.devices[2], w.devices[3], w.devices[4]
	ada.leave()
	w.settle()
	bob.saved = bob.disk.clone()
	bob.remove(t, cyd, eve)
	w.meet(bob, dan)
	bob.kill(true) // it does not know of that any more
	bob.leave()
	w.meet(bob, cyd, eve)
	cyd.remove(t, dan)
	w.meet(cyd, eve)
	if dan, eve := dan.sees(), eve.sees(); !slices.Equal(dan, []int{1, 3}) || !slices.Equal(eve, []int{2, 4}) {
		t.Fatalf("Dan sees %v, Eve %v", dan, eve)
	}
	w.meet(dan, eve)
	// Bob's removal came first, and he left after it.
	for _, d := range []*device{dan, eve} {
		if got := d.sees(); !slices.Equal(got, []int{3}) {
			t.Errorf("device %d sees %v, want only Dan", d.index, got)
		}
	}
	eve.kill(false)
	if got := eve.sees(); !slices.Equal(got, []int{3}) {
		t.Errorf("after a restart Eve sees %v", got)
	}
	w.settle()
	for _, d := range w.devices[1:] { // Ada left before all of it
		if got := d.sees(); !slices.Equal(got, []int{3}) {
			t.Errorf("in the end device %d sees %v", d.index, got)
		}
	}
	for _, wrong := range w.wrong {
		t.Error(wrong)
	}
}

// TestNotNamed: who knows nothing of the add of a member, and has removed who did
// that, still hears of it.
func TestNotNamed(t *testing.T) {
	w := groupOf(t, 5)
	ada, bob, cyd, dan := w.devices[0], w.devices[1], w.devices[2], w.devices[3]
	ada.remove(t, dan)
	w.settle()
	cyd.append(w.group, wire.KindAdd, wire.DevicesBody([]identity.DeviceID{dan.id()}))
	w.meet(cyd, dan)
	bob.remove(t, cyd)
	w.meet(bob)
	w.meet(bob, dan)
	if b, d := bob.sees(), dan.sees(); !slices.Equal(b, d) || !slices.Equal(b, []int{0, 1, 3, 4}) && !slices.Equal(b, []int{0, 1, 4}) {
		t.Errorf("Bob sees %v, Dan %v", b, d)
	}
}

// view makes a peer tell a view of the group, in full frontiers.
func view(f *Feed, now time.Time, peer *identity.Key, view wire.Mark) []Effect {
	return f.Step(now, Heard{Peer: peer.ID(), Frontiers: wire.Frontiers{Full: true, List: []wire.Frontier{{Conversation: group, View: view}}}})
}

// TestWhoGetsTheRoll: those who see the group otherwise, and still do when logs had
// the time to change that; nobody who was never named, and none who knows that it
// was removed.
func TestWhoGetsTheRoll(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd)
	removal := b.remove(cyd)
	put(f, bob, genesis, removal)
	same, other := f.Group(group).View(), wire.Mark{1}
	for _, tc := range []struct {
		name  string
		peer  *identity.Key
		views []wire.Mark
		rolls int
	}{
		{"a member who agrees", bob, []wire.Mark{same, same, same}, 0},
		{"a member who does not", bob, []wire.Mark{other, other, other}, 2},
		{"a member who does not, but each time otherwise", bob, []wire.Mark{other, {2}, {3}}, 0},
		{"a member who takes itself for none", bob, []wire.Mark{{}, {}}, 1},
		{"who was removed and knows it", cyd, []wire.Mark{{}, {}, {}}, 0},
		{"who was removed and learns it", cyd, []wire.Mark{other, {}, {}}, 0},
		{"who was removed and does not believe it", cyd, []wire.Mark{other, other}, 1},
		{"who was never named", dan, []wire.Mark{other, other, other}, 0},
	} {
		f.Step(noon, LinkUp{Peer: tc.peer.ID()})
		var rolls []SendRoll
		for i, v := range tc.views {
			at := noon.Add(time.Duration(i) * FullInterval)
			rolls = append(rolls, of[SendRoll](view(f, at, tc.peer, v))...)
		}
		if len(rolls) != tc.rolls {
			t.Errorf("%s gets %d rolls, want %d", tc.name, len(rolls), tc.rolls)
		}
		for _, r := range rolls {
			if r.Peer != tc.peer.ID() || r.Conversation != group || len(r.Raw) != 2 || string(r.Raw[1]) != string(removal.Raw) {
				t.Errorf("%s gets %d entries", tc.name, len(r.Raw))
			}
		}
		f.Step(noon, LinkDown{Peer: tc.peer.ID()})
	}
	f.Step(noon, LinkUp{Peer: bob.ID()})
	rolls := 0
	for range 100 {
		rolls += len(of[SendRoll](view(f, noon, bob, other)))
	}
	if rolls != 1 {
		t.Errorf("who asks over and over gets %d rolls in one moment", rolls)
	}
}

// TestWhoTellsItsView: members, to those who were named, and to whoever tells one.
func TestWhoTellsItsView(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd)
	put(f, bob, genesis, b.remove(cyd))
	told := func(who *identity.Key) (views []wire.Mark) {
		for _, s := range of[SendFrontiers](f.Step(noon, LinkUp{Peer: who.ID()})) {
			for _, fr := range s.Frontiers.List {
				views = append(views, fr.View)
			}
		}
		return views
	}
	want := []wire.Mark{f.Group(group).View()}
	for name, who := range map[string]*identity.Key{"a member": bob, "a former one": cyd} {
		if got := told(who); !slices.Equal(got, want) {
			t.Errorf("%s is told %v", name, got)
		}
	}
	if got := told(dan); len(got) > 0 {
		t.Errorf("a stranger is told %v", got)
	}
	view(f, noon, dan, wire.Mark{1})
	if got := told(dan); !slices.Equal(got, want) {
		t.Errorf("who tells a view is told %v", got)
	}
	put(f, bob, b.remove(ada))
	if got := told(bob); !slices.Equal(got, []wire.Mark{{}}) {
		t.Errorf("who is no member tells %v", got)
	}
}

// TestRoll: entries of a roll count when they are on the disk, if those who are
// named wrote them; a fork does no harm; and nothing stands in a log by that.
func TestRoll(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd)
	put(f, bob, genesis)
	add := b.add(dan)
	put(f, bob, add)
	fork := &author{t: t, key: bob, conv: group, inc: 7, last: genesis, time: noon.Add(time.Second)}
	renamed := fork.write(wire.KindRename, wire.TextBody("Dinner"))
	eve := testKey(5)
	c := &author{t: t, key: cyd, conv: group, inc: 3, time: noon.Add(2 * time.Second)}
	e := &author{t: t, key: eve, conv: group, inc: 3, time: noon.Add(3 * time.Second)}
	s := &author{t: t, key: testKey(6), conv: group, inc: 3, time: noon.Add(3 * time.Second)}
	early := &author{t: t, key: cyd, conv: group, inc: 4, time: noon.Add(2 * chat.MaxClockAhead)}
	adds, hers := c.add(eve), e.write(wire.KindRename, wire.TextBody("Supper"))
	roll := []wire.SignedEntry{genesis, add, renamed, adds, hers, s.add(testKey(6)), early.add(testKey(7))}
	effects := f.Step(noon, Rolled{Entries: roll})
	enroll := of[Enroll](effects)
	if len(effects) != 1 || len(enroll) != 1 || len(enroll[0].Entries) != 3 {
		t.Fatalf("effects %v", effects)
	}
	g := f.Group(group)
	if g.Name() != "Lunch" || g.Has(eve.ID()) {
		t.Error("what is not on the disk counts")
	}
	effects = f.Step(noon, Enrolled(enroll[0]))
	if len(of[MembersChanged](effects)) != 1 || g.Name() != "Supper" || !g.Has(eve.ID()) || !g.Has(dan.ID()) || g.IsNamed(testKey(6).ID()) {
		t.Errorf("%d members of %q", len(g.Members()), g.Name())
	}
	if len(of[Enroll](f.Step(noon, Rolled{Entries: roll}))) > 0 {
		t.Error("the same again is taken again")
	}
	// The clock goes on from there, and the log comes in its time.
	if own, _ := write(t, f, group, "x"); own.Time <= hers.Time {
		t.Error("written before what is known")
	}
	if got := put(f, cyd, adds); len(of[Commit](got)) != 1 || len(of[MembersChanged](got)) != 0 {
		t.Errorf("the log that has it: %v", got)
	}
	if got := put(f, bob, renamed); len(of[Forked](got)) != 1 {
		t.Errorf("the fork: %v", got)
	}
	if got := f.Step(noon, Rolled{Entries: []wire.SignedEntry{{}}}); got != nil {
		t.Errorf("of an unknown group: %v", got)
	}
}

// TestLoadRoll: what was taken counts after a restart, in whatever order it comes
// from the disk.
func TestLoadRoll(t *testing.T) {
	b, genesis := founder(t, ada)
	c := &author{t: t, key: cyd, conv: group, inc: 3, time: noon.Add(2 * time.Second)}
	d := &author{t: t, key: dan, conv: group, inc: 3, time: noon.Add(3 * time.Second)}
	roll := []wire.SignedEntry{b.add(cyd), c.add(dan), d.add(testKey(5))}
	for range 2 {
		f := adas()
		f.OpenGroup(group)
		f.LoadMembership(genesis)
		f.LoadRoll(roll)
		if g := f.Group(group); !g.Has(testKey(5).ID()) {
			t.Errorf("%d members", len(g.Members()))
		}
		slices.Reverse(roll)
	}
}

func TestParseRoll(t *testing.T) {
	b, genesis := founder(t, ada)
	add, text := b.add(cyd), b.text(1)[0]
	forged := add
	forged.Raw = append([]byte(nil), add.Raw...)
	forged.Raw[len(forged.Raw)-1] ^= 1
	elsewhere := &author{t: t, key: bob, conv: chat.ConversationID{1}, inc: 7, time: noon}
	for name, tc := range map[string]struct {
		roll []wire.SignedEntry
		good int
	}{
		"nothing":         {nil, 0},
		"of two logs":     {[]wire.SignedEntry{genesis, add}, 2},
		"with a gap":      {[]wire.SignedEntry{add, genesis}, 2},
		"a text":          {[]wire.SignedEntry{genesis, text, add}, 1},
		"forged":          {[]wire.SignedEntry{genesis, forged}, 1},
		"of two groups":   {[]wire.SignedEntry{genesis, elsewhere.write(wire.KindLeave, wire.NullBody)}, 1},
		"no entry at all": {[]wire.SignedEntry{{}}, 0},
	} {
		var raw [][]byte
		for _, e := range tc.roll {
			raw = append(raw, e.Raw)
		}
		got, err := ParseRoll(raw)
		if len(got) != tc.good || (err == nil) != (tc.good == len(tc.roll)) {
			t.Errorf("%s: %d entries, %v", name, len(got), err)
		}
	}
}
