package feed

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Draft is what is to become an entry of the own log.
type Draft struct {
	Kind     wire.EntryKind
	About    chat.MessageID
	Mentions []identity.DeviceID
	Body     []byte
	// ID, Wall and Called are those of an entry that is written a second time; zero:
	// new ones.
	ID     chat.MessageID
	Wall   time.Time
	Called string
}

// Found makes a new group, with this device and others as members, and returns
// its genesis. It is known at once, and founded when the Commit is Stored.
func (f *Feed) Found(now time.Time, name string, members []identity.DeviceID) (chat.ConversationID, Commit, error) {
	g := wire.Genesis{Name: name, Members: members}
	if _, err := io.ReadFull(f.random, g.Nonce[:]); err != nil {
		return chat.ConversationID{}, Commit{}, fmt.Errorf("make nonce: %w", err)
	}
	id := chat.GroupID(f.self, g.Nonce)
	f.OpenGroup(id)
	commit, err := f.write(now, f.conversations[id], Draft{Kind: wire.KindGenesis, Body: wire.GenesisBody(g)})
	return id, commit, err
}

// Append writes the next entry of the own log. It becomes part of the log by
// the Commit effect that is returned. The error wraps chat.ErrRefused if this
// device is no member, or writes more than the lobby bears.
func (f *Feed) Append(now time.Time, id chat.ConversationID, d Draft) (Commit, error) {
	c := f.conversations[id]
	switch {
	case c == nil:
		return Commit{}, fmt.Errorf("%w conversation %s", chat.ErrUnknown, id)
	case c.kind == chat.Group && !c.group.Has(f.self):
		return Commit{}, fmt.Errorf("%w: you are not a member of this group", chat.ErrRefused)
	case c.kind == chat.Lobby:
		if err := c.log(f.ownLog(id), f.self).mayWriteLobby(now); err != nil {
			return Commit{}, err
		}
	}
	return f.write(now, c, d)
}

// maxKnown is how many changes of the removed a removal names: more than one
// makes, and few enough for an entry.
const maxKnown = 1024

// Remove writes that members are removed, with what they changed that is known
// here. The error wraps chat.ErrRefused if this device may not remove one of them.
func (f *Feed) Remove(now time.Time, id chat.ConversationID, who []identity.DeviceID) (Commit, error) {
	c := f.conversations[id]
	if c == nil || c.group == nil {
		return Commit{}, fmt.Errorf("%w group %s", chat.ErrUnknown, id)
	}
	var removals []wire.Removal
	for _, device := range who {
		if !c.group.MayRemove(f.self, device) {
			return Commit{}, fmt.Errorf("%w: only those who were in the group before %s can remove it", chat.ErrRefused, device.Short())
		}
		known := c.group.Changes(device)
		removals = append(removals, wire.Removal{Device: device, Known: known[:min(len(known), maxKnown/len(who))]})
	}
	return f.Append(now, id, Draft{Kind: wire.KindRemove, Body: wire.RemoveBody(removals)})
}

func (f *Feed) ownLog(id chat.ConversationID) wire.LogID {
	return wire.LogID{Conversation: id, Author: f.self, Incarnation: f.incarnation}
}

// maxTimeStep is how far an entry's hybrid time may stand after the one before:
// little enough that clocks go right however much is written, a 64th of a
// millisecond. The first entry of a log, of which there are few, may stand 16 ms
// after.
const (
	maxTimeStep  = 1 << 10
	maxFirstStep = 1 << 20
)

func (f *Feed) write(now time.Time, c *conversation, d Draft) (Commit, error) {
	l := c.log(f.ownLog(c.id), f.self)
	o := l.own
	if o.diverged || o.claimed > l.accepted.Highest && f.divergences < maxDivergences {
		// The numbers after accepted are used: by entries that this disk lost.
		if err := f.newIncarnation(); err != nil {
			return Commit{}, err
		}
		l = c.log(f.ownLog(c.id), f.self)
	}
	if d.Wall.IsZero() {
		d.Wall = now
	}
	if d.ID == (chat.MessageID{}) {
		var err error
		if d.ID, err = newMessageID(now, f.random); err != nil {
			return Commit{}, err
		}
	}
	if d.Called == "" && c.kind != chat.Direct {
		d.Called = f.called
	}
	// A disk restored from a backup may write under the number of what it lost, and
	// after the same entry of another: they must not share a place on the screen.
	var raw [4]byte
	if _, err := io.ReadFull(f.random, raw[:]); err != nil {
		return Commit{}, fmt.Errorf("make time: %w", err)
	}
	span := uint32(maxTimeStep)
	if l.accepted.Highest == 0 {
		span = maxFirstStep
	}
	step := 1 + wire.HybridTime(binary.BigEndian.Uint32(raw[:])%span)
	entry, err := wire.SignEntry(f.key, wire.Entry{
		Log:      l.id,
		Sequence: l.accepted.Highest + 1,
		Previous: l.accepted.hash,
		Time:     max(c.clock, wire.HybridAt(now)) + step,
		Wall:     d.Wall,
		ID:       d.ID,
		Kind:     d.Kind,
		About:    d.About,
		Mentions: d.Mentions,
		Called:   d.Called,
		Body:     d.Body,
	})
	if err != nil {
		return Commit{}, err
	}
	l.own.wrote(l.accepted, entry)
	commit := Commit{Run: []wire.SignedEntry{entry}}
	c.accept(l, commit.Run)
	if f.incarnation != f.saved {
		commit.Incarnation = f.incarnation
	}
	return commit, nil
}

func (f *Feed) newIncarnation() error {
	var raw [8]byte
	if _, err := io.ReadFull(f.random, raw[:]); err != nil {
		return fmt.Errorf("make incarnation: %w", err)
	}
	f.incarnation = binary.BigEndian.Uint64(raw[:])>>1 | 1
	f.divergences++
	return nil
}
