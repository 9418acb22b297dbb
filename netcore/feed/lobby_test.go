package feed

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func lobbyist(t *testing.T, at time.Time) *author {
	return &author{t: t, key: bob, conv: chat.LobbyID, inc: 7, time: at}
}

func inLobby() *Feed {
	f := adas()
	f.OpenLobby()
	f.Step(noon, InLobby{Peer: bob.ID(), Is: true})
	return f
}

func TestLobbyBurst(t *testing.T) {
	f, b := inLobby(), lobbyist(t, noon)
	put(f, bob, b.text(chat.LobbyBurst)...)
	run := b.text(1)
	if r := of[Refused](put(f, bob, run...)); len(r) != 1 || !errors.Is(r[0].Err, ErrFlood) {
		t.Errorf("one more: %v", r)
	}
	// Other authors are not held to account.
	c := &author{t: t, key: cyd, conv: chat.LobbyID, inc: 7, time: noon}
	if len(of[Commit](put(f, bob, c.text(1)...))) != 1 {
		t.Error("another author is refused")
	}
	f, b = inLobby(), lobbyist(t, noon)
	run = b.text(chat.LobbyBurst)
	b.time = noon.Add(chat.LobbyWindow)
	run = append(run, b.text(chat.LobbyBurst+1)...)
	effects := put(f, bob, run...)
	if c := of[Commit](effects); len(c) != 1 || len(c[0].Run) != 2*chat.LobbyBurst {
		t.Error("a burst after the window is not taken, or one more is")
	}
}

// TestLobbyBurstFailed: what could not be written counts once when it comes again.
func TestLobbyBurstFailed(t *testing.T) {
	f, b := inLobby(), lobbyist(t, noon)
	run := b.text(chat.LobbyBurst)
	for range 3 {
		if len(of[Commit](f.Step(noon, Received{Peer: bob.ID(), Run: run}))) != 1 {
			t.Fatal("refused after a write that failed")
		}
		f.Step(noon, Failed{Log: b.log()})
	}
}

func TestOwnLobbyBurst(t *testing.T) {
	f := inLobby()
	for range chat.LobbyBurst {
		write(t, f, chat.LobbyID, "x")
	}
	draft := Draft{Kind: wire.KindText, Body: wire.TextBody("x")}
	if _, err := f.Append(noon, chat.LobbyID, draft); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("one more: %v", err)
	}
	if _, err := f.Append(noon.Add(chat.LobbyWindow), chat.LobbyID, draft); err != nil {
		t.Errorf("after the window: %v", err)
	}
	// As loaded from the disk.
	g := inLobby()
	id := wire.LogID{Conversation: chat.LobbyID, Author: ada.ID(), Incarnation: 1}
	g.LoadLog(id, wire.Range{Lowest: 1, Highest: chat.LobbyBurst}, wire.Hash{1}, 0)
	g.LoadWalls(id, bytesOf(chat.LobbyBurst))
	if _, err := g.Append(noon, chat.LobbyID, draft); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("after a start: %v", err)
	}
}

func bytesOf(n int) (walls []time.Time) {
	for range n {
		walls = append(walls, noon)
	}
	return walls
}

func TestLobbySize(t *testing.T) {
	f, b := inLobby(), lobbyist(t, noon)
	big := b.write(wire.KindText, wire.TextBody(string(bytes.Repeat([]byte("x"), chat.MaxLobbyEntry))))
	if r := of[Refused](put(f, bob, big)); len(r) != 1 || !errors.Is(r[0].Err, ErrFlood) {
		t.Errorf("a long entry: %v", r)
	}
}

func TestLobbyCount(t *testing.T) {
	held := wire.Range{Lowest: 11, Highest: 10 + chat.MaxLobbyLog - 1}
	f, b := inLobby(), lobbyist(t, noon)
	b.last.Sequence, b.last.Hash = held.Highest, wire.Hash{5}
	f.LoadLog(b.log(), held, b.last.Hash, 0)
	if len(of[Commit](put(f, bob, b.text(1)...))) != 1 {
		t.Error("the last is not taken")
	}
	run := b.text(1)
	if r := of[Refused](put(f, bob, run...)); len(r) != 1 || !errors.Is(r[0].Err, ErrFlood) {
		t.Errorf("one more: %v", r)
	}
	f.Step(noon, Trimmed{Log: b.log(), Lowest: 12})
	if len(of[Commit](put(f, bob, run...))) != 1 {
		t.Error("after retention made room: not taken")
	}
	// Of the own log others would take no more either.
	own := wire.LogID{Conversation: chat.LobbyID, Author: ada.ID(), Incarnation: 1}
	f.LoadLog(own, wire.Range{Lowest: 1, Highest: chat.MaxLobbyLog}, wire.Hash{1}, 0)
	if _, err := f.Append(noon, chat.LobbyID, Draft{Kind: wire.KindText, Body: wire.TextBody("x")}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("an own one: %v", err)
	}
}

