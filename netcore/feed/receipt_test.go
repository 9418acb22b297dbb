package feed

import (
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestReceipts(t *testing.T) {
	f := adas()
	f.OpenDirect(bob.ID())
	var e wire.SignedEntry
	for range 3 {
		e, _ = write(t, f, direct, "x")
	}
	pending := func() bool { d, g := f.Pending(bob.ID()); return d && !g }
	link(f, bob)
	if !pending() {
		t.Error("nothing is pending before a receipt")
	}
	for _, tc := range []struct {
		highest, read uint64
		delivered     Delivered
		readBy        ReadBy
	}{
		{2, 0, Delivered{bob.ID(), e.Log, 1, 2}, ReadBy{}},
		{2, 1, Delivered{}, ReadBy{bob.ID(), e.Log, 1, 1}},
		{2, 1, Delivered{}, ReadBy{}},
		{1, 0, Delivered{}, ReadBy{}}, // it lost something
		{3, 3, Delivered{bob.ID(), e.Log, 3, 3}, ReadBy{bob.ID(), e.Log, 2, 3}},
	} {
		effects := tell(f, bob, e.Log, tc.highest, tc.read, wire.Mark{}, false)
		var d Delivered
		var r ReadBy
		for _, d = range of[Delivered](effects) {
		}
		for _, r = range of[ReadBy](effects) {
		}
		if d != tc.delivered || r != tc.readBy {
			t.Errorf("has %d, read %d: %v %v", tc.highest, tc.read, d, r)
		}
	}
	if pending() {
		t.Error("pending after the receipt")
	}
	// What is not on the disk cannot be elsewhere.
	if _, err := f.Append(noon, direct, Draft{Kind: wire.KindText, Body: wire.TextBody("x")}); err != nil {
		t.Fatal(err)
	}
	for _, highest := range []uint64{4, 99} {
		if effects := tell(f, bob, e.Log, highest, highest, wire.Mark{}, false); len(of[Delivered](effects)) != 0 {
			t.Errorf("effects %v", effects)
		}
	}
}

// TestReceiptsLoaded: what was acknowledged before the start is not again.
func TestReceiptsLoaded(t *testing.T) {
	f := adas()
	f.OpenDirect(bob.ID())
	id := wire.LogID{Conversation: direct, Author: ada.ID(), Incarnation: 1}
	f.LoadLog(id, wire.Range{Lowest: 1, Highest: 5}, wire.Hash{1}, 0)
	f.LoadReceipt(id, bob.ID(), 5, 3)
	if d, g := f.Pending(bob.ID()); d || g {
		t.Error("pending")
	}
	effects := tell(f, bob, id, 5, 4, wire.Mark{}, true)
	if len(effects) != 0 {
		t.Errorf("without a link: %v", effects)
	}
	link(f, bob)
	effects = tell(f, bob, id, 5, 4, wire.Mark{}, true)
	if len(of[Delivered](effects)) != 0 || len(of[ReadBy](effects)) != 1 || of[ReadBy](effects)[0].From != 4 {
		t.Errorf("effects %v", effects)
	}
}

func TestPendingGroup(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd)
	put(f, bob, genesis)
	e, _ := write(t, f, group, "x")
	f.OpenLobby()
	f.Step(noon, InLobby{Peer: cyd.ID(), Is: true})
	write(t, f, chat.LobbyID, "x")
	if d, g := f.Pending(cyd.ID()); d || !g {
		t.Errorf("pending: direct %v, group %v", d, g)
	}
	link(f, cyd)
	tell(f, cyd, e.Log, 1, 0, e.Hash.Mark(), false)
	if _, g := f.Pending(cyd.ID()); g {
		t.Error("pending after the receipt")
	}
	write(t, f, group, "more")
	put(f, bob, b.remove(cyd))
	if _, g := f.Pending(cyd.ID()); g {
		t.Error("a message is pending for who was removed")
	}
	if d, g := f.Pending(dan.ID()); d || g {
		t.Error("pending for a stranger")
	}
}

