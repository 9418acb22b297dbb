package feed

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestSentAgain: a disk that was full while the link stayed up.
func TestSentAgain(t *testing.T) {
	w := newWorld(t, 1, 2)
	a, b := w.devices[0], w.devices[1]
	w.link(0, 1, true)
	w.receive(a, 1)
	w.receive(b, 0)
	w.append(a, "one")
	w.write(a, false)
	w.receive(b, 0)
	w.write(b, true)
	if got := len(b.history()); got != 0 {
		t.Fatalf("%d entries on a disk that failed", got)
	}
	w.settle()
	if got := b.history(); len(got) != 1 {
		t.Fatalf("after the disk works again: %v", got)
	}
	if a.feed.Pending(b.key.ID()) {
		t.Error("no receipt")
	}
}

// author makes entries of one log, outside of any feed.
type author struct {
	t    *testing.T
	key  *identity.Key
	conv chat.ConversationID
	last wire.SignedEntry
	time time.Time
}

func (a *author) next(text string) wire.SignedEntry {
	a.t.Helper()
	e, err := wire.SignEntry(a.key, wire.Entry{
		Log:      wire.LogID{Conversation: a.conv, Author: a.key.ID(), Incarnation: 7},
		Sequence: a.last.Sequence + 1, Previous: a.last.Hash,
		Time: wire.HybridAt(a.time), Wall: a.time, Kind: wire.KindText, Body: wire.TextBody(text),
	})
	if err != nil {
		a.t.Fatal(err)
	}
	a.last = e
	return e
}

func TestReceived(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	self, peer, stranger := testKey(1), testKey(2), testKey(3)
	direct := chat.DirectID(self.ID(), peer.ID())
	make5 := func(key *identity.Key, conv chat.ConversationID, at time.Time) []wire.SignedEntry {
		a := author{t: t, key: key, conv: conv, time: at}
		var run []wire.SignedEntry
		for range 5 {
			run = append(run, a.next("x"))
		}
		return run
	}
	good := make5(peer, direct, now)
	other := make5(peer, direct, now.Add(time.Second))
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
		{"of another conversation", [][]wire.SignedEntry{make5(peer, chat.ConversationID{9}, now)}, 0, ErrNotMember},
		{"by another author", [][]wire.SignedEntry{make5(stranger, direct, now)}, 0, ErrNotMember},
		{"two days ahead", [][]wire.SignedEntry{make5(peer, direct, now.Add(48*time.Hour))}, 0, ErrAhead},
		{"an hour ahead", [][]wire.SignedEntry{make5(peer, direct, now.Add(time.Hour))}, 5, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := New(Config{Key: self, Incarnation: 1, Random: bytes.NewReader(nil)})
			var highest uint64
			var err error
			for _, run := range tc.runs {
				err = nil
				for _, effect := range f.Step(now, Received{Peer: peer.ID(), Run: run}) {
					switch e := effect.(type) {
					case Commit:
						highest = e.Run[len(e.Run)-1].Sequence
						f.Step(now, Stored(e))
					case Refused:
						err = e.Err
					}
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

// TestStrangerGetsNothing: frontiers of a peer that shares no conversation
// bring it nothing, whatever it asks for.
func TestStrangerGetsNothing(t *testing.T) {
	w := newWorld(t, 1, 2)
	a := w.devices[0]
	w.append(a, "secret")
	w.write(a, false)
	stranger := testKey(9).ID()
	effects := a.feed.Step(w.now, LinkUp{Peer: stranger})
	effects = append(effects, a.feed.Step(w.now, Heard{Peer: stranger, Frontiers: wire.Frontiers{
		Full: true, List: []wire.Frontier{{Conversation: a.conv}},
	}})...)
	for _, effect := range effects {
		switch e := effect.(type) {
		case SendEntries:
			t.Errorf("entries %d to %d sent to a stranger", e.From, e.To)
		case SendFrontiers:
			if len(e.Frontiers.List) > 0 {
				t.Error("a stranger is told of a conversation it is not in")
			}
		}
	}
}

// TestOneWrongClock: an author whose clock is an hour ahead bends the order of
// its own conversation only, and answers stand after what they answer.
func TestOneWrongClock(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	self, peer := testKey(1), testKey(2)
	direct := chat.DirectID(self.ID(), peer.ID())
	f := New(Config{Key: self, Incarnation: 1, Random: bytes.NewReader(make([]byte, 100))})
	a := author{t: t, key: peer, conv: direct, time: now.Add(time.Hour)}
	question := a.next("question")
	f.Step(now, Received{Peer: peer.ID(), Run: []wire.SignedEntry{question}})
	answer, _, err := f.Append(now, direct, wire.KindText, wire.TextBody("answer"))
	if err != nil {
		t.Fatal(err)
	}
	if !question.Position().Less(answer.Position()) {
		t.Error("the answer stands before the question")
	}
	if !answer.Wall.Equal(now) {
		t.Errorf("shown as sent at %s, the own clock says %s", answer.Wall, now)
	}
	f.Open(chat.ConversationID{5}, []identity.DeviceID{self.ID(), peer.ID()}, 0)
	elsewhere, _, err := f.Append(now, chat.ConversationID{5}, wire.KindText, wire.TextBody("x"))
	if err != nil {
		t.Fatal(err)
	}
	if got := elsewhere.Time; got != wire.HybridAt(now) {
		t.Errorf("another conversation's clock stands at %s", got.Wall())
	}
}

func TestRuns(t *testing.T) {
	a := author{t: t, key: testKey(2), conv: chat.ConversationID{1}, time: time.Unix(1, 0)}
	var run []wire.SignedEntry
	var raw [][]byte
	for range 4 {
		run = append(run, a.next("x"))
		raw = append(raw, run[len(run)-1].Raw)
	}
	if _, err := ParseRun(nil); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("empty run: %v", err)
	}
	if _, err := ParseRun([][]byte{raw[0], raw[2]}); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("run with a gap: %v", err)
	}
	parsed, err := ParseRun(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Authentic(parsed); err != nil || len(got) != 4 {
		t.Errorf("good run: %d entries, %v", len(got), err)
	}

	// A tampered end takes only the end with it.
	bad := bytes.Clone(raw[3])
	bad[len(bad)-1] ^= 1
	parsed, err = ParseRun([][]byte{raw[0], raw[1], raw[2], bad})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Authentic(parsed); !errors.Is(err, wire.ErrSignature) || len(got) != 3 {
		t.Errorf("tampered end: %d entries, %v", len(got), err)
	}
	// A tampered middle no longer fits the entry after it.
	bad = bytes.Clone(raw[1])
	bad[len(bad)-1] ^= 1
	if _, err := ParseRun([][]byte{raw[0], bad, raw[2]}); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("tampered middle: %v", err)
	}
}
