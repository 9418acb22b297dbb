package feed

import (
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestEarly: what was written while the clock was days ahead, and what nobody has of
// that, is written again when others whose clocks are right say that they wait.
func TestEarly(t *testing.T) {
	const ahead = 365 * 24 * time.Hour
	at := func(now time.Time, f *Feed, text string) wire.SignedEntry {
		t.Helper()
		c, err := f.Append(now, direct, Draft{Kind: wire.KindText, Body: wire.TextBody(text)})
		if err != nil {
			t.Fatal(err)
		}
		f.Step(now, Stored{Run: c.Run})
		return c.Run[0]
	}
	f := adas()
	f.OpenDirect(bob.ID())
	link(f, bob)
	fine := at(noon, f, "fine")
	tell(f, bob, fine.Log, 1, 0, fine.Hash.Mark(), false)
	waits := at(noon, f, "waits") // for Bob, who does not say that he has it
	early := []wire.SignedEntry{at(noon.Add(ahead), f, "one"), at(noon.Add(ahead+time.Minute), f, "two")}
	later := at(noon.Add(2*time.Minute), f, "later") // the clock is right again
	now := noon.Add(3 * time.Minute)
	if later.Log != early[0].Log || later.Time < early[1].Time {
		t.Fatal("the world is wrong")
	}

	if effects := f.Step(noon.Add(ahead), Early{}); len(effects) != 0 {
		t.Errorf("while the own clock says that they are not early: %v", effects)
	}
	d := of[Diverged](f.Step(now, Early{}))
	if len(d) != 1 || d[0] != (Diverged{Log: fine.Log, From: 2}) {
		t.Fatalf("asked for is %v", d)
	}
	if effects := f.Step(now, Early{}); len(effects) != 0 {
		t.Errorf("asked again: %v", effects)
	}
	meanwhile := at(now, f, "meanwhile")
	c := of[Commit](f.Step(now, Reread{Log: fine.Log, Entries: append([]wire.SignedEntry{waits}, append(early, later)...)}))
	if len(c) != 1 || c[0].Drop != fine.Log || c[0].DropFrom != 3 || len(c[0].Run) != 3 {
		t.Fatalf("%d commits", len(c))
	}
	last := meanwhile
	for i, was := range append(early, later) {
		e := c[0].Run[i]
		if e.ID != was.ID || e.Log != meanwhile.Log || e.Sequence != last.Sequence+1 || e.Time <= last.Time || e.Time > f.limit(now) {
			t.Errorf("written again as %+v", e.Entry)
		}
		last = e
	}
	if meanwhile.Log == fine.Log || meanwhile.Time > f.limit(now) {
		t.Errorf("written meanwhile is %+v", meanwhile.Entry)
	}
	// Where the author's clock was ahead, its distances are all that is true.
	if walls := []time.Time{c[0].Run[0].Wall, c[0].Run[1].Wall, c[0].Run[2].Wall}; !slices.EqualFunc(walls,
		[]time.Time{later.Wall.Add(-time.Minute), later.Wall, later.Wall}, time.Time.Equal) {
		t.Errorf("walls %v", walls)
	}

	// Bob gets what waited in the old log, and all of the new one.
	effects := f.Step(now, Stored{Run: c[0].Run})
	if lines := told(effects, bob, fine.Log); len(lines) != 1 || lines[0].Highest != 2 {
		t.Errorf("told of the old log: %v", lines)
	}
	if to := sent(effects, bob, last.Log); to != last.Sequence {
		t.Errorf("sent up to %d of %d", to, last.Sequence)
	}
	if next := at(now, f, "next"); next.Log != last.Log || next.Time <= last.Time || next.Time > f.limit(now) {
		t.Errorf("written next is %+v", next.Entry)
	}
	if effects := f.Step(now, Early{}); len(effects) != 0 {
		t.Errorf("when all is right: %v", effects)
	}
}

// TestEarlyGenesis: nothing can take the place of a genesis.
func TestEarlyGenesis(t *testing.T) {
	f := adas()
	id, c, err := f.Found(noon.Add(3*chat.MaxClockAhead), "Lunch", nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Step(noon, Stored{Run: c.Run})
	d := of[Diverged](f.Step(noon, Early{}))
	if len(d) != 1 {
		t.Fatalf("asked for is %v", d)
	}
	if effects := f.Step(noon, Reread{Log: d[0].Log, Entries: c.Run}); len(effects) != 0 {
		t.Errorf("effects %v", effects)
	}
	if _, err := f.Append(noon, id, Draft{Kind: wire.KindText, Body: wire.TextBody("x")}); err != nil {
		t.Error(err)
	}
}