func TestReadMarks(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd)
	put(f, bob, append([]wire.SignedEntry{genesis}, b.text(2)...)...)
	c := &author{t: t, key: cyd, conv: group, inc: 3, time: noon}
	put(f, cyd, c.text(2)...)
	link(f, bob)
	effects := f.Step(noon, Seen{Conversation: group})
	if k := of[KeepRead](effects); len(k) != 2 || k[0] != (KeepRead{b.log(), 3}) || k[1] != (KeepRead{c.log(), 2}) {
		t.Errorf("kept %v", k)
	}
	if lines := told(effects, bob, b.log()); len(lines) != 1 || lines[0].Read != 3 || len(told(effects, bob, c.log())) != 0 {
		t.Errorf("the author is told %v", effects)
	}
	if effects := f.Step(noon, Seen{Conversation: group}); len(effects) != 0 {
		t.Errorf("seen again: %v", effects)
	}
	// What is not on the disk yet is told when it is.
	run := b.text(1)
	f.Step(noon, Received{Peer: bob.ID(), Run: run})
	effects = f.Step(noon, Seen{Conversation: group})
	if k := of[KeepRead](effects); len(k) != 1 || k[0].Highest != 4 || told(effects, bob, b.log())[0].Read != 3 {
		t.Errorf("seen before it is stored: %v", effects)
	}
	if line := told(f.Step(noon, Stored{Run: run}), bob, b.log())[0]; line.Read != 4 {
		t.Errorf("then it is told %v", line)
	}
	f.Step(noon, Received{Peer: bob.ID(), Run: b.text(1)})
	f.Step(noon, Seen{Conversation: group})
	f.Step(noon, Failed{Log: b.log()})
	b.last = run[0]
	if line := told(put(f, bob, b.text(1)...), bob, b.log())[0]; line.Read != 4 {
		t.Errorf("after a write that failed: %v", line)
	}

	f.Step(noon, Seen{Conversation: group})
	f.SetTellRead(false)
	put(f, cyd, c.text(1)...)
	effects = f.Step(noon, Seen{Conversation: group})
	if len(of[KeepRead](effects)) != 1 || len(of[SendFrontiers](effects)) != 0 {
		t.Errorf("read marks off: %v", effects)
	}
	for _, line := range append(told(link(f, cyd), cyd, c.log()), told(put(f, cyd, c.text(1)...), cyd, c.log())...) {
		if line.Read != 0 {
			t.Errorf("read marks off: %v is told", line)
		}
	}
	if f.Step(noon, Seen{Conversation: chat.ConversationID{1}}) != nil {
		t.Error("a conversation that is not known was seen")
	}
}

// TestLobbyIsNotTold: nobody learns who reads the lobby.
func TestLobbyIsNotTold(t *testing.T) {
	f, b := inLobby(), lobbyist(t, noon)
	link(f, bob)
	put(f, bob, b.text(2)...)
	effects := f.Step(noon, Seen{Conversation: chat.LobbyID})
	if len(of[KeepRead](effects)) != 1 || len(of[SendFrontiers](effects)) != 0 {
		t.Errorf("effects %v", effects)
	}
	if line := told(f.Step(noon, LinkUp{Peer: bob.ID()}), bob, b.log())[0]; line.Read != 0 {
		t.Errorf("told %v", line)
	}
}

// TestStoredFirst: nothing of what is taken is told or sent before it is on the
// disk, and nothing at all if it cannot be.
func TestStoredFirst(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd)
	put(f, bob, genesis)
	link(f, cyd)
	link(f, bob)
	run := b.text(3)
	effects := f.Step(noon, Received{Peer: bob.ID(), Run: run})
	if len(effects) != 1 || len(of[Commit](effects)) != 1 {
		t.Fatalf("before the disk: %v", effects)
	}
	if effects := f.Step(noon, Failed{Log: b.log()}); len(effects) != 0 {
		t.Errorf("after a write that failed: %v", effects)
	}
	for range 2 { // as when a write was taken for failed and was not
		effects = put(f, bob, run...)
	}
	effects = append(effects, f.Step(noon, Stored{Run: run})...)
	if len(effects) != 0 {
		t.Errorf("stored again: %v", effects)
	}
	effects = put(f, bob, b.text(1)...)
	if lines := told(effects, bob, b.log()); len(lines) != 1 || lines[0].Highest != 5 || lines[0].Head != b.last.Hash.Mark() {
		t.Errorf("the sender is told %v", lines)
	}
	effects = f.Step(noon.Add(passWithin), Tick{})
	if sent(effects, cyd, b.log()) != 5 || sent(effects, bob, b.log()) != 0 {
		t.Errorf("sent %v", of[SendEntries](effects))
	}
}

