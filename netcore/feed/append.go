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
	// ID and Wall are those of an entry that is written a second time; zero: new
	// ones.
	ID   chat.MessageID
	Wall time.Time
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
		l := c.log(f.ownLog(id), f.self)
		if wait := l.tooFast(now); wait > 0 {
			return Commit{}, fmt.Errorf("%w: the lobby takes %d messages in %v from each; wait %v", chat.ErrRefused,
				chat.LobbyBurst, chat.LobbyWindow, (wait + time.Second - 1).Truncate(time.Second))
		}
	}
	return f.write(now, c, d)
}

// Remove writes that members are removed, with what is held of their logs. The
// error wraps chat.ErrRefused if this device may not remove one of them.
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
		r := wire.Removal{Device: device, Known: make(map[uint64]uint64)}
		for _, l := range c.logs {
			if l.id.Author == device && l.stored > 0 {
				r.Known[l.id.Incarnation] = l.stored
			}
		}
		removals = append(removals, r)
	}
	return f.Append(now, id, Draft{Kind: wire.KindRemove, Body: wire.RemoveBody(removals)})
}

func (f *Feed) ownLog(id chat.ConversationID) wire.LogID {
	return wire.LogID{Conversation: id, Author: f.self, Incarnation: f.incarnation}
}

func (f *Feed) write(now time.Time, c *conversation, d Draft) (Commit, error) {
	l := c.log(f.ownLog(c.id), f.self)
	before := f.incarnation
	if l.own.diverged || l.own.claimed > l.accepted {
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
	entry, err := wire.SignEntry(f.key, wire.Entry{
		Log:      l.id,
		Sequence: l.accepted + 1,
		Previous: l.acceptedHash,
		Time:     max(c.clock+1, wire.HybridAt(now)),
		Wall:     d.Wall,
		ID:       d.ID,
		Kind:     d.Kind,
		About:    d.About,
		Mentions: d.Mentions,
		Body:     d.Body,
	})
	if err != nil {
		return Commit{}, err
	}
	l.accept(entry)
	c.clock = entry.Time
	commit := Commit{Run: []wire.SignedEntry{entry}}
	if f.incarnation != before {
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
	return nil
}

// tooFast returns how long to wait before the lobby bears another entry.
func (l *log) tooFast(now time.Time) time.Duration {
	if len(l.walls) < chat.LobbyBurst {
		return 0
	}
	return l.walls[len(l.walls)-chat.LobbyBurst].Add(chat.LobbyWindow).Sub(now)
}
