package feed

import (
	"errors"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestReceived(t *testing.T) {
	five := func(key *identity.Key, conv chat.ConversationID, at time.Time) []wire.SignedEntry {
		return (&author{t: t, key: key, conv: conv, inc: 7, time: at}).text(5)
	}
	good, other := five(bob, direct, noon), five(bob, direct, noon.Add(time.Second))
	for _, tc := range []struct {
		name string
		runs [][]wire.SignedEntry
		want uint64 // highest accepted at the end
		err  error  // of the last run
	}{
		{"in order", [][]wire.SignedEntry{good[:2], good[2:]}, 5, nil},
		{"again", [][]wire.SignedEntry{good, good}, 5, nil},
		{"overlapping", [][]wire.SignedEntry{good[:3], good[1:]}, 5, nil},
		{"gap", [][]wire.SignedEntry{good[:2], good[3:]}, 2, ErrGap},
		{"begins late", [][]wire.SignedEntry{good[1:]}, 0, ErrGap},
		{"fork at the head", [][]wire.SignedEntry{good[:2], other[1:2]}, 2, ErrFork},
		{"fork behind the head", [][]wire.SignedEntry{good[:2], other}, 2, ErrFork},
		{"fork after the head", [][]wire.SignedEntry{good[:2], other[2:]}, 2, ErrFork},
		{"of another conversation", [][]wire.SignedEntry{five(bob, chat.ConversationID{9}, noon)}, 0, ErrNotMember},
		{"by another author", [][]wire.SignedEntry{five(cyd, direct, noon)}, 0, ErrNotMember},
		{"two days ahead", [][]wire.SignedEntry{five(bob, direct, noon.Add(48*time.Hour))}, 0, ErrAhead},
		{"an hour ahead", [][]wire.SignedEntry{five(bob, direct, noon.Add(time.Hour))}, 5, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := adas()
			var highest uint64
			var err error
			for _, run := range tc.runs {
				err = nil
				effects := put(f, bob, run...)
				for _, c := range of[Commit](effects) {
					highest = c.Run[len(c.Run)-1].Sequence
				}
				for _, r := range of[Refused](effects) {
					err = r.Err
				}
			}
			if highest != tc.want {
				t.Errorf("took up to %d, want %d", highest, tc.want)
			}
			if !errors.Is(err, tc.err) {
				t.Errorf("error %v, want %v", err, tc.err)
			}
		})
	}
}

// TestAheadEndsTheRun: what comes before the entry that is ahead is taken.
func TestAheadEndsTheRun(t *testing.T) {
	f := adas()
	b := &author{t: t, key: bob, conv: direct, inc: 7, time: noon}
	run := b.text(2)
	b.time = noon.Add(25 * time.Hour)
	run = append(run, b.text(2)...)
	effects := f.Step(noon, Received{Peer: bob.ID(), Run: run})
	if c := of[Commit](effects); len(c) != 1 || len(c[0].Run) != 2 {
		t.Errorf("effects %v", effects)
	}
	if r := of[Refused](effects); len(r) != 1 || !errors.Is(r[0].Err, ErrAhead) {
		t.Errorf("refused %v", r)
	}
}

func TestEvidenceOnce(t *testing.T) {
	f := adas()
	b := &author{t: t, key: bob, conv: direct, inc: 7, time: noon}
	put(f, bob, b.text(2)...)
	other := (&author{t: t, key: bob, conv: direct, inc: 7, time: noon.Add(time.Second)}).text(3)
	effects := put(f, bob, other[1:]...)
	if e := of[Forked](effects); len(e) != 1 || e[0].Entry.Hash != other[1].Hash || e[0].Peer != bob.ID() {
		t.Errorf("evidence %v", e)
	}
	effects = put(f, bob, other[1:]...)
	if len(of[Forked](effects)) != 0 || len(of[Refused](effects)) != 1 {
		t.Errorf("the second time: %v", effects)
	}
}