// TestPassOn: what others wrote is passed on in a moment, unless the peer has
// said by then that it has it.
func TestPassOn(t *testing.T) {
	f := adas()
	b, genesis := founder(t, ada, cyd, dan)
	put(f, bob, genesis)
	link(f, cyd)
	link(f, dan)
	effects := put(f, bob, b.text(2)...)
	if len(told(effects, cyd, b.log())) != 1 || len(of[SendEntries](effects)) != 0 {
		t.Errorf("at once: %v", effects)
	}
	if next := f.Next(); !next.After(noon.Add(-1)) || !next.Before(noon.Add(passWithin)) {
		t.Errorf("next at %v", next)
	}
	tell(f, dan, b.log(), 3, 0, b.last.Hash.Mark(), false)
	for at := noon; at.Before(noon.Add(passWithin)); at = at.Add(time.Millisecond) {
		effects = append(effects, f.Step(at, Tick{})...)
	}
	if sent(effects, cyd, b.log()) != 3 || sent(effects, dan, b.log()) != 0 || len(of[SendEntries](effects)) != 1 {
		t.Errorf("in a moment: %v", of[SendEntries](effects))
	}
	if next := f.Next(); !next.Equal(noon.Add(FullInterval)) {
		t.Errorf("then next at %v", next)
	}
	// Who is removed meanwhile gets it no more.
	put(f, bob, b.text(1)...)
	put(f, bob, b.remove(cyd), b.text(1)[0])
	effects = f.Step(noon.Add(2*passWithin), Tick{})
	if sent(effects, cyd, b.log()) > 5 || sent(effects, dan, b.log()) != 6 {
		t.Errorf("after a removal: %v", of[SendEntries](effects))
	}
}

// TestRaw: the bytes of own entries are at hand where they are whole; what lost
// its body goes by way of the disk, where the reason is.
func TestRaw(t *testing.T) {
	f := adas()
	f.OpenDirect(bob.ID())
	link(f, bob)
	store := func(n, erased int) SendEntries {
		var run []wire.SignedEntry
		for i := range n {
			c, err := f.Append(noon, direct, Draft{Kind: wire.KindText, Body: wire.TextBody("x")})
			if err != nil {
				t.Fatal(err)
			}
			if run = append(run, c.Run...); i < erased {
				run[i] = run[i].Erase()
			}
		}
		e := of[SendEntries](f.Step(noon, Stored{Run: run}))
		if len(e) != 1 {
			t.Fatalf("sent %v", e)
		}
		return e[0]
	}
	if e := store(2, 0); e.From != 1 || e.To != 2 || len(e.Raw) != 2 {
		t.Errorf("sent %v", e)
	}
	if e := store(2, 1); e.From != 3 || e.To != 4 || e.Raw != nil {
		t.Errorf("with one erased: %v", e)
	}
	// What the peer has already is left out.
	f.sessions[bob.ID()].has[wire.LogID{Conversation: direct, Author: ada.ID(), Incarnation: 1}] = 5
	if e := store(3, 0); e.From != 6 || len(e.Raw) != 2 {
		t.Errorf("of which it has one: %v", e)
	}
}

// TestSentAgain: what a peer took and could not keep, or what was lost on the
// way, is sent again once two full frontiers show that it is missing; and what it
// has is not.
func TestSentAgain(t *testing.T) {
	f := adas()
	f.OpenDirect(bob.ID())
	e, _ := write(t, f, direct, "x")
	write(t, f, direct, "x")
	link(f, bob)
	full := func() uint64 { return sent(tell(f, bob, e.Log, 1, 0, e.Hash.Mark(), true), bob, e.Log) }
	if full() != 0 {
		t.Error("sent again at once")
	}
	if got := full(); got != 2 {
		t.Errorf("sent again up to %d", got)
	}
	if sent(tell(f, bob, e.Log, 1, 0, e.Hash.Mark(), false), bob, e.Log) != 0 {
		t.Error("sent again after a frontier that is not full")
	}
}

