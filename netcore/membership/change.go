package membership

import (
	"bytes"
	"slices"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// change is one membership entry, read once.
type change struct {
	wire.SignedEntry
	at       chat.Position
	devices  []identity.DeviceID // whom it names; a genesis its founder first
	removals []wire.Removal      // with what each knows in order
	called   string              // what a genesis or a rename calls the group; empty: nothing
	founds   bool                // it is a genesis as it must be
	weight   int                 // see chat.MaxChanges
	loose    bool                // it stands in no log held

	// In the group: its author and the devices by number, and the removal that makes
	// it void.
	author int
	named  []int
	void   *change
}

// knownWeight is how many changes that a removal names weigh as much as one.
const knownWeight = 4

// read reads an entry. What is malformed in it counts for nothing.
func read(e wire.SignedEntry) *change {
	c := &change{SignedEntry: e, at: e.Position(), weight: 1}
	switch e.Kind {
	case wire.KindGenesis:
		if g, err := e.Genesis(); err == nil {
			c.founds, c.called = true, chat.CleanName(g.Name)
			c.devices = append([]identity.DeviceID{e.Log.Author}, g.Members...)
		}
	case wire.KindAdd:
		c.devices, _ = e.Devices()
	case wire.KindRemove:
		c.removals, _ = e.Removals()
		for _, r := range c.removals {
			c.devices = append(c.devices, r.Device)
			slices.SortFunc(r.Known, compareHashes)
			c.weight += len(r.Known) / knownWeight
		}
	case wire.KindRename:
		if name, err := e.Name(); err == nil {
			c.called = chat.CleanName(name)
		}
	}
	c.weight += len(c.devices)
	return c
}

// compare orders changes as the screen does, and two that a malicious author
// gave the same place by their hashes.
func (c *change) compare(o *change) int {
	if by := bytes.Compare(c.at[:], o.at[:]); by != 0 {
		return by
	}
	return compareHashes(c.Hash, o.Hash)
}

func compareHashes(a, b wire.Hash) int { return bytes.Compare(a[:], b[:]) }

// lasts says whether nothing makes a change void: the genesis, and that somebody
// left.
func (c *change) lasts() bool { return c.Kind == wire.KindGenesis || c.Kind == wire.KindLeave }

// wanted returns whom a change wants to be members.
func (c *change) wanted() []identity.DeviceID {
	if c.Kind == wire.KindRemove {
		return nil
	}
	return c.devices
}
