package feed

import (
	"flag"
	"slices"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// members are those who take themselves for members of a conversation.
func (w *world) members(id chat.ConversationID) (list []*device) {
	for _, d := range w.devices {
		g := d.feed.Group(w.group)
		if id == chat.LobbyID || id == w.group && g != nil && g.Has(d.id()) || id != w.group && d.index < 2 {
			list = append(list, d)
		}
	}
	return list
}

// check looks at a world that has come to rest. before is what the disks of the
// members held at the beginning of that.
func (w *world) check(before map[chat.ConversationID][][]wire.Hash) {
	for id, held := range before {
		members := w.members(id)
		if len(members) == 0 {
			continue
		}
		want := members[0].history(id)
		seen := make(map[wire.Hash]bool)
		for _, h := range want {
			if seen[h] {
				w.errorf("an entry stands twice")
			}
			seen[h] = true
		}
		for _, d := range members {
			if got := d.history(id); !slices.Equal(got, want) {
				w.errorf("of %s device %d holds %d entries, device %d %d, or another order", id, d.index, len(got), members[0].index, len(want))
			}
			for _, other := range members {
				if direct, group := d.feed.Pending(other.id()); other != d && (group && id == w.group || direct && id != w.group && id != chat.LobbyID) {
					w.errorf("device %d still waits for a receipt of %d", d.index, other.index)
				}
			}
			for _, h := range held[d.index] {
				if !seen[h] {
					w.errorf("an entry of %s that device %d held is lost", id, d.index)
				}
			}
		}
	}
	members := w.members(w.group)
	for _, d := range members {
		first, mine := members[0].feed.Group(w.group), d.feed.Group(w.group)
		if len(mine.Members()) != len(members) || !slices.Equal(mine.Members(), first.Members()) || mine.Name() != first.Name() {
			w.errorf("%d devices are members, device %d sees %d of %q, device %d %d of %q", len(members),
				d.index, len(mine.Members()), mine.Name(), members[0].index, len(first.Members()), first.Name())
		}
	}
}

// live lets random things happen.
func (w *world) live(steps int) {
	for range steps {
		w.random()
	}
}

// end brings the world to rest, and looks at it.
func (w *world) end() {
	for _, d := range w.devices {
		for len(d.writes)+len(d.rolls) > 0 {
			d.write(false)
		}
	}
	before := make(map[chat.ConversationID][][]wire.Hash)
	for _, id := range []chat.ConversationID{w.group, chat.LobbyID, chat.DirectID(w.devices[0].id(), w.devices[1].id())} {
		for _, d := range w.devices {
			before[id] = append(before[id], d.history(id))
		}
	}
	w.settle()
	w.check(before)
}

// More worlds than these, and longer ones, are tried by hand:
//
//	go test ./netcore/feed -run 'Converges|Quarrels' -worlds 30000 -length 2
var (
	worlds = flag.Int("worlds", 1000, "how many worlds each test tries")
	length = flag.Int("length", 1, "how many times as much happens in each")
)

// try makes worlds of so many devices and more, lets something happen in each, and
// counts those that do not come to rest well.
func try(t *testing.T, worlds, fewest int, faults faults, happen func(*world, int64)) (bad, members int) {
	for seed := range int64(worlds) {
		w := newWorld(seed, fewest+int(seed)%(maxDevices+1-fewest))
		w.faults = faults
		happen(w, seed)
		w.end()
		if len(w.wrong) > 0 {
			if bad++; bad <= 10 {
				t.Logf("seed %d: %s", seed, w.wrong[0])
			}
		}
		members += len(w.members(w.group))
	}
	return bad, members
}

// TestConverges: whatever happens, in the end all members of each conversation
// hold the same.
func TestConverges(t *testing.T) {
	bad, members := try(t, *worlds, 2, faults{}, func(w *world, _ int64) { w.live(800 * *length) })
	if bad > 0 {
		t.Errorf("%d of %d worlds end badly", bad, *worlds)
	}
	if members < 2**worlds {
		t.Errorf("all groups together have %d members: nothing is tried", members)
	}
}

// TestQuarrels: the same where the group is all that changes, and the members
// hardly hear of each other.
func TestQuarrels(t *testing.T) {
	bad, members := try(t, *worlds, 3, faults{}, func(w *world, seed int64) { w.quarrel(int(8+seed%13) * *length) })
	if bad > 0 {
		t.Errorf("%d of %d worlds end badly", bad, *worlds)
	}
	if members < *worlds {
		t.Errorf("all groups together have %d members: nothing is tried", members)
	}
}

// TestWorldsAreHard: worlds that take from the devices what they rely on do not
// come to rest well, so that those which do say something.
func TestWorldsAreHard(t *testing.T) {
	for name, faults := range map[string]faults{
		"receipts before the commit": {early: true},
		"no frontiers sent again":    {deaf: true},
	} {
		bad, _ := try(t, 60, 2, faults, func(w *world, _ int64) { w.live(800) })
		t.Logf("%s: %d of 60 worlds end badly", name, bad)
		if bad < 10 {
			t.Errorf("%s: only %d of 60 worlds end badly", name, bad)
		}
	}
}
