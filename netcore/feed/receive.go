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
	if !f.takes(c, peer) || !c.mayWrite(f.self, id.Author) {
		return refuse(ErrNotMember)
	}
	if c.logs[id] == nil && len(c.logs) >= chat.MaxLogs {
		return refuse(fmt.Errorf("%w: %d logs are held of the conversation already", ErrFlood, len(c.logs)))
	}
	l := c.log(id, f.self)
	if s := f.sessions[peer]; s != nil {
		s.note(id, max(s.has[id], run[len(run)-1].Sequence))
	}
	if l.own != nil {
		if l.own.diverged {
			return effects // they come again
		}
		last := run[len(run)-1]
		if more, contradicts := f.contradicted(l, min(last.Sequence, l.accepted), markAt(run, l.accepted)); contradicts {
			return append(effects, more...)
		}
	}
	for len(run) > 0 && run[0].Sequence <= l.accepted {
		if run[0].Sequence == l.accepted && run[0].Hash != l.acceptedHash {
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
		if run, jump, err = f.bearable(now, l, run); err != nil {
			effects = refuse(err)
		}
		if len(run) == 0 {
			return effects
		}
	}
	if !jump && run[0].Sequence != l.accepted+1 {
		return refuse(fmt.Errorf("%w: entry %d is the highest held", ErrGap, l.accepted))
	}
	if !jump && run[0].Previous != l.acceptedHash {
		if l.own != nil {
			if more, contradicts := f.contradicted(l, l.accepted, run[0].Previous.Mark()); contradicts {
				return append(effects, more...)
			}
		}
		return f.fork(effects, peer, l, run[0])
	}
	limit := wire.HybridAt(now.Add(chat.MaxClockAhead))
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
	for _, e := range run {
		c.clock = max(c.clock, e.Time)
	}
	if jump {
		l.lowest = run[0].Sequence
	}
	l.accept(run...)
	return append(effects, Commit{Run: run, Jump: jump})
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

// bearable returns what of a run the lobby takes: nothing too old, no more than
// an author may write. jump says that the run begins after entries that are too
// old for anybody to hold.
func (f *Feed) bearable(now time.Time, l *log, run []wire.SignedEntry) (_ []wire.SignedEntry, jump bool, err error) {
	horizon := wire.HybridAt(now.Add(-chat.LobbyKept))
	for len(run) > 0 && run[0].Time < horizon {
		run = run[1:]
	}
	if len(run) == 0 {
		return nil, false, nil
	}
	if run[0].Sequence > l.accepted+1 {
		// What lies between may be missing only if it is too old by now.
		jump = l.accepted == 0 || len(l.walls) == 0 || wire.HybridAt(l.walls[len(l.walls)-1]) < horizon
	}
	walls := l.walls
	for i, e := range run {
		switch {
		case len(e.Raw) > chat.MaxLobbyEntry:
			err = fmt.Errorf("%w: it has %d bytes, the most in the lobby is %d", ErrFlood, len(e.Raw), chat.MaxLobbyEntry)
		case e.Sequence-l.lowest >= chat.MaxLobbyLog:
			err = fmt.Errorf("%w: %d of the author are held already", ErrFlood, chat.MaxLobbyLog)
		case len(walls) >= chat.LobbyBurst && e.Wall.Before(walls[len(walls)-chat.LobbyBurst].Add(chat.LobbyWindow)):
			err = fmt.Errorf("%w: more than %d within %v", ErrFlood, chat.LobbyBurst, chat.LobbyWindow)
		}
		if err != nil {
			return run[:i], jump, err
		}
		walls = append(walls[max(0, len(walls)-chat.LobbyBurst):len(walls):len(walls)], e.Wall)
	}
	return run, jump, nil
}
