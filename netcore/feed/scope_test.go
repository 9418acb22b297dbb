package feed

import (
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestDirectScope: what two say reaches nobody else, whatever they ask for.
func TestDirectScope(t *testing.T) {
	f := adas()
	f.OpenDirect(bob.ID())
	e, _ := write(t, f, direct, "secret")
	if got := sent(link(f, bob), bob, e.Log); got != 1 {
		t.Errorf("the other gets up to %d", got)
	}
	effects := append(link(f, cyd), tell(f, cyd, e.Log, 1, 1, wire.Mark{}, true)...)
	if len(of[SendEntries](effects)) > 0 || len(told(effects, cyd, e.Log)) > 0 || len(of[Delivered](effects)) > 0 {
		t.Errorf("a stranger: %v", effects)
	}
	for _, s := range of[SendFrontiers](effects) {
		if len(s.Frontiers.List) > 0 {
			t.Error("a stranger is told of a conversation it is not in")
		}
	}
	_, effects = write(t, f, direct, "more")
	if sent(effects, cyd, e.Log) != 0 || sent(effects, bob, e.Log) != 2 {
		t.Errorf("what comes later: %v", effects)
	}
}

// TestGroupScope: members get all, those who were removed what says so, up to
// there, others nothing.
func TestGroupScope(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd)
	c := &author{t: t, key: cyd, conv: group, inc: 3, time: noon}
	put(f, bob, genesis)
	put(f, cyd, c.text(2)...)
	mine, _ := write(t, f, group, "mine")
	all := []wire.LogID{b.log(), c.log(), mine.Log}
	got := func(effects []Effect, who *identity.Key) (list [3]uint64) {
		for i, id := range all {
			list[i] = sent(effects, who, id)
		}
		return list
	}
	if g := got(link(f, cyd), cyd); g != [3]uint64{1, 2, 1} {
		t.Errorf("a member gets %v", g)
	}
	if effects := link(f, dan); len(of[SendEntries](effects)) != 0 || len(of[SendFrontiers](effects)[0].Frontiers.List) != 0 {
		t.Errorf("a stranger: %v", effects)
	}

	// Dan is added, and is sent all at once, the log of the founder first.
	effects := append(put(f, bob, append(b.text(1), b.add(dan))...), moment(f)...)
	if g := got(effects, dan); g != [3]uint64{3, 2, 1} {
		t.Errorf("who was added gets %v", g)
	}
	if first := of[SendEntries](effects)[0]; first.Peer == dan.ID() && first.Log != b.log() {
		t.Error("who was added gets another log before the one that founds the group")
	}
	if len(told(effects, dan, c.log())) != 1 {
		t.Error("who was added is not told what is held")
	}

	// Cyd is removed.
	effects = append(put(f, bob, b.remove(cyd)), moment(f)...)
	if g := got(effects, cyd); g != [3]uint64{4, 0, 0} {
		t.Errorf("who is removed gets %v", g)
	}
	effects = append(put(f, bob, b.text(1)...), moment(f)...)
	if g := got(effects, cyd); g != [3]uint64{} || len(told(effects, cyd, b.log())) > 0 {
		t.Errorf("after that: %v, told %v", g, told(effects, cyd, b.log()))
	}
	f.Step(noon, LinkDown{Peer: cyd.ID()})
	effects = link(f, cyd)
	if g := got(effects, cyd); g != [3]uint64{4, 2, 0} { // its own it may have
		t.Errorf("on a new link: %v", g)
	}
	if lines := told(effects, cyd, b.log()); len(lines) != 1 || lines[0].Highest != 4 || lines[0].Head != (wire.Mark{}) {
		t.Errorf("on a new link it is told %v", lines)
	}
	if r := of[Refused](put(f, cyd, c.text(1)...)); len(r) != 1 {
		t.Error("what it goes on to write is taken")
	}
}

// TestLeft: who left says so, and passes nothing else on.
func TestLeft(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd)
	put(f, bob, append([]wire.SignedEntry{genesis}, b.text(2)...)...)
	mine, _ := write(t, f, group, "mine")
	c, err := f.Append(noon, group, Draft{Kind: wire.KindLeave, Body: wire.NullBody})
	if err != nil {
		t.Fatal(err)
	}
	link(f, cyd)
	effects := f.Step(noon, Stored{Run: c.Run})
	if sent(effects, cyd, mine.Log) != 2 {
		t.Errorf("the others do not hear of it: %v", effects)
	}
	if _, err := f.Append(noon, group, Draft{Kind: wire.KindText, Body: wire.TextBody("x")}); err == nil {
		t.Error("who left can write")
	}
	f.Step(noon, LinkDown{Peer: cyd.ID()})
	effects = link(f, cyd)
	if sent(effects, cyd, mine.Log) != 2 || sent(effects, cyd, b.log()) != 1 {
		t.Errorf("on a new link: %v", of[SendEntries](effects))
	}
	// Somebody unknown adds it again: it cannot know who may.
	d := &author{t: t, key: dan, conv: group, inc: 3, time: noon}
	if len(of[Commit](put(f, dan, d.text(1)...))) != 1 {
		t.Error("who is no member does not listen")
	}
}