// TestFullFrontiersGoTogether: links that came up at different times are served
// by one waking, but for those that had their turn lately.
func TestFullFrontiersGoTogether(t *testing.T) {
	f := adas()
	for i, who := range []*identity.Key{bob, cyd, dan} {
		f.Step(noon.Add(time.Duration(i)*10*time.Second), LinkUp{Peer: who.ID()})
	}
	var to []identity.DeviceID
	for _, e := range of[SendFrontiers](f.Step(noon.Add(FullInterval), Tick{})) {
		to = append(to, e.Peer)
	}
	if len(to) != 2 || !slices.Contains(to, bob.ID()) || !slices.Contains(to, cyd.ID()) {
		t.Errorf("sent to %v", to)
	}
	if next := f.Next(); !next.Equal(noon.Add(20*time.Second + FullInterval)) {
		t.Errorf("next at %v", next)
	}
}

func TestFullFrontiers(t *testing.T) {
	f := adas()
	if !f.Next().IsZero() {
		t.Error("a tick is wanted without links")
	}
	f.OpenDirect(bob.ID())
	e, _ := write(t, f, direct, "x")
	link(f, bob)
	if next := f.Next(); !next.Equal(noon.Add(FullInterval)) {
		t.Errorf("next at %v", next)
	}
	if effects := f.Step(noon.Add(FullInterval-1), Tick{}); len(effects) != 0 {
		t.Errorf("too early: %v", effects)
	}
	effects := f.Step(noon.Add(FullInterval), Tick{})
	if len(told(effects, bob, e.Log)) != 1 || !of[SendFrontiers](effects)[0].Frontiers.Full {
		t.Errorf("effects %v", effects)
	}
	// Nothing is sent before the other has said what it has.
	f.Step(noon, LinkDown{Peer: bob.ID()})
	f.Step(noon, LinkUp{Peer: bob.ID()})
	_, effects = write(t, f, direct, "x")
	if len(of[SendEntries](append(effects, tell(f, bob, e.Log, 1, 0, e.Hash.Mark(), false)...))) != 0 {
		t.Error("sent before a full frontier")
	}
}

// TestTrimmed: what retention dropped is neither told nor sent.
func TestTrimmed(t *testing.T) {
	f, b := inLobby(), lobbyist(t, noon)
	put(f, cyd, b.text(5)...)
	f.Step(noon, Trimmed{Log: b.log(), Lowest: 4})
	f.Step(noon, InLobby{Peer: dan.ID(), Is: true})
	effects := link(f, dan)
	if line := told(effects, dan, b.log())[0]; line.Lowest != 4 || line.Highest != 5 {
		t.Errorf("told %v", line)
	}
	if e := of[SendEntries](effects); len(e) != 1 || e[0].From != 4 {
		t.Errorf("sent %v", e)
	}
	f.Step(noon, Trimmed{Log: b.log(), Lowest: 6})
	f.Step(noon, LinkDown{Peer: dan.ID()})
	if effects := link(f, dan); len(told(effects, dan, b.log())) != 0 || len(of[SendEntries](effects)) != 0 {
		t.Errorf("of an empty log: %v", effects)
	}
	if len(of[Commit](put(f, cyd, b.text(1)...))) != 1 {
		t.Error("an empty log does not go on")
	}
}

// TestStrangeLogs: what a peer claims to hold is remembered up to a bound where
// it is not held here, and always where it is.
func TestStrangeLogs(t *testing.T) {
	f, b := inLobby(), lobbyist(t, noon)
	link(f, bob)
	for i := range maxStrange + 10 {
		tell(f, bob, wire.LogID{Conversation: chat.LobbyID, Author: cyd.ID(), Incarnation: uint64(i)}, 1, 0, wire.Mark{}, false)
	}
	tell(f, bob, wire.LogID{Conversation: chat.ConversationID{1}, Author: cyd.ID()}, 1, 0, wire.Mark{}, false)
	if n := len(f.sessions[bob.ID()].has); n != maxStrange {
		t.Errorf("%d logs are remembered, the most is %d", n, maxStrange)
	}
	put(f, cyd, b.text(1)...)
	tell(f, bob, b.log(), 1, 0, wire.Mark{}, false)
	if f.sessions[bob.ID()].has[b.log()] != 1 {
		t.Error("of a log that is held, what the peer has is not remembered")
	}
}
