package feed

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestFound(t *testing.T) {
	f := adas()
	id, c, err := f.Found(noon, "Lunch", ids([]*identity.Key{bob}))
	if err != nil {
		t.Fatal(err)
	}
	if g, err := c.Run[0].Genesis(); err != nil || g.Name != "Lunch" || c.Run[0].Log.Conversation != id {
		t.Errorf("genesis %v, %v", g, err)
	}
	if f.Group(id) == nil || f.Group(id).Has(bob.ID()) {
		t.Error("founded before it is stored, or not known")
	}
	f.Step(noon, Stored{Run: c.Run})
	if !f.Group(id).Has(bob.ID()) || !f.Group(id).Has(ada.ID()) {
		t.Error("not founded")
	}
	f = New(Config{Key: ada, Incarnation: 1, Random: bytes.NewReader(nil)})
	if _, _, err := f.Found(noon, "Lunch", nil); err == nil {
		t.Error("founded without a random source")
	}
}

func TestAppend(t *testing.T) {
	f := adas()
	text := Draft{Kind: wire.KindText, Body: wire.TextBody("x"), About: chat.MessageID{4}, Mentions: ids([]*identity.Key{bob})}
	if _, err := f.Append(noon, direct, text); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("to an unknown conversation: %v", err)
	}
	f.OpenDirect(bob.ID())
	c, err := f.Append(noon, direct, text)
	if err != nil {
		t.Fatal(err)
	}
	e := c.Run[0]
	if e.Sequence != 1 || e.About != text.About || e.Mentions[0] != bob.ID() || !e.Wall.Equal(noon) || e.ID == (chat.MessageID{}) || c.Incarnation != 0 {
		t.Errorf("entry %+v", e.Entry)
	}
	if _, err := Authentic(c.Run); err != nil {
		t.Error(err)
	}
	c, _ = f.Append(noon, direct, text)
	if c.Run[0].Sequence != 2 || c.Run[0].Previous != e.Hash || c.Run[0].Time <= e.Time {
		t.Errorf("the next: %+v", c.Run[0].Entry)
	}
	// A number whose entry could not be written is used again.
	f.Step(noon, Stored{Run: []wire.SignedEntry{e}})
	f.Step(noon, Failed{Log: e.Log})
	if c, _ = f.Append(noon, direct, text); c.Run[0].Sequence != 2 || c.Run[0].Previous != e.Hash {
		t.Errorf("after a write that failed: %+v", c.Run[0].Entry)
	}
	if _, err := f.Append(noon, direct, Draft{Kind: wire.KindText}); err == nil {
		t.Error("an entry without a body")
	}
	f = New(Config{Key: ada, Incarnation: 1, Random: bytes.NewReader(nil)})
	f.OpenDirect(bob.ID())
	if _, err := f.Append(noon, direct, text); err == nil {
		t.Error("written without a random source")
	}
}

func TestRemove(t *testing.T) {
	f := adas()
	if _, err := f.Remove(noon, group, nil); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("of an unknown group: %v", err)
	}
	b, genesis := founder(t, ada, cyd)
	put(f, bob, genesis)
	c := &author{t: t, key: cyd, conv: group, inc: 3, time: noon}
	put(f, cyd, c.text(2)...)
	renamed := c.write(wire.KindRename, wire.TextBody("Dinner"))
	put(f, cyd, renamed)
	f.Step(noon, Received{Peer: cyd.ID(), Run: []wire.SignedEntry{c.add(dan)}}) // not on the disk
	for _, who := range []*identity.Key{bob, ada, dan} {
		if _, err := f.Remove(noon, group, []identity.DeviceID{cyd.ID(), who.ID()}); !errors.Is(err, chat.ErrRefused) {
			t.Errorf("of %s: %v", who.ID().Short(), err)
		}
	}
	commit, err := f.Remove(noon, group, []identity.DeviceID{cyd.ID()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := commit.Run[0].Removals()
	if err != nil || len(r) != 1 || r[0].Device != cyd.ID() || !slices.Equal(r[0].Known, []wire.Hash{renamed.Hash}) {
		t.Errorf("removals %v, %v", r, err)
	}
	f.Step(noon, Stored{Run: commit.Run})
	if f.Group(group).Has(cyd.ID()) {
		t.Error("not removed")
	}
	// Who is no member any more writes nothing.
	put(f, bob, b.remove(ada))
	if _, err := f.Append(noon, group, Draft{Kind: wire.KindText, Body: wire.TextBody("x")}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("after being removed: %v", err)
	}
	if _, err := f.Remove(noon, group, []identity.DeviceID{bob.ID()}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("after being removed: %v", err)
	}
}

func TestPlaces(t *testing.T) {
	// Two that go on from the same backup write under other incarnations, at the
	// same time and after the same entry of another: not at one place.
	places := make(map[chat.Position]bool)
	for inc := range uint64(60) {
		f := New(Config{Key: ada, Incarnation: inc, Random: endless})
		f.OpenDirect(bob.ID())
		b := &author{t: t, key: bob, conv: direct, inc: 7}
		b.time = noon.Add(1000)
		for range 2 {
			put(f, bob, b.text(1)...)
			e, _ := write(t, f, direct, "x")
			places[e.Position()] = true
		}
	}
	if len(places) < 120 {
		t.Errorf("120 entries stand at %d places", len(places))
	}
}