// lowest is what Bob says to hold of a log, with others before it dropped.
func lowest(f *Feed, id wire.LogID, from, to uint64) {
	f.Step(noon, Heard{Peer: bob.ID(), Frontiers: wire.Frontiers{Full: true, List: []wire.Frontier{{
		Conversation: id.Conversation,
		Logs:         []wire.LogRange{{Author: id.Author, Incarnation: id.Incarnation, Range: wire.Range{Lowest: from, Highest: to}}},
	}}}})
}

func TestLobbyJump(t *testing.T) {
	old := noon.Add(-chat.LobbyKept - time.Hour)
	t.Run("what is too old is left out", func(t *testing.T) {
		f, b := inLobby(), lobbyist(t, old)
		run := b.text(3)
		b.time = noon
		c := of[Commit](put(f, bob, append(run, b.text(2)...)...))
		if len(c) != 1 || !c[0].Jump || c[0].Run[0].Sequence != 4 {
			t.Fatalf("commits %v", c)
		}
		if line := told(link(f, bob), bob, b.log())[0]; line.Lowest != 4 || line.Highest != 5 {
			t.Errorf("told %v", line)
		}
		if effects := put(f, bob, run...); len(effects) != 0 {
			t.Errorf("what is too old, again: %v", effects)
		}
	})
	t.Run("all is too old", func(t *testing.T) {
		f, b := inLobby(), lobbyist(t, old)
		if effects := put(f, bob, b.text(3)...); len(effects) != 0 {
			t.Errorf("effects %v", effects)
		}
	})
	t.Run("the sender dropped the beginning", func(t *testing.T) {
		f, b := inLobby(), lobbyist(t, noon)
		run := b.text(20)[15:]
		link(f, bob)
		if r := of[Refused](put(f, bob, run...)); len(r) != 1 || !errors.Is(r[0].Err, ErrGap) {
			t.Errorf("without saying so: %v", r)
		}
		lowest(f, b.log(), 16, 20)
		if c := of[Commit](put(f, bob, run...)); len(c) != 1 || !c[0].Jump {
			t.Errorf("having said so: %v", c)
		}
	})
	t.Run("a log that went past what is counted", func(t *testing.T) {
		f, b := inLobby(), lobbyist(t, noon)
		b.last.Sequence = 3 * chat.MaxLobbyLog
		run := b.text(1)
		link(f, bob)
		lowest(f, b.log(), run[0].Sequence, run[0].Sequence)
		if len(of[Commit](put(f, bob, run...))) != 1 {
			t.Error("refused")
		}
	})
	t.Run("what lies between is not old", func(t *testing.T) {
		f, b := inLobby(), lobbyist(t, noon)
		run := b.text(20)
		link(f, bob)
		put(f, bob, run[:3]...)
		lowest(f, b.log(), 16, 20)
		if r := of[Refused](put(f, bob, run[15:]...)); len(r) != 1 || !errors.Is(r[0].Err, ErrGap) {
			t.Errorf("refused %v", r)
		}
	})
	t.Run("what lies between is old", func(t *testing.T) {
		f, b := inLobby(), lobbyist(t, old)
		f.Step(noon, InLobby{Peer: bob.ID(), Is: true})
		run := b.text(3)
		f.LoadLog(b.log(), wire.Range{Lowest: 1, Highest: 3}, run[2].Hash, 0)
		f.LoadWalls(b.log(), []time.Time{old, old, old})
		b.text(10)
		b.time = noon
		run = b.text(2)
		link(f, bob)
		lowest(f, b.log(), 14, 15)
		effects := f.Step(noon, Received{Peer: bob.ID(), Run: run})
		if c := of[Commit](effects); len(c) != 1 || !c[0].Jump {
			t.Fatalf("effects %v", effects)
		}
		// A jump that fails leaves what is held as it was.
		f.Step(noon, Failed{Log: b.log()})
		if line := told(link(f, bob), bob, b.log())[0]; line.Lowest != 1 || line.Highest != 3 {
			t.Errorf("told %v", line)
		}
	})
}
