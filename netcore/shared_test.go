package netcore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// copyProfile copies a profile that is closed, as a copied disk does.
func copyProfile(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(to, keyFile), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestSharedIdentity: of a copied profile, both devices say that there is
// another.
func TestSharedIdentity(t *testing.T) {
	profile := t.TempDir()
	if err := reopenNode(t, profile, "Ada", 40071).Close(); err != nil {
		t.Fatal(err)
	}
	other := copyProfile(t, profile)
	a, b := reopenNode(t, profile, "Ada", 40071), reopenNode(t, other, "Ada", 40071)
	for _, n := range []*Node{a, b} {
		waitFor(t, n.Subscribe(), "other machine with the key", func(e chat.IdentityShared) bool { return e.Address != "" })
		if n.SharedIdentity() == "" {
			t.Error("it is not remembered")
		}
		says := func(f Finding) bool { return f.State == Bad && strings.Contains(f.Advice, "same identity") }
		if r := n.Doctor(t.Context()); !slices.ContainsFunc(r.Findings, says) {
			t.Errorf("the doctor says %+v", r)
		}
	}
}

// TestReplayIsNoSharedIdentity repeats what a device said at an earlier start.
func TestReplayIsNoSharedIdentity(t *testing.T) {
	const port = 40072
	n := openNode(t, "Ada", port)
	sub := n.Subscribe()
	key, err := identity.LoadOrCreateKey(filepath.Join(n.Self().Profile, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Links of one start were at the port of now, those of the other where nobody is.
	for i, linkPort := range []uint16{n.Self().Link[0].Port(), 9} {
		replay, err := wire.AppendAnnouncement(nil, key, wire.Announcement{Instance: uint64(1000 + i), Sequence: 3, Name: "Ada", LinkPort: linkPort})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(replay); err != nil {
			t.Fatal(err)
		}
	}
	b := openNode(t, "Bob", port) // who is heard after it
	waitFor(t, sub, "Bob", func(e chat.PeerChanged) bool { return e.Peer.ID == b.Self().ID })
	time.Sleep(time.Second) // for a dial that should not succeed
	if at := n.SharedIdentity(); at != "" {
		t.Errorf("another machine with the key is said to be at %s", at)
	}
}

func TestRenewIdentity(t *testing.T) {
	ctx := context.Background()
	profile := t.TempDir()
	a, b := reopenNode(t, profile, "Ada", 40073), openNode(t, "Bob", 40074)
	id := linkTo(t, a, b)
	if _, err := a.Send(ctx, id, "from the old one"); err != nil {
		t.Fatal(err)
	}
	group, err := a.CreateGroup(ctx, "Old friends", []identity.DeviceID{b.Self().ID})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "delivered", func() bool {
		page, err := a.History(ctx, id, Page{})
		return err == nil && page[0].State == chat.Delivered
	})
	before := a.Self().ID
	var inUse *InUseError
	if err := RenewIdentity(profile); !errors.As(err, &inUse) {
		t.Errorf("of an open profile: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice at once: each old key is kept
		if err := RenewIdentity(profile); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := filepath.Glob(filepath.Join(profile, "identity-before-*.key"))
	if err != nil || len(kept) != 2 {
		t.Fatalf("kept are %q, %v", kept, err)
	}
	old, err := identity.LoadOrCreateKey(kept[0])
	if err != nil || old.ID() != before {
		t.Errorf("the first kept is of %s, want %s, %v", old.ID().Short(), before.Short(), err)
	}
	again := reopenNode(t, profile, "Ada", 40073)
	if again.Self().ID == before {
		t.Error("the identity is the old one")
	}
	history, err := again.History(ctx, id, Page{})
	if err != nil || len(history) != 1 || history[0].Text != "from the old one" || history[0].State != chat.Delivered {
		t.Errorf("history is %v, %v", history, err)
	}
	conversations, err := again.Conversations(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for what, of := range map[string]chat.ConversationID{"the talk": id, "the group": group} {
		i := slices.IndexFunc(conversations, func(c chat.Conversation) bool { return c.ID == of })
		if i < 0 || conversations[i].Closed == "" {
			t.Errorf("%s of the old identity is gone, or open", what)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(profile, "*.part")); len(left) > 0 {
		t.Errorf("left is %q", left)
	}
}

// TestKeyLost: whoever is somebody new without having asked for it is told.
func TestKeyLost(t *testing.T) {
	n := openNode(t, "Ada", 40061)
	profile, before := n.Self().Profile, n.Self().ID
	n.Close()
	key := filepath.Join(profile, keyFile)
	if err := os.Rename(key, key+".saved"); err != nil {
		t.Fatal(err)
	}
	n = reopenNode(t, profile, "", 40061)
	notice := waitFor(t, n.Subscribe(), "notice", func(chat.Notice) bool { return true })
	if n.Self().ID == before || !strings.Contains(notice.Text, key) {
		t.Errorf("told %q", notice.Text)
	}
	n.Close()
	if n = reopenNode(t, profile, "", 40061); len(n.Notices()) != 0 {
		t.Errorf("told again: %v", n.Notices())
	}
	n.Close()
	if err := os.Rename(key+".saved", key); err != nil {
		t.Fatal(err)
	}
	if n = reopenNode(t, profile, "", 40061); n.Self().ID != before || len(n.Notices()) != 0 {
		t.Errorf("with the key back: %v", n.Notices())
	}
	n.Close()
	if err := RenewIdentity(profile); err != nil {
		t.Fatal(err)
	}
	if n = reopenNode(t, profile, "", 40061); len(n.Notices()) != 0 {
		t.Errorf("who asked for it is told %v", n.Notices())
	}
}

// TestRenewIdentityCutShort: what a kill at any moment leaves, the next call and
// the next start cope with.
func TestRenewIdentityCutShort(t *testing.T) {
	for _, left := range []string{newKeyFile, "identity-before-20260101T000000.000Z.key.part"} {
		profile := t.TempDir()
		key, err := identity.LoadOrCreateKey(filepath.Join(profile, keyFile))
		if err != nil {
			t.Fatal(err)
		}
		if left == newKeyFile {
			_, err = identity.LoadOrCreateKey(filepath.Join(profile, left))
		} else {
			err = os.WriteFile(filepath.Join(profile, left), []byte("half"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if same, err := identity.LoadOrCreateKey(filepath.Join(profile, keyFile)); err != nil || same.ID() != key.ID() {
			t.Errorf("%s: the key is another before it is renewed: %v", left, err)
		}
		if err := RenewIdentity(profile); err != nil {
			t.Fatal(err)
		}
		kept, _ := filepath.Glob(filepath.Join(profile, "identity-before-*Z.key"))
		if len(kept) != 1 {
			t.Fatalf("%s: kept are %q", left, kept)
		}
		if old, err := identity.LoadOrCreateKey(kept[0]); err != nil || old.ID() != key.ID() {
			t.Errorf("%s: kept is another key: %v", left, err)
		}
		if fresh, err := identity.LoadOrCreateKey(filepath.Join(profile, keyFile)); err != nil || fresh.ID() == key.ID() {
			t.Errorf("%s: the key is the old one: %v", left, err)
		}
	}
}
