package replica

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/directory"
	"github.com/parlance-chat/parlance/netcore/lan/loop"
	"github.com/parlance-chat/parlance/netcore/lan/outbox"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// recorder is a link that takes everything.
type recorder struct{ frames []wire.Frame }

func (r *recorder) Send(frames ...wire.Frame) error {
	r.frames = append(r.frames, frames...)
	return nil
}

// network is one with a link to somebody accepted.
type network struct {
	peer identity.DeviceID
	out  *outbox.Outbox // nil: the link is gone
}

func (n *network) Trust(id identity.DeviceID) (chat.Trust, bool) { return chat.Accepted, id == n.peer }
func (n *network) Accept(identity.DeviceID)                      {}
func (n *network) Keep(identity.DeviceID)                        {}
func (n *network) InLobby() []identity.DeviceID                  { return nil }
func (n *network) Outbox(identity.DeviceID) *outbox.Outbox       { return n.out }
func (n *network) Tend(time.Time, peering.Event)                 {}

// linked returns a replica whose loop is owned by the test, with a link to
// somebody, and their conversation.
func linked(t *testing.T, link outbox.Link) (*Replica, *network, chat.ConversationID) {
	t.Helper()
	key := identity.KeyFromSeed([32]byte{1})
	other := identity.KeyFromSeed([32]byte{2}).ID()
	s, err := store.Open(filepath.Join(t.TempDir(), "parlance.db"), key.ID())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	n := &network{
		peer: other,
		out:  outbox.New(t.Context(), outbox.Config{Link: link, Disk: s, Handed: func(wire.LogID, uint64, uint64) {}}),
	}
	r := New(Config{
		Key: key, Store: s, Loop: loop.New(), Network: n, Directory: &directory.Directory{},
		Emit:    func(chat.Event) {},
		Changed: func(chat.ConversationID, []chat.MessageID) {},
		Touched: func(chat.ConversationID) {},
		Log:     slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() {
		r.loop.End()
		r.loop.Wait()
	})
	open := r.conversationWith(other)
	if err := s.AddConversation(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	r.feed.OpenDirect(other)
	r.direct[open.ID] = other
	r.feed.Step(time.Now(), feed.LinkUp{Peer: other})
	r.feed.Step(time.Now(), feed.Heard{Peer: other, Frontiers: wire.Frontiers{Full: true}})
	return r, n, open.ID
}

// write has several write at once, all of whom ask before anything is done, and
// passes on what they wrote.
func (r *Replica) write(t *testing.T, id chat.ConversationID, writers int) {
	t.Helper()
	var done sync.WaitGroup
	for i := range writers {
		done.Go(func() {
			if _, err := r.Conversations().Send(t.Context(), id, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 { // to write, and what came of it
		var all []func()
		for len(all) < writers {
			<-r.loop.Wake()
			all = append(all, r.loop.Take()...)
		}
		for _, do := range all {
			do()
		}
	}
	r.PassOn()
	done.Wait()
}

// TestWrittenTogetherGoesTogether: what many write at once goes out as one run,
// which costs the other side one signature to verify.
func TestWrittenTogetherGoesTogether(t *testing.T) {
	var link recorder
	r, _, id := linked(t, &link)
	const writers = 20
	r.write(t, id, writers)
	if len(link.frames) != 1 || len(link.frames[0].(wire.Entries).Raw) != writers {
		t.Errorf("%d messages went in %d frames", writers, len(link.frames))
	}
}

// TestReceipts: receipts that come in one moment are stored at its end.
func TestReceipts(t *testing.T) {
	r, n, id := linked(t, &recorder{})
	r.write(t, id, 3)
	n.out = nil // nothing goes out any more
	log := wire.LogID{Conversation: id, Author: r.self, Incarnation: r.cfg.Store.Incarnation()}
	for _, told := range []store.Told{{Highest: 2}, {Read: 1}, {Highest: 1}} {
		told.Log, told.Peer = log, n.peer
		r.keepReceipt(told)
	}
	for latest := time.Now().Add(receiptsWithin); len(r.receipts) > 0; {
		at := r.Next()
		if at.After(latest) {
			t.Fatal("nothing is due in time")
		}
		r.Tick(at)
	}
	if err := r.cfg.Store.MarkSeen(t.Context(), id); err != nil { // which is written in turn
		t.Fatal(err)
	}
	held, err := r.cfg.Store.Held(t.Context())
	if err != nil || len(held.Told) != 1 || held.Told[0].Highest != 2 || held.Told[0].Read != 1 {
		t.Errorf("told %v, %v", held.Told, err)
	}
}
