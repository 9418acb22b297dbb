package lan

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/outbox"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// recorder is a link that takes everything.
type recorder struct{ frames []wire.Frame }

func (r *recorder) Send(frames ...wire.Frame) error {
	r.frames = append(r.frames, frames...)
	return nil
}

// linked returns a network whose loop is the test, with a link to somebody, and
// their conversation.
func linked(t *testing.T, link outbox.Link) (*Network, identity.DeviceID, chat.ConversationID) {
	t.Helper()
	key := identity.KeyFromSeed([32]byte{1})
	other := identity.KeyFromSeed([32]byte{2}).ID()
	s, err := store.Open(filepath.Join(t.TempDir(), "parlance.db"), key.ID())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	n, err := New(t.Context(), Config{Key: key, Store: s, Name: "Ann", Emit: func(chat.Event) {}, DiscoveryPort: 40150, Interfaces: []string{"lo"}})
	if err != nil {
		t.Fatal(err)
	}
	n.ctx = t.Context()
	t.Cleanup(func() {
		n.tasks.Wait()
		n.links.Close()
		n.beacon.Close()
	})
	p := n.peerOf(other)
	p.trust = chat.Accepted
	open := n.conversationWith(p)
	if err := s.AddConversation(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	n.feed.OpenDirect(other)
	n.direct[open.ID] = other
	n.sessions[other] = &session{out: outbox.New(t.Context(), outbox.Config{Link: link, Disk: s, Handed: func(wire.LogID, uint64, uint64) {}})}
	n.feed.Step(time.Now(), feed.LinkUp{Peer: other})
	n.feed.Step(time.Now(), feed.Heard{Peer: other, Frontiers: wire.Frontiers{Full: true}})
	return n, other, open.ID
}

// write has several write at once, all of whom ask before anything is done, and
// passes on what they wrote.
func (n *Network) write(t *testing.T, id chat.ConversationID, writers int) {
	t.Helper()
	var done sync.WaitGroup
	for i := range writers {
		done.Go(func() {
			if _, err := n.Send(t.Context(), id, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	for range 2 { // to write, and what came of it
		var all []func()
		for len(all) < writers {
			<-n.inbox.wake
			all = append(all, n.inbox.take()...)
		}
		for _, do := range all {
			do()
		}
	}
	n.passOn()
	done.Wait()
}

// TestWrittenTogetherGoesTogether: what many write at once goes out as one run,
// which costs the other side one signature to verify.
func TestWrittenTogetherGoesTogether(t *testing.T) {
	var link recorder
	n, _, id := linked(t, &link)
	const writers = 20
	n.write(t, id, writers)
	if len(link.frames) != 1 || len(link.frames[0].(wire.Entries).Raw) != writers {
		t.Errorf("%d messages went in %d frames", writers, len(link.frames))
	}
}

// TestReceipts: receipts that come in one moment are stored at its end.
func TestReceipts(t *testing.T) {
	n, other, id := linked(t, &recorder{})
	n.write(t, id, 3)
	delete(n.sessions, other) // it is no real one
	log := wire.LogID{Conversation: id, Author: n.self, Incarnation: n.cfg.Store.Incarnation()}
	for _, told := range []store.Told{{Highest: 2}, {Read: 1}, {Highest: 1}} {
		told.Log, told.Peer = log, other
		n.keepReceipt(told)
	}
	for latest := time.Now().Add(receiptsWithin); len(n.receipts) > 0; {
		at := n.next()
		if at.After(latest) {
			t.Fatal("nothing is due in time")
		}
		n.tick(at)
	}
	if err := n.cfg.Store.MarkSeen(t.Context(), id); err != nil { // which is written in turn
		t.Fatal(err)
	}
	held, err := n.cfg.Store.Held(t.Context())
	if err != nil || len(held.Told) != 1 || held.Told[0].Highest != 2 || held.Told[0].Read != 1 {
		t.Errorf("told %v, %v", held.Told, err)
	}
}
