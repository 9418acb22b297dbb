package netcore

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestRoll: what a member says of a group beside the logs counts, also after a
// restart; and who sees the group otherwise is told all that is known.
func TestRoll(t *testing.T) {
	const port = 40081
	a := openNode(t, "Ada", port)
	key := identity.KeyFromSeed([32]byte{77})
	bob := speakTo(t, a, key)
	until(t, "Ada knows Bob", func() bool {
		return slices.ContainsFunc(a.Peers(), func(p chat.Peer) bool { return p.ID == key.ID() && p.Linked })
	})
	id, err := a.CreateGroup(t.Context(), "Lunch", []identity.DeviceID{key.ID()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cy := identity.KeyFromSeed([32]byte{78})
	add, err := wire.SignEntry(key, wire.Entry{
		Log: wire.LogID{Conversation: id, Author: key.ID(), Incarnation: 5}, Sequence: 3, Previous: wire.Hash{1},
		Time: wire.HybridAt(now.Add(time.Second)), Wall: now, ID: chat.MessageID{1}, Kind: wire.KindAdd, Body: wire.DevicesBody([]identity.DeviceID{cy.ID()}),
	})
	if err != nil {
		t.Fatal(err)
	}
	forged := add
	forged.Raw = slices.Clone(add.Raw)
	forged.Raw[len(forged.Raw)-1] ^= 1
	sendFrame(t, bob, wire.Roll{Raw: [][]byte{add.Raw, forged.Raw}})
	three := func(n *Node) bool {
		list, err := n.Members(t.Context(), id)
		return err == nil && len(list) == 3
	}
	until(t, "Ada takes Cy for a member", func() bool { return three(a) })

	for range 2 {
		sendFrame(t, bob, wire.Frontiers{Full: true, List: []wire.Frontier{{Conversation: id, View: wire.Mark{1}}}})
	}
	for {
		frame, err := bob.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if roll, ok := frame.(wire.Roll); ok {
			if len(roll.Raw) != 2 || string(roll.Raw[1]) != string(add.Raw) {
				t.Errorf("a roll of %d", len(roll.Raw))
			}
			break
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = reopenNode(t, a.Self().Profile, "Ada", port)
	if !three(a) {
		t.Error("after a restart Cy is no member")
	}
}

// speakTo links a device to a node that says only what the test says.
func speakTo(t *testing.T, n *Node, key *identity.Key) *link.Link {
	t.Helper()
	endpoint, err := link.Listen(link.Config{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() {
		if err := endpoint.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); run.Wait() })
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), n.Self().Link[0].Port())
	l, err := endpoint.Dial(t.Context(), to, n.Self().ID)
	if err != nil {
		t.Fatal(err)
	}
	own, err := wire.AppendAnnouncement(nil, key, wire.Announcement{Instance: 1, Sequence: 1, Name: "Bob", LinkPort: endpoint.Port()})
	if err != nil {
		t.Fatal(err)
	}
	sendFrame(t, l, wire.Introduction{Heard: []wire.HeardAnnouncement{{Datagram: own}}})
	return l
}

func sendFrame(t *testing.T, l *link.Link, f wire.Frame) {
	t.Helper()
	if err := l.Send(f); err != nil {
		t.Fatal(err)
	}
}
