package lan

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store"
)

// running returns a network that runs until the test ends, on the loopback
// interface.
func running(t *testing.T, seed byte) *Network {
	t.Helper()
	key := identity.KeyFromSeed([32]byte{seed})
	s, err := store.Open(filepath.Join(t.TempDir(), "parlance.db"), key.ID())
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(t.Context(), Config{
		Key: key, Store: s, Name: "device", Emit: func(chat.Event) {},
		Instance: 1, DiscoveryPort: 40150, Interfaces: []string{"lo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		running.Wait()
		s.Close()
	})
	return n
}

// TestBlockedIsNotLinked: discovery does not hold somebody for linked, and so for
// online as long as the program runs, with whom the link ended because the user
// blocked it.
func TestBlockedIsNotLinked(t *testing.T) {
	ann, bob := running(t, 1), running(t, 2)
	linked := func() (is bool) {
		t.Helper()
		if err := ann.loop.Call(t.Context(), func() {
			p, _ := ann.discovery.Peer(bob.self)
			is = p.Linked
		}); err != nil {
			t.Fatal(err)
		}
		return is
	}
	if _, err := ann.Connect(t.Context(), bob.LinkAddresses()[0]); err != nil {
		t.Fatal(err)
	}
	if !linked() {
		t.Error("not linked after a connection by hand")
	}
	if err := ann.SetTrust(t.Context(), bob.self, chat.Blocked); err != nil {
		t.Fatal(err)
	}
	if linked() {
		t.Error("still linked")
	}
}
