package feed

import (
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// received takes a run from a peer: what is new of it, if it fits.
func (f *Feed) received(now time.Time, peer identity.DeviceID, run []wire.SignedEntry) []Effect {
	if len(run) == 0 {
		return nil
	}
	first := run[0]
	id := first.Log
	var effects []Effect
	refuse := func(err error) []Effect {
		return append(effects, Refused{Peer: peer, Err: fmt.Errorf("entry %d of %s: %w", first.Sequence, id.Author.Short(), err)})
	}
	c := f.conversations[id.Conversation]
	if c == nil {
		opened, err := f.begin(peer, first)
		if err != nil {
			return refuse(err)
		}
		effects = append(effects, opened)
		c = f.conversations[id.Conversation]
	}
	if !f.takes(c, peer, id.Author) {
		return refuse(ErrNotMember)
	}
	if c.logs[id] == nil && c.full() {
		return refuse(fmt.Errorf("%w: %d logs are held of the conversation already", ErrFlood, chat.MaxLogs))
	}
	l := c.log(id, f.self)
	last := run[len(run)-1]
	lowest := uint64(1) // of what the peer holds
	if s := f.sessions[peer]; s != nil {
		lowest = max(lowest, s.lowest[id])
		s.note(id, wire.Range{Lowest: lowest, Highest: max(s.has[id], last.Sequence)}, c.logs[id] != nil)
	}
	if l.own != nil {
		if l.own.diverged {
			return effects // they come again
		}
		if more, contradicts := f.contradicted(l, min(last.Sequence, l.accepted.Highest), markAt(run, l.accepted.Highest)); contradicts {
			return append(effects, more...)
		}
	}
	for len(run) > 0 && run[0].Sequence <= l.accepted.Highest {
		if run[0].Sequence == l.accepted.Highest && run[0].Hash != l.accepted.hash {
			return f.fork(effects, peer, l, run[0])
		}
		run = run[1:]
	}
	if len(run) == 0 {
		return effects // all known already
	}
	jump := false
	if c.kind == chat.Lobby {
		var err error
		if run, jump, err = f.bearable(now, l, run, lowest); err != nil {
			effects = refuse(err)
		}
		if len(run) == 0 {
			return effects
		}
	}
	if !jump && run[0].Sequence != l.accepted.Highest+1 {
		return refuse(fmt.Errorf("%w: entry %d is the highest held", ErrGap, l.accepted.Highest))
	}
	if !jump && run[0].Previous != l.accepted.hash {
		if l.own != nil {
			if more, contradicts := f.contradicted(l, l.accepted.Highest, run[0].Previous.Mark()); contradicts {
				return append(effects, more...)
			}
		}
		return f.fork(effects, peer, l, run[0])
	}
	limit := f.limit(now)
	for i, e := range run {
		if e.Time > limit {
			effects = refuse(fmt.Errorf("%w: it claims %s", ErrAhead, e.Time.Wall().UTC().Format(time.RFC3339)))
			run = run[:i]
			break
		}
	}
	if len(run) == 0 {
		return effects
	}
	c.accept(l, run)
	return append(effects, Commit{Run: run, Jump: jump})
}

// limit is the highest time that is taken.
func (f *Feed) limit(now time.Time) wire.HybridTime {
	return wire.HybridAt(now.Add(chat.MaxClockAhead))
}

// begin makes a conversation known by the first entry of it that a peer sends:
// of the direct one any, of a group its genesis.
func (f *Feed) begin(peer identity.DeviceID, first wire.SignedEntry) (Opened, error) {
	id := first.Log.Conversation
	if id == chat.DirectID(f.self, peer) {
		f.OpenDirect(peer)
		return Opened{Conversation: id, Kind: chat.Direct, Peer: peer}, nil
	}
	if first.Kind != wire.KindGenesis {
		return Opened{}, ErrNotMember
	}
	if _, err := first.Genesis(); err != nil {
		return Opened{}, err
	}
	strange := 0
	for _, c := range f.conversations {
		if c.kind == chat.Group && !c.group.Ever(f.self) {
			strange++
		}
	}
	if strange >= chat.MaxGroups {
		return Opened{}, fmt.Errorf("%w: %d groups are held already that this device is no member of", ErrFlood, strange)
	}
	f.OpenGroup(id)
	return Opened{Conversation: id, Kind: chat.Group, Peer: peer}, nil
}

// fork reports, once for each log, an entry that does not follow in it.
func (f *Feed) fork(effects []Effect, peer identity.DeviceID, l *log, evidence wire.SignedEntry) []Effect {
	if !l.forked {
		l.forked = true
		effects = append(effects, Forked{Peer: peer, Entry: evidence})
	}
	return append(effects, Refused{Peer: peer, Err: fmt.Errorf("entry %d of %s: %w", evidence.Sequence, l.id.Author.Short(), ErrFork)})
}
