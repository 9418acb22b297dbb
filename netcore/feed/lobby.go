package feed

import (
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// OpenLobby makes this device take part in the lobby.
func (f *Feed) OpenLobby() {
	c := f.open(&conversation{id: chat.LobbyID, kind: chat.Lobby})
	for peer := range f.lobby {
		f.share(peer, c)
	}
}

// CloseLobby ends that. What is stored stays so.
func (f *Feed) CloseLobby() {
	delete(f.conversations, chat.LobbyID)
	for _, list := range f.shared {
		delete(list, chat.LobbyID)
	}
}

// inLobby takes note of who takes part in the lobby.
func (f *Feed) inLobby(now time.Time, peer identity.DeviceID, is bool) []Effect {
	c := f.conversations[chat.LobbyID]
	if f.lobby[peer] == is {
		return nil
	}
	if !is {
		delete(f.lobby, peer)
		delete(f.shared[peer], chat.LobbyID)
		return nil
	}
	f.lobby[peer] = true
	if c == nil {
		return nil
	}
	f.share(peer, c)
	return f.refresh(now, peer, c, false)
}

// mayWriteLobby says whether the lobby bears another own entry: what others
// would refuse is not written.
func (l *log) mayWriteLobby(now time.Time) error {
	if l.accepted.Highest+1-l.accepted.Lowest >= chat.MaxLobbyLog {
		return fmt.Errorf("%w: the lobby keeps %d messages of each", chat.ErrRefused, chat.MaxLobbyLog)
	}
	if len(l.walls) < chat.LobbyBurst {
		return nil
	}
	wait := l.walls[len(l.walls)-chat.LobbyBurst].Add(chat.LobbyWindow).Sub(now)
	if wait <= 0 {
		return nil
	}
	return fmt.Errorf("%w: the lobby takes %d messages in %v from each; wait %v", chat.ErrRefused,
		chat.LobbyBurst, chat.LobbyWindow, (wait + time.Second - 1).Truncate(time.Second))
}

// bearable returns what of a run, which is new, the lobby takes: nothing too
// old, no more than an author may write. lowest is the first entry that its
// sender says to hold. jump says that the run begins after entries that nobody
// holds any more.
func (f *Feed) bearable(now time.Time, l *log, run []wire.SignedEntry, lowest uint64) (_ []wire.SignedEntry, jump bool, err error) {
	horizon := wire.HybridAt(now.Add(-chat.LobbyKept))
	next := l.accepted.Highest + 1
	switch {
	case run[0].Sequence == next && run[0].Previous == l.accepted.hash:
		for len(run) > 0 && run[0].Time < horizon {
			run, jump = run[1:], true
		}
	case run[0].Sequence > next && run[0].Sequence <= lowest:
		// The sender dropped what lies between, as everybody does when it is old.
		jump = len(l.walls) == 0 || wire.HybridAt(l.walls[len(l.walls)-1]) < horizon
	}
	begin := l.accepted.Lowest
	if jump && len(run) > 0 {
		begin = run[0].Sequence
	}
	walls := append([]time.Time(nil), l.walls...)
	for i, e := range run {
		switch {
		case len(e.Raw) > chat.MaxLobbyEntry:
			err = fmt.Errorf("%w: it has %d bytes, the most in the lobby is %d", ErrFlood, len(e.Raw), chat.MaxLobbyEntry)
		case e.Sequence-begin >= chat.MaxLobbyLog:
			err = fmt.Errorf("%w: %d of the author are held already", ErrFlood, chat.MaxLobbyLog)
		case len(walls) >= chat.LobbyBurst && e.Wall.Before(walls[len(walls)-chat.LobbyBurst].Add(chat.LobbyWindow)):
			err = fmt.Errorf("%w: more than %d within %v", ErrFlood, chat.LobbyBurst, chat.LobbyWindow)
		}
		if err != nil {
			return run[:i], jump, err
		}
		walls = appendWall(walls, e.Wall)
	}
	return run, jump, nil
}

// appendWall adds the time of one more entry, and drops those that no bound
// looks at any more.
func appendWall(walls []time.Time, wall time.Time) []time.Time {
	if len(walls) >= 4*chat.LobbyBurst {
		walls = append(walls[:0], walls[len(walls)-2*chat.LobbyBurst:]...)
	}
	return append(walls, wall)
}