func TestLobbyScope(t *testing.T) {
	f := adas()
	f.OpenLobby()
	e, _ := write(t, f, chat.LobbyID, "hello")
	if len(of[SendEntries](link(f, bob))) != 0 {
		t.Error("who does not take part gets it")
	}
	in := func(is bool) []Effect { return append(f.Step(noon, InLobby{Peer: bob.ID(), Is: is}), moment(f)...) }
	if effects := in(true); sent(effects, bob, e.Log) != 1 || len(told(effects, bob, e.Log)) != 1 {
		t.Errorf("who takes part: %v", effects)
	}
	if len(in(true)) != 0 {
		t.Error("the same again has effects")
	}
	in(false)
	if _, effects := write(t, f, chat.LobbyID, "more"); len(effects) != 0 {
		t.Errorf("who left the lobby: %v", effects)
	}
	in(true)
	f.CloseLobby()
	if _, err := f.Append(noon, chat.LobbyID, Draft{Kind: wire.KindText, Body: wire.TextBody("x")}); err == nil {
		t.Error("a lobby that was left is written to")
	}
	effects := f.Step(noon, LinkUp{Peer: bob.ID()})
	if len(of[SendFrontiers](effects)[0].Frontiers.List) != 0 {
		t.Error("a lobby that was left is told of")
	}
	f.OpenLobby()
	f.LoadLog(e.Log, wire.Range{Lowest: 1, Highest: 1}, e.Hash, 0)
	if got := sent(link(f, bob), bob, e.Log); got != 1 {
		t.Error("who took part before the lobby was joined again gets nothing")
	}
}

// TestMembersOfDisk: a group as it is loaded.
func TestMembersOfDisk(t *testing.T) {
	b, genesis := founder(t, ada)
	add := b.add(cyd)
	f := adas()
	f.OpenGroup(group)
	for _, e := range []wire.SignedEntry{genesis, add} {
		f.LoadMembership(e)
		f.LoadClock(group, e.Time)
	}
	f.LoadLog(b.log(), wire.Range{Lowest: 1, Highest: 2}, add.Hash, 1)
	effects := link(f, cyd)
	if sent(effects, cyd, b.log()) != 2 {
		t.Errorf("effects %v", effects)
	}
	if line := told(effects, cyd, b.log())[0]; line.Read != 1 || line.Head != add.Hash.Mark() {
		t.Errorf("told %v", line)
	}
	if e, _ := write(t, f, group, "x"); e.Time <= add.Time {
		t.Error("the clock is older than what is on the disk")
	}
}

// TestFounderFirst: who does not know a group can take nothing of it before the
// log that founds it, whatever order the disk has.
func TestFounderFirst(t *testing.T) {
	b, genesis := founder(t, ada, cyd)
	c := &author{t: t, key: cyd, conv: group, inc: 3, time: noon}
	text := c.text(1)[0]
	f := adas()
	f.OpenGroup(group)
	f.LoadMembership(genesis)
	f.LoadLog(c.log(), wire.Range{Lowest: 1, Highest: 1}, text.Hash, 0)
	f.LoadLog(b.log(), wire.Range{Lowest: 1, Highest: 1}, genesis.Hash, 0)
	// What is written while the whole is about to be sent does not overtake it.
	effects := f.Step(noon, LinkUp{Peer: cyd.ID()})
	effects = append(effects, f.Step(noon, Heard{Peer: cyd.ID(), Frontiers: wire.Frontiers{Full: true}})...)
	_, more := write(t, f, group, "x")
	effects = append(append(effects, more...), moment(f)...)
	if e := of[SendEntries](effects); len(e) != 3 || e[0].Log != b.log() {
		t.Errorf("sent %v", e)
	}
}

// TestOwnAtOnce: what this device wrote does not wait, where a link brings it and
// the peer can take it.
func TestOwnAtOnce(t *testing.T) {
	f := adas()
	id, c, err := f.Found(noon, "Lunch", ids([]*identity.Key{bob}))
	if err != nil {
		t.Fatal(err)
	}
	f.Step(noon, Stored{Run: c.Run})
	f.OpenLobby()
	f.Step(noon, InLobby{Peer: bob.ID(), Is: true})
	lobby, _ := write(t, f, chat.LobbyID, "x")
	f.Step(noon, LinkUp{Peer: bob.ID()})
	effects := f.Step(noon, Heard{Peer: bob.ID(), Frontiers: wire.Frontiers{Full: true}})
	if sent(effects, bob, c.Run[0].Log) != 1 || sent(effects, bob, lobby.Log) != 1 {
		t.Errorf("effects %v", effects)
	}
	if e, effects := write(t, f, id, "x"); sent(effects, bob, e.Log) != 2 {
		t.Errorf("what comes then: %v", effects)
	}
}
