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
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// recorder is a link that takes everything.
type recorder struct{ frames []wire.Frame }

func (r *recorder) Send(frames ...wire.Frame) error {
	r.frames = append(r.frames, frames...)
	return nil
}

// TestWrittenTogetherGoesTogether: what many write at once goes out as one run,
// which costs the other side one signature to verify.
func TestWrittenTogetherGoesTogether(t *testing.T) {
	key := identity.KeyFromSeed([32]byte{1})
	other := identity.KeyFromSeed([32]byte{2}).ID()
	s, err := store.Open(filepath.Join(t.TempDir(), "parlance.db"), key.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := New(t.Context(), Config{Key: key, Store: s, Name: "Ann", Emit: func(chat.Event) {}, DiscoveryPort: 40150, Interfaces: []string{"lo"}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.links.Close()
	defer n.beacon.Close()

	p := n.peerOf(other)
	p.trust = chat.Accepted
	open := n.conversationWith(p)
	if err := s.AddConversation(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	n.feed.OpenDirect(other)
	n.direct[open.ID] = other
	var link recorder
	n.sessions[other] = &session{out: newOutbox(t.Context(), &link, s, func(wire.LogID, uint64, uint64) {}, nil)}
	n.feed.Step(time.Now(), feed.LinkUp{Peer: other})
	n.feed.Step(time.Now(), feed.Heard{Peer: other, Frontiers: wire.Frontiers{Full: true}})

	// The loop is this goroutine, so that all have asked before anything is done.
	const writers = 20
	var done sync.WaitGroup
	for i := range writers {
		done.Go(func() {
			if _, err := n.Send(t.Context(), open.ID, fmt.Sprint(i)); err != nil {
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
	if len(link.frames) != 1 || len(link.frames[0].(wire.Entries).Raw) != writers {
		t.Errorf("%d messages went in %d frames", writers, len(link.frames))
	}
}