func TestBeginGroup(t *testing.T) {
	b, genesis := founder(t, ada, cyd)
	texts := b.text(2)
	c := &author{t: t, key: cyd, conv: group, inc: 3, time: noon}
	f := adas()
	if r := of[Refused](put(f, bob, texts...)); len(r) != 1 || !errors.Is(r[0].Err, ErrNotMember) {
		t.Errorf("a group that begins without its genesis: %v", r)
	}
	stolen := &author{t: t, key: cyd, conv: group, inc: 1, time: noon}
	if r := of[Refused](put(f, cyd, stolen.write(wire.KindGenesis, wire.GenesisBody(wire.Genesis{Nonce: nonce})))); len(r) != 1 {
		t.Error("a genesis by another than the founder begins a group")
	}
	effects := put(f, cyd, append([]wire.SignedEntry{genesis}, texts...)...)
	opened := of[Opened](effects)
	if len(opened) != 1 || opened[0] != (Opened{Conversation: group, Kind: chat.Group, Peer: cyd.ID()}) {
		t.Errorf("opened %v", opened)
	}
	if _, ok := effects[0].(Opened); !ok {
		t.Error("the first effect is another than Opened")
	}
	if m := of[MembersChanged](effects); len(m) != 1 || !f.Group(group).Has(ada.ID()) {
		t.Errorf("members changed: %v", m)
	}
	if len(of[Commit](put(f, bob, c.text(1)...))) != 1 {
		t.Error("from a member, the log of another is not taken")
	}
	if len(of[Commit](put(f, dan, c.text(1)...))) != 1 {
		t.Error("what a member wrote is not taken from another")
	}
	d := &author{t: t, key: dan, conv: group, inc: 3, time: noon}
	if r := of[Refused](put(f, dan, d.text(1)...)); len(r) != 1 || !errors.Is(r[0].Err, ErrNotMember) {
		t.Errorf("from a stranger, its own log: %v", r)
	}
}

func TestMaxGroups(t *testing.T) {
	f := adas()
	take := func(i int, members ...*identity.Key) []Effect {
		n := [16]byte{byte(i), 1}
		b := &author{t: t, key: bob, conv: chat.GroupID(bob.ID(), n), inc: 7, time: noon}
		return put(f, bob, b.write(wire.KindGenesis, wire.GenesisBody(wire.Genesis{Members: ids(members), Nonce: n})))
	}
	for i := range chat.MaxGroups {
		if len(of[Opened](take(i))) != 1 {
			t.Fatalf("group %d is refused", i)
		}
	}
	r := of[Refused](take(chat.MaxGroups))
	if len(r) != 1 || !errors.Is(r[0].Err, ErrFlood) {
		t.Errorf("one more: %v", r)
	}
}

// TestMaxLogs: as many logs as can be, of which those that retention emptied and
// those that were refused do not count.
func TestMaxLogs(t *testing.T) {
	f := adas()
	f.OpenLobby()
	id := func(i int) wire.LogID {
		return wire.LogID{Conversation: chat.LobbyID, Author: cyd.ID(), Incarnation: uint64(i + 1)}
	}
	for i := range chat.MaxLogs - 1 {
		f.LoadLog(id(i), wire.Range{Lowest: 1, Highest: 1}, wire.Hash{1}, 0)
	}
	late := &author{t: t, key: bob, conv: chat.LobbyID, inc: 5, time: noon}
	if r := of[Refused](put(f, bob, late.text(2)[1:]...)); len(r) != 1 || !errors.Is(r[0].Err, ErrGap) {
		t.Errorf("refused %v", r)
	}
	last := &author{t: t, key: bob, conv: chat.LobbyID, inc: 6, time: noon}
	if len(of[Commit](put(f, bob, last.text(1)...))) != 1 {
		t.Error("the last log is not taken")
	}
	more := &author{t: t, key: bob, conv: chat.LobbyID, inc: 7, time: noon}
	run := more.text(1)
	if r := of[Refused](put(f, bob, run...)); len(r) != 1 || !errors.Is(r[0].Err, ErrFlood) {
		t.Errorf("one more: %v", r)
	}
	f.Step(noon, Trimmed{Log: id(0), Lowest: 2})
	if len(of[Commit](put(f, bob, run...))) != 1 {
		t.Error("a log that retention emptied counts")
	}
}

// TestOneWrongClock: an author whose clock is an hour ahead bends the order of
// its own conversation only, and answers stand after what they answer.
func TestOneWrongClock(t *testing.T) {
	f := adas()
	b := author{t: t, key: bob, conv: direct, inc: 7, time: noon.Add(time.Hour)}
	question := b.text(1)[0]
	put(f, bob, question)
	answer, _ := write(t, f, direct, "answer")
	if !question.Position().Less(answer.Position()) {
		t.Error("the answer stands before the question")
	}
	if !answer.Wall.Equal(noon) {
		t.Errorf("shown as sent at %s, the own clock says %s", answer.Wall, noon)
	}
	f.OpenLobby()
	elsewhere, _ := write(t, f, chat.LobbyID, "x")
	if got := elsewhere.Time.Wall(); got.Sub(noon) > time.Second {
		t.Errorf("another conversation's clock stands at %s", got)
	}
}
