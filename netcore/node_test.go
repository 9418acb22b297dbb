package netcore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// loopback keeps tests off the network of the machine they run on.
var loopback = []string{"lo", "lo0"}

// openNode opens a fresh profile on ports of its own.
func openNode(t testing.TB, name string, discoveryPort uint16) *Node {
	t.Helper()
	return reopenNode(t, t.TempDir(), name, discoveryPort)
}

func reopenNode(t testing.TB, profile, name string, discoveryPort uint16) *Node {
	t.Helper()
	n, err := Open(Config{Profile: profile, Name: name, Program: "test", DiscoveryPort: discoveryPort, Interfaces: loopback})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// waitFor waits for an event that is wanted.
func waitFor[E chat.Event](t testing.TB, s *Subscription, what string, wanted func(E) bool) E {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case e, ok := <-s.Events():
			if !ok {
				t.Fatalf("events ended while waiting for %s", what)
			}
			if e, is := e.(E); is && wanted(e) {
				return e
			}
		case <-timeout:
			t.Fatalf("no %s within a minute", what)
		}
	}
}

// linkTo connects a to b by its address on loopback.
func linkTo(t testing.TB, a, b *Node) chat.ConversationID {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", b.Self().Link[0].Port())
	peer, err := a.Connect(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	if peer.ID != b.Self().ID {
		t.Fatalf("connected to %s, not %s", peer.ID, b.Self().ID)
	}
	id, err := a.Direct(context.Background(), peer.ID)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestTalk(t *testing.T) {
	ctx := context.Background()
	a, b := openNode(t, "Ada", 40001), openNode(t, "Bob", 40002)
	id := linkTo(t, a, b)
	atA, atB := a.Subscribe(), b.Subscribe()
	sent, err := a.Send(ctx, id, "hello")
	if err != nil {
		t.Fatal(err)
	}
	got := waitFor(t, atB, "message", func(e chat.MessagesAdded) bool { return true }).Messages[0]
	if got.Text != "hello" || got.ID != sent.ID || got.From.Device != a.Self().ID || got.From.Name != "Ada" || got.Own {
		t.Errorf("got %+v", got)
	}
	waitFor(t, atA, "receipt", func(e chat.StateChanged) bool {
		return e.State == chat.Delivered && e.Messages[0] == sent.ID && e.Peer == b.Self().ID
	})
	if _, err := b.Send(ctx, id, "hello yourself"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, atA, "answer", func(e chat.MessagesAdded) bool { return e.Messages[0].Text == "hello yourself" })
	for _, n := range []*Node{a, b} {
		page, err := n.History(ctx, id, Page{})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) != 2 || page[0].Text != "hello" || page[1].Text != "hello yourself" {
			t.Errorf("history of %s: %+v", n.Self().Name, page)
		}
	}
	page, _ := a.History(ctx, id, Page{})
	if page[0].State != chat.Delivered {
		t.Errorf("state in the history: %s", page[0].State)
	}
}

// TestAbsent: what is sent to somebody absent is queued, survives a restart and
// is delivered on return.
func TestAbsent(t *testing.T) {
	ctx := context.Background()
	profileA, profileB := t.TempDir(), t.TempDir()
	a, b := reopenNode(t, profileA, "Ada", 40003), reopenNode(t, profileB, "Bob", 40003)
	id := linkTo(t, a, b)
	b.Close()
	sent, err := a.Send(ctx, id, "are you there?")
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	a = reopenNode(t, profileA, "", 40003)
	page, err := a.History(ctx, id, Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page) != 1 || page[0].State != chat.Queued || page[0].ID != sent.ID {
		t.Fatalf("after the restart: %+v", page)
	}
	at := a.Subscribe()
	b = reopenNode(t, profileB, "", 40003)
	waitFor(t, at, "receipt", func(e chat.StateChanged) bool { return e.State == chat.Delivered && e.Messages[0] == sent.ID })
	page, err = b.History(ctx, id, Page{})
	if err != nil || len(page) != 1 || page[0].Text != "are you there?" {
		t.Errorf("at the other side: %+v, %v", page, err)
	}
}

func TestInUse(t *testing.T) {
	n := openNode(t, "Ada", 40004)
	_, err := Open(Config{Profile: n.Self().Profile, Program: "other"})
	var inUse *InUseError
	if !errors.As(err, &inUse) {
		t.Fatalf("error %v", err)
	}
	if inUse.Program != "test" || inUse.PID != os.Getpid() {
		t.Errorf("it names %s, process %d", inUse.Program, inUse.PID)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	reopenNode(t, n.cfg.Profile, "", 40004)
}

func TestResolve(t *testing.T) {
	ctx := context.Background()
	a, b, c := openNode(t, "Ada", 40005), openNode(t, "Bob", 40006), openNode(t, "bobby", 40007)
	withBob, withBobby := linkTo(t, a, b), linkTo(t, a, c)
	for _, tc := range []struct {
		to   string
		want chat.ConversationID
		err  error
	}{
		{"Bob", withBob, nil},
		{" bob ", withBob, nil},
		{"bobb", withBobby, nil},
		{b.Self().ID.String(), withBob, nil},
		{c.Self().ID.String()[:9], withBobby, nil},
		{withBob.String(), withBob, nil},
		{"bo", chat.ConversationID{}, chat.ErrAmbiguous},
		{"Carl", chat.ConversationID{}, chat.ErrUnknown},
		{"", chat.ConversationID{}, chat.ErrUnknown},
	} {
		id, err := a.Resolve(ctx, tc.to)
		if !errors.Is(err, tc.err) || (err == nil && id != tc.want) {
			t.Errorf("%q: %s, %v", tc.to, id, err)
		}
		var resolve *ResolveError
		if err != nil && (!errors.As(err, &resolve) || len(resolve.Candidates) != 2) {
			t.Errorf("%q: the error lists %v", tc.to, err)
		}
	}
}

func TestBlocked(t *testing.T) {
	ctx := context.Background()
	a, b := openNode(t, "Ada", 40008), openNode(t, "Bob", 40009)
	id := linkTo(t, a, b)
	at := b.Subscribe()
	if _, err := a.Send(ctx, id, "one"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, at, "message", func(e chat.MessagesAdded) bool { return true })
	if err := b.SetTrust(ctx, a.Self().ID, chat.Blocked); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Send(ctx, id, "two"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Send(ctx, id, "three"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("writing to somebody blocked: %v", err)
	}
	time.Sleep(300 * time.Millisecond) // for what must not happen
	if page, _ := b.History(ctx, id, Page{}); len(page) != 1 {
		t.Errorf("%d messages from somebody blocked", len(page)-1)
	}
	if err := b.SetTrust(ctx, a.Self().ID, chat.Accepted); err != nil {
		t.Fatal(err)
	}
	waitFor(t, at, "the message that waited", func(e chat.MessagesAdded) bool { return e.Messages[0].Text == "two" })
}

// TestFind: two devices with nothing but loopback find each other by themselves.
func TestFind(t *testing.T) {
	a := openNode(t, "Ada", 40010)
	at := a.Subscribe()
	b := openNode(t, "Bob", 40010)
	found := waitFor(t, at, "peer", func(e chat.PeerChanged) bool { return e.Peer.State == chat.Online && e.Peer.Linked })
	if found.Peer.ID != b.Self().ID || found.Peer.Name != "Bob" || found.Peer.Trust != chat.New {
		t.Errorf("found %+v", found.Peer)
	}
	if err := b.SetName(t.Context(), "Robert"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, at, "new name", func(e chat.PeerChanged) bool { return e.Peer.Name == "Robert" })
	b.Close()
	waitFor(t, at, "goodbye", func(e chat.PeerChanged) bool { return e.Peer.State == chat.Offline })
}

// TestImpostor: a new key that bears the name of somebody known is pointed out,
// and not written to before the user decides.
func TestImpostor(t *testing.T) {
	a, b := openNode(t, "Ada", 40011), openNode(t, "Bob", 40012)
	id := linkTo(t, a, b)
	if _, err := a.Send(t.Context(), id, "hello"); err != nil {
		t.Fatal(err)
	}
	other := openNode(t, "BOB", 40013)
	id = linkTo(t, a, other)
	peer, _ := a.lan.Peer(other.Self().ID)
	if peer.Trust != chat.Changed {
		t.Fatalf("trust is %s", peer.Trust)
	}
	if _, err := a.Send(t.Context(), id, "hello"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("writing to somebody with a known name and another key: %v", err)
	}
	if err := a.SetTrust(t.Context(), peer.ID, chat.Accepted); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Send(t.Context(), id, "hello"); err != nil {
		t.Errorf("after accepting: %v", err)
	}
}

// TestDamaged: a damaged database is kept aside, and the user is told where.
func TestDamaged(t *testing.T) {
	n := openNode(t, "Ada", 40014)
	profile, key := n.Self().Profile, n.Self().ID
	n.Close()
	database := filepath.Join(profile, databaseFile)
	if err := os.WriteFile(database, []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	n = reopenNode(t, profile, "", 40014)
	notice := waitFor(t, n.Subscribe(), "notice", func(e chat.Notice) bool { return true })
	aside := n.store.SetAside()
	if !strings.Contains(notice.Text, aside) {
		t.Errorf("the notice %q does not say where it is: %s", notice.Text, aside)
	}
	if kept, err := os.ReadFile(aside); err != nil || !strings.HasPrefix(string(kept), "this is no database") {
		t.Errorf("kept aside: %.30q, %v", kept, err)
	}
	if n.Self().ID != key {
		t.Error("the identity was lost with the database")
	}
}

// TestDamagedEntry: a database with an entry in it that no start can do without, and
// that is not what it was, is kept aside as well.
func TestDamagedEntry(t *testing.T) {
	n := openNode(t, "Ada", 40059)
	ctx, profile := t.Context(), n.Self().Profile
	if _, err := n.Send(ctx, chat.LobbyID, "spoilt"); err != nil {
		t.Fatal(err)
	}
	n.Close()
	database := filepath.Join(profile, databaseFile)
	data, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(database, bytes.ReplaceAll(data, []byte("spoilt"), []byte("SPOILT")), 0o600); err != nil {
		t.Fatal(err)
	}
	n = reopenNode(t, profile, "", 40059)
	waitFor(t, n.Subscribe(), "notice", func(e chat.Notice) bool { return strings.Contains(e.Text, ".damaged-") })
	if _, err := n.Send(ctx, chat.LobbyID, "as new"); err != nil {
		t.Error(err)
	}
}

// TestNoName: a name of nothing but spaces is refused.
func TestNoName(t *testing.T) {
	n := openNode(t, "Ada", 40015)
	if err := n.SetName(t.Context(), " \u200b\n"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("error %v", err)
	}
	if n.Self().Name != "Ada" {
		t.Errorf("the name is %q", n.Self().Name)
	}
}

// TestHistoryReturns: whoever lost the database gets the conversation back from
// the other side, and goes on writing in a log of its own.
func TestHistoryReturns(t *testing.T) {
	profile := t.TempDir()
	a, b := reopenNode(t, profile, "Ada", 40016), openNode(t, "Bob", 40017)
	id := linkTo(t, a, b)
	atA, atB := a.Subscribe(), b.Subscribe()
	if _, err := a.Send(t.Context(), id, "one"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, atB, "message", func(e chat.MessagesAdded) bool { return true })
	if _, err := b.Send(t.Context(), id, "two"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, atA, "answer", func(e chat.MessagesAdded) bool { return e.Messages[0].Text == "two" })
	waitFor(t, atB, "receipt", func(e chat.StateChanged) bool { return e.State == chat.Delivered })
	a.Close()
	lost, err := filepath.Glob(filepath.Join(profile, databaseFile+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range lost {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	a = reopenNode(t, profile, "Ada", 40016)
	atA = a.Subscribe()
	linkTo(t, a, b)
	texts := func(n *Node) (list []string) {
		page, err := n.History(t.Context(), id, Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			list = append(list, fmt.Sprint(m.Text, " ", m.Own))
		}
		return list
	}
	for len(texts(a)) < 2 {
		waitFor(t, atA, "what was lost", func(e chat.MessagesAdded) bool { return true })
	}
	if got := texts(a); !slices.Equal(got, []string{"one true", "two false"}) {
		t.Errorf("came back: %v", got)
	}
	if _, err := a.Send(t.Context(), id, "three"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, atB, "what comes after", func(e chat.MessagesAdded) bool { return e.Messages[0].Text == "three" })
	if got := texts(b); !slices.Equal(got, []string{"one false", "two true", "three false"}) {
		t.Errorf("at the other side: %v", got)
	}
}
