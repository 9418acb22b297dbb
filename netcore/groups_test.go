package netcore

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// until waits for a condition that some event brings about, or at the latest the
// exchange of full frontiers, every 30 s.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// meet waits until all see all.
func meet(t testing.TB, nodes ...*Node) {
	t.Helper()
	for _, n := range nodes {
		for _, other := range nodes {
			until(t, n.Self().Name+" sees "+other.Self().Name, func() bool {
				return other == n || slices.ContainsFunc(n.Peers(), func(p chat.Peer) bool { return p.ID == other.Self().ID && p.Linked })
			})
		}
	}
}

// history returns a conversation's texts, changes of the group left out.
func history(t testing.TB, n *Node, id chat.ConversationID) []string {
	t.Helper()
	page, err := n.History(context.Background(), id, Page{Limit: 10_000})
	if err != nil && !errors.Is(err, chat.ErrUnknown) {
		t.Fatal(err)
	}
	var texts []string
	for _, m := range page {
		if m.Change == nil {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func hasHistory(t testing.TB, n *Node, id chat.ConversationID, want ...string) {
	t.Helper()
	until(t, n.Self().Name+" has "+strings.Join(want, ", "), func() bool { return slices.Equal(history(t, n, id), want) })
}

func send(t testing.TB, n *Node, id chat.ConversationID, text string) chat.Message {
	t.Helper()
	m, err := n.Send(context.Background(), id, text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func members(t testing.TB, n *Node, id chat.ConversationID) string {
	t.Helper()
	list, err := n.Members(context.Background(), id)
	if err != nil {
		return ""
	}
	var names []string
	for _, m := range list {
		names = append(names, m.Peer.Name)
	}
	return strings.Join(names, " ")
}

func TestGroup(t *testing.T) {
	ctx := context.Background()
	a, b, c := openNode(t, "Ada", 40031), openNode(t, "Bob", 40031), openNode(t, "Carol", 40031)
	meet(t, a, b, c)
	atB := b.Subscribe()
	id, err := a.CreateGroup(ctx, "Lunch", []identity.DeviceID{b.Self().ID})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, atB, "group", func(e chat.ConversationChanged) bool {
		return e.Conversation.ID == id && e.Conversation.Title == "Lunch" && e.Conversation.Members == 2 && e.Conversation.Request
	})
	first := send(t, a, id, "one")
	if first.Kind != chat.Group || first.Tally.Recipients != 1 {
		t.Errorf("sent %+v", first)
	}
	hasHistory(t, b, id, "one")
	send(t, b, id, "two")
	hasHistory(t, a, id, "one", "two")
	if line, err := b.Conversation(ctx, id); err != nil || line.Request {
		t.Errorf("who writes has not joined: %+v, %v", line, err)
	}

	// A member added later gets all, also when the author is gone.
	until(t, "delivered to Bob", func() bool {
		m, err := a.Message(ctx, id, first.ID)
		return err == nil && m.State == chat.Delivered && m.Tally.Delivered == 1
	})
	if err := b.AddMembers(ctx, id, []identity.DeviceID{c.Self().ID}); err != nil {
		t.Fatal(err)
	}
	hasHistory(t, c, id, "one", "two")
	for _, n := range []*Node{a, b, c} {
		until(t, "three members at "+n.Self().Name, func() bool { return members(t, n, id) == "Ada Bob Carol" })
	}
	until(t, "delivered to both", func() bool {
		m, err := a.Message(ctx, id, first.ID)
		return err == nil && m.Tally.Delivered == 2 && m.Tally.Recipients == 2
	})
	receipts, err := a.Receipts(ctx, id, first.ID)
	if err != nil || len(receipts) != 2 || receipts[0].Peer.Name != "Bob" || receipts[0].State != chat.Delivered || receipts[1].Peer.Name != "Carol" {
		t.Errorf("receipts %+v, %v", receipts, err)
	}

	// Who came first can remove, who came later cannot.
	if err := c.RemoveMembers(ctx, id, []identity.DeviceID{a.Self().ID}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("Carol removes Ada: %v", err)
	}
	if err := a.RenameGroup(ctx, id, "Dinner"); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*Node{b, c} {
		until(t, "renamed at "+n.Self().Name, func() bool {
			line, err := n.Conversation(ctx, id)
			return err == nil && line.Title == "Dinner"
		})
	}
	if err := a.RemoveMembers(ctx, id, []identity.DeviceID{c.Self().ID}); err != nil {
		t.Fatal(err)
	}
	until(t, "Carol knows she is out", func() bool {
		line, err := c.Conversation(ctx, id)
		return err == nil && line.Closed != ""
	})
	send(t, a, id, "three")
	hasHistory(t, b, id, "one", "two", "three")
	if _, err := c.Send(ctx, id, "still here"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("Carol writes: %v", err)
	}
	hasHistory(t, c, id, "one", "two")
	if err := b.Leave(ctx, id); err != nil {
		t.Fatal(err)
	}
	until(t, "Ada is alone", func() bool { return members(t, a, id) == "Ada" })
}

// TestGroupIsShownAtOnce: whoever changes a group is told of it as it is then.
func TestGroupIsShownAtOnce(t *testing.T) {
	ctx := context.Background()
	a, b := openNode(t, "Ada", 40057), openNode(t, "Bob", 40057)
	meet(t, a, b)
	shown := func(id chat.ConversationID, title, people string) {
		t.Helper()
		line, err := a.Conversation(ctx, id)
		if err != nil || line.Title != title || members(t, a, id) != people {
			t.Errorf("shown is %q of %s, want %q of %s; %v", line.Title, members(t, a, id), title, people, err)
		}
	}
	bob := []identity.DeviceID{b.Self().ID}
	for range 10 {
		id, err := a.CreateGroup(ctx, "Lunch", bob)
		if err != nil {
			t.Fatal(err)
		}
		shown(id, "Lunch", "Ada Bob")
		if to, err := a.Resolve(ctx, "Lunch"); err != nil || to != id {
			t.Errorf("the name stands for %v, %v", to, err)
		}
		for _, change := range []struct {
			do            func() error
			title, people string
		}{
			{func() error { return a.RenameGroup(ctx, id, "Dinner") }, "Dinner", "Ada Bob"},
			{func() error { return a.RemoveMembers(ctx, id, bob) }, "Dinner", "Ada"},
			{func() error { return a.AddMembers(ctx, id, bob) }, "Dinner", "Ada Bob"},
			{func() error { return a.Leave(ctx, id) }, "Dinner", "Bob"},
		} {
			if err := change.do(); err != nil {
				t.Fatal(err)
			}
			shown(id, change.title, change.people)
		}
	}
}

// TestGroupsOfStrangers: nobody can fill a list with groups that its owner did not ask
// for.
func TestGroupsOfStrangers(t *testing.T) {
	ctx := context.Background()
	profile := t.TempDir()
	a, b := reopenNode(t, profile, "Ada", 40060), openNode(t, "Bob", 40060)
	linkTo(t, a, b)
	for range chat.MaxGroups + 2 {
		if _, err := a.CreateGroup(ctx, "Buy now", []identity.DeviceID{b.Self().ID}); err != nil {
			t.Fatal(err)
		}
	}
	requests := func() (open []chat.ConversationID) {
		list, err := b.Conversations(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.Request {
				open = append(open, c.ID)
			}
		}
		return open
	}
	last := send(t, a, chat.DirectID(a.Self().ID, b.Self().ID), "after all of them")
	hasHistory(t, b, last.Conversation, last.Text)
	until(t, "as many as there may be", func() bool { return len(requests()) == chat.MaxGroups })

	// Who answers gets more; who starts again does not.
	open := requests()
	if err := b.Join(ctx, open[0]); err != nil {
		t.Fatal(err)
	}
	if err := b.Leave(ctx, open[1]); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		a.Close()
		a = reopenNode(t, profile, "", 40060)
		linkTo(t, a, b)
		until(t, "the others", func() bool { return len(requests()) == chat.MaxGroups })
		if round == 0 {
			if _, err := a.CreateGroup(ctx, "Buy now", []identity.DeviceID{b.Self().ID}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.SetTrust(ctx, a.Self().ID, chat.Accepted); err != nil {
		t.Fatal(err)
	}
	id, err := a.CreateGroup(ctx, "Lunch", []identity.DeviceID{b.Self().ID})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "a friend's group", func() bool {
		c, err := b.Conversation(ctx, id)
		return err == nil && c.Title == "Lunch" && !c.Request
	})
}

// TestGroupWithoutItsAuthor: somebody away for all of it gets the history from
// whoever has it.
func TestGroupWithoutItsAuthor(t *testing.T) {
	ctx := context.Background()
	profile := t.TempDir()
	a, b := openNode(t, "Ada", 40032), openNode(t, "Bob", 40032)
	c := reopenNode(t, profile, "Carol", 40032)
	meet(t, a, b, c)
	cID := c.Self().ID
	c.Close()
	id, err := a.CreateGroup(ctx, "Absent friends", []identity.DeviceID{b.Self().ID, cID})
	if err != nil {
		t.Fatal(err)
	}
	send(t, a, id, "one")
	hasHistory(t, b, id, "one")
	send(t, b, id, "two")
	hasHistory(t, a, id, "one", "two")
	a.Close()
	c = reopenNode(t, profile, "", 40032)
	hasHistory(t, c, id, "one", "two")
	if got := members(t, c, id); got != "Ada Bob Carol" {
		t.Errorf("members %q", got)
	}
}

// TestStateOfAmended: what somebody absent does not know yet is not called delivered,
// though they have the message as it was; and it is when they do.
func TestStateOfAmended(t *testing.T) {
	ctx := context.Background()
	profileA, profileB := t.TempDir(), t.TempDir()
	a, b := reopenNode(t, profileA, "Ada", 40058), reopenNode(t, profileB, "Bob", 40058)
	id := linkTo(t, a, b)
	edited, takenBack := send(t, a, id, "at five"), send(t, a, id, "at your place")
	is := func(m chat.Message, state chat.State) func() bool {
		return func() bool {
			now, err := a.Message(ctx, id, m.ID)
			receipts, receiptsErr := a.Receipts(ctx, id, m.ID)
			return err == nil && now.State == state && receiptsErr == nil && len(receipts) == 1 && receipts[0].State == state
		}
	}
	until(t, "delivered", is(takenBack, chat.Delivered))
	b.Close()
	until(t, "Bob is gone", func() bool { return !a.Peers()[0].Linked })
	if err := a.Edit(ctx, id, edited.ID, "at six"); err != nil {
		t.Fatal(err)
	}
	if err := a.Retract(ctx, id, takenBack.ID); err != nil {
		t.Fatal(err)
	}
	for _, m := range []chat.Message{edited, takenBack} {
		if !is(m, chat.Queued)() {
			t.Errorf("%q is called as far as before it was changed", m.Text)
		}
	}
	a.Close() // what it wrote is not at hand in memory after that
	a = reopenNode(t, profileA, "", 40058)
	at := a.Subscribe()
	b = reopenNode(t, profileB, "", 40058)
	told := make(map[chat.MessageID]bool)
	waitFor(t, at, "both delivered", func(e chat.StateChanged) bool {
		for _, m := range e.Messages {
			told[m] = told[m] || e.State == chat.Delivered
		}
		return told[edited.ID] && told[takenBack.ID]
	})
	until(t, "the edit delivered", is(edited, chat.Delivered))
	if m, err := b.Message(ctx, id, edited.ID); err != nil || m.Text != "at six" {
		t.Errorf("Bob has %q, %v", m.Text, err)
	}

	// Whoever follows what is told while both are there ends up with the truth.
	if err := a.Edit(ctx, id, edited.ID, "at seven"); err != nil {
		t.Fatal(err)
	}
	var shown chat.Message
	waitFor(t, at, "word that the last text is delivered", func(e chat.Event) bool {
		switch e := e.(type) {
		case chat.MessagesChanged:
			shown = e.Messages[0]
		case chat.StateChanged:
			shown.State = e.State
		}
		return shown.Text == "at seven" && shown.State == chat.Delivered
	})
}

func TestAmendments(t *testing.T) {
	ctx := context.Background()
	profileB := t.TempDir()
	a, b := openNode(t, "Ada", 40033), reopenNode(t, profileB, "Bob", 40033)
	meet(t, a, b)
	id, err := a.Direct(ctx, b.Self().ID)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "the-key-is-under-the-mat"
	first, second := send(t, a, id, "helo @bob"), send(t, a, id, secret)
	hasHistory(t, b, id, "helo @bob", secret)
	at := b.Subscribe()
	if err := a.Edit(ctx, id, first.ID, "hello @Bob"); err != nil {
		t.Fatal(err)
	}
	edited := waitFor(t, at, "edit", func(e chat.MessagesChanged) bool { return e.Messages[0].Text == "hello @Bob" }).Messages[0]
	if edited.Edited.IsZero() || edited.Position != first.Position || !edited.Mentioned {
		t.Errorf("edited %+v", edited)
	}
	revisions, err := b.Revisions(ctx, id, first.ID)
	if err != nil || len(revisions) != 2 || revisions[0].Text != "helo @bob" || revisions[1].Text != "hello @Bob" {
		t.Errorf("revisions %+v, %v", revisions, err)
	}
	if err := b.React(ctx, id, first.ID, " "); !errors.Is(err, chat.ErrText) {
		t.Errorf("a reaction that nobody can see: %v", err)
	}
	if err := b.React(ctx, id, first.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	until(t, "reaction", func() bool {
		m, err := a.Message(ctx, id, first.ID)
		return err == nil && len(m.Reactions) == 1 && m.Reactions[0].Text == "👍" && m.Reactions[0].From.Name == "Bob"
	})
	answer, err := b.Reply(ctx, id, first.ID, "yes?")
	if err != nil {
		t.Fatal(err)
	}
	until(t, "answer", func() bool {
		m, err := a.Message(ctx, id, answer.ID)
		return err == nil && m.Answers != nil && m.Answers.ID == first.ID && m.Answers.Text == "hello @Bob" && m.Answers.From.Name == "Ada"
	})

	// Only the author edits and takes back.
	if err := b.Edit(ctx, id, first.ID, "mine"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("Bob edits Ada's message: %v", err)
	}
	if err := a.Retract(ctx, id, second.ID); err != nil {
		t.Fatal(err)
	}
	until(t, "taken back", func() bool {
		m, err := b.Message(ctx, id, second.ID)
		return err == nil && m.Retracted && m.Text == ""
	})
	if err := a.Edit(ctx, id, second.ID, "again"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("editing what was taken back: %v", err)
	}
	if found, err := b.Search(ctx, "mat", 10); err != nil || len(found) != 0 {
		t.Errorf("found %+v, %v", found, err)
	}
	// The text is on no disk any more, and a device that comes later does not get it.
	b.Close()
	files, _ := filepath.Glob(filepath.Join(profileB, "*"))
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && bytes.Contains(data, []byte(secret)) {
			t.Errorf("%s still holds the text", filepath.Base(file))
		}
	}
}

func TestReadMarksAndTyping(t *testing.T) {
	ctx := context.Background()
	a, b := openNode(t, "Ada", 40034), openNode(t, "Bob", 40034)
	meet(t, a, b)
	id, err := a.Direct(ctx, b.Self().ID)
	if err != nil {
		t.Fatal(err)
	}
	at := a.Subscribe()
	first := send(t, a, id, "one")
	hasHistory(t, b, id, "one")
	b.SetTyping(id, true)
	waitFor(t, at, "typing", func(e chat.Typing) bool { return e.Active && e.Conversation == id && e.From.Name == "Bob" })
	b.SetTyping(id, false)
	waitFor(t, at, "end of typing", func(e chat.Typing) bool { return !e.Active })
	if err := b.MarkSeen(ctx, id); err != nil {
		t.Fatal(err)
	}
	waitFor(t, at, "read", func(e chat.StateChanged) bool { return e.State == chat.Read && e.Messages[0] == first.ID })
	if page, _ := a.History(ctx, id, Page{}); page[0].State != chat.Read {
		t.Errorf("in the history it is %s", page[0].State)
	}
	if err := b.SetReadMarks(ctx, false); err != nil {
		t.Fatal(err)
	}
	second := send(t, a, id, "two")
	hasHistory(t, b, id, "one", "two")
	if err := b.MarkSeen(ctx, id); err != nil {
		t.Fatal(err)
	}
	third := send(t, a, id, "three") // its receipt comes after whatever the mark would have told
	until(t, "delivered", func() bool {
		m, err := a.Message(ctx, id, third.ID)
		return err == nil && m.State == chat.Delivered
	})
	if m, err := a.Message(ctx, id, second.ID); err != nil || m.State != chat.Delivered {
		t.Errorf("with read marks off: %s, %v", m.State, err)
	}
}

func TestLobby(t *testing.T) {
	ctx := context.Background()
	a, b, c := openNode(t, "Ada", 40035), openNode(t, "Bob", 40035), openNode(t, "Carol", 40035)
	meet(t, a, b, c)
	if id, err := a.Resolve(ctx, "lobby"); err != nil || id != chat.LobbyID {
		t.Fatalf("%s, %v", id, err)
	}
	first := send(t, a, chat.LobbyID, "hello, everyone")
	hasHistory(t, b, chat.LobbyID, "hello, everyone")
	hasHistory(t, c, chat.LobbyID, "hello, everyone")
	until(t, "delivered to two", func() bool {
		m, err := a.Message(ctx, chat.LobbyID, first.ID)
		return err == nil && m.Tally.Delivered == 2 && m.State == chat.Delivered
	})
	if err := c.Leave(ctx, chat.LobbyID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(ctx, chat.LobbyID, "x"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("writing after leaving: %v", err)
	}
	until(t, "Carol is out", func() bool { return members(t, a, chat.LobbyID) == "Ada Bob" })
	send(t, b, chat.LobbyID, "without Carol")
	hasHistory(t, a, chat.LobbyID, "hello, everyone", "without Carol")
	hasHistory(t, c, chat.LobbyID, "hello, everyone")
	if err := c.Join(ctx, chat.LobbyID); err != nil {
		t.Fatal(err)
	}
	hasHistory(t, c, chat.LobbyID, "hello, everyone", "without Carol")

	// Nobody floods it.
	var err error
	for range chat.LobbyBurst + 1 {
		_, err = b.Send(ctx, chat.LobbyID, "again")
	}
	if !errors.Is(err, chat.ErrRefused) || !strings.Contains(err.Error(), "wait") {
		t.Errorf("flooding: %v", err)
	}
	// Who is blocked is not read.
	if err := a.SetTrust(ctx, b.Self().ID, chat.Blocked); err != nil {
		t.Fatal(err)
	}
	page, err := a.History(ctx, chat.LobbyID, Page{})
	if err != nil || !page[1].Hidden || page[1].Text != "" {
		t.Errorf("a blocked author: %+v, %v", page[1], err)
	}
}

// TestOldBackup: a profile restored from an old backup gets back what it lost,
// and what it writes before that is neither hidden nor doubled anywhere.
func TestOldBackup(t *testing.T) {
	ctx := context.Background()
	profile, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	a, b := reopenNode(t, profile, "Ada", 40036), openNode(t, "Bob", 40036)
	meet(t, a, b)
	id, err := a.CreateGroup(ctx, "Backups", []identity.DeviceID{b.Self().ID})
	if err != nil {
		t.Fatal(err)
	}
	send(t, a, id, "one")
	hasHistory(t, b, id, "one")
	a.Close()
	if err := os.CopyFS(backup, os.DirFS(profile)); err != nil {
		t.Fatal(err)
	}
	a = reopenNode(t, profile, "", 40036)
	send(t, a, id, "two")
	send(t, a, id, "three")
	hasHistory(t, b, id, "one", "two", "three")
	a.Close()
	if err := os.RemoveAll(profile); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(profile, os.DirFS(backup)); err != nil {
		t.Fatal(err)
	}
	a = reopenNode(t, profile, "", 40036)
	send(t, a, id, "four")
	send(t, b, id, "five")
	for _, n := range []*Node{a, b} {
		until(t, n.Self().Name+" has all five", func() bool { return len(history(t, n, id)) == 5 })
	}
	if atA, atB := history(t, a, id), history(t, b, id); !slices.Equal(atA, atB) {
		t.Errorf("Ada has %q, Bob %q", atA, atB)
	}
}
