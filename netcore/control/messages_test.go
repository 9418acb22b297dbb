package control_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func TestReplyEditReactRetract(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		id := n.Put(controltest.Bob())
		theirs := n.Receive(controltest.Bob(), "Lunch?")[0]

		own, err := c.Reply(ctx, id, theirs.ID, "At noom")
		if err != nil || own.Answers == nil || own.Answers.ID != theirs.ID || own.Answers.From.Name != "Bob" || own.Answers.Text != "Lunch?" {
			t.Fatalf("reply: %+v, %v", own, err)
		}
		if err := c.Edit(ctx, id, own.ID, "At noon"); err != nil {
			t.Fatal(err)
		}
		if err := c.React(ctx, id, theirs.ID, "👍"); err != nil {
			t.Fatal(err)
		}
		edited, err := c.Message(ctx, id, own.ID)
		if err != nil || edited.Text != "At noon" || edited.Edited.IsZero() || edited.Position != own.Position {
			t.Errorf("edited: %+v, %v", edited, err)
		}
		if found, err := c.FindMessage(ctx, own.ID); err != nil || found.Conversation != id || found.Text != "At noon" {
			t.Errorf("found anywhere: %+v, %v", found, err)
		}
		revisions, err := c.Revisions(ctx, id, own.ID)
		if err != nil || len(revisions) != 2 || revisions[0].Text != "At noom" || revisions[1].Text != "At noon" || !revisions[1].Sent.Equal(edited.Edited.Time) {
			t.Errorf("revisions: %+v, %v", revisions, err)
		}
		liked, err := c.Message(ctx, id, theirs.ID)
		if err != nil || len(liked.Reactions) != 1 || liked.Reactions[0].Text != "👍" || !liked.Reactions[0].Own || liked.Reactions[0].From.Name != "Ada" {
			t.Errorf("reaction: %+v, %v", liked, err)
		}
		if err := c.React(ctx, id, theirs.ID, ""); err != nil {
			t.Fatal(err)
		}
		if m, err := c.Message(ctx, id, theirs.ID); err != nil || len(m.Reactions) != 0 {
			t.Errorf("reaction taken back: %+v, %v", m, err)
		}
		if err := c.Retract(ctx, id, own.ID); err != nil {
			t.Fatal(err)
		}
		if m, err := c.Message(ctx, id, own.ID); err != nil || !m.Retracted || m.Text != "" || !m.Own() {
			t.Errorf("retracted: %+v, %v", m, err)
		}
	})
}

func TestReceiptsAndTyping(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		bob := controltest.Bob()
		carol := chat.Peer{ID: controltest.ID("carol"), Name: "Carol", State: chat.Offline, Trust: chat.Accepted}
		n.Put(bob)
		n.Put(carol)
		group := n.Found("Lunch", false, bob, carol)
		m, err := c.Send(ctx, group, "hello @Bob")
		if err != nil {
			t.Fatal(err)
		}
		m, err = c.Message(ctx, group, m.ID)
		if err != nil || m.State != chat.Queued || m.Tally == nil || *m.Tally != (control.Tally{Recipients: 2, Sent: 1, Delivered: 1}) {
			t.Errorf("message: %+v, %v", m, err)
		}
		if len(m.Mentions) != 1 || m.Mentions[0].Name != "Bob" || m.Mentions[0].ID != bob.ID.String() || m.Mentioned {
			t.Errorf("mentions: %+v", m)
		}
		receipts, err := c.Receipts(ctx, group, m.ID)
		if err != nil || len(receipts) != 2 || receipts[0].Name != "Bob" || receipts[0].State != chat.Delivered ||
			receipts[1].ID != carol.ID.String() || receipts[1].State != chat.Queued {
			t.Errorf("receipts: %+v, %v", receipts, err)
		}
		if err := c.SetTyping(ctx, group, true); err != nil || !n.IsTyping(group) {
			t.Errorf("typing: %v", err)
		}
		if err := c.SetTyping(ctx, group, false); err != nil || n.IsTyping(group) {
			t.Errorf("no longer typing: %v", err)
		}
	})
}

// TestMessageErrors sees what is refused about messages.
func TestMessageErrors(t *testing.T) {
	overBoth(t, func(t *testing.T, n *controltest.Node, c *control.Client) {
		ctx := testContext(t)
		id := n.Put(controltest.Bob())
		theirs := n.Receive(controltest.Bob(), "hi")[0].ID
		nowhere := uuid.Must(uuid.NewV7())
		for _, tt := range []struct {
			name string
			err  error
			is   error
		}{
			{"edit of another's", c.Edit(ctx, id, theirs, "x"), chat.ErrRefused},
			{"retraction of another's", c.Retract(ctx, id, theirs), chat.ErrRefused},
			{"edit of nothing", c.Edit(ctx, id, nowhere, "x"), chat.ErrUnknown},
			{"edit to nothing", c.Edit(ctx, id, theirs, " "), chat.ErrText},
			{"reaction to nothing", c.React(ctx, id, nowhere, "x"), chat.ErrUnknown},
			{"a long reaction", c.React(ctx, id, theirs, strings.Repeat("x", chat.MaxReaction+1)), chat.ErrText},
			{"a reaction of bad UTF-8", c.React(ctx, id, theirs, "\xff"), chat.ErrText},
			{"a conversation that is not there", c.Edit(ctx, chat.ConversationID{1}, theirs, "x"), chat.ErrUnknown},
			{"an answer to nothing", second(c.Reply(ctx, id, nowhere, "x")), chat.ErrUnknown},
			{"an answer of nothing", second(c.Reply(ctx, id, theirs, "")), chat.ErrText},
			{"receipts of another's", second(c.Receipts(ctx, id, theirs)), chat.ErrRefused},
			{"revisions of nothing", second(c.Revisions(ctx, id, nowhere)), chat.ErrUnknown},
			{"nothing anywhere", second(c.FindMessage(ctx, nowhere)), chat.ErrUnknown},
		} {
			if !errors.Is(tt.err, tt.is) {
				t.Errorf("%s: %v", tt.name, tt.err)
			}
		}
		broken := errors.New("the disk is broken")
		n.Fail("Message", broken)
		if _, err := c.FindMessage(ctx, theirs); err == nil || errors.Is(err, chat.ErrUnknown) || err.Error() != broken.Error() {
			t.Errorf("a message that cannot be read: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestMessageObject holds the JSON of a message to its documented form: what was
// there before, and beside it only what concerns the message.
func TestMessageObject(t *testing.T) {
	n := controltest.New("Ada")
	bob := controltest.Bob()
	id := n.Put(bob)
	m := n.Receive(bob, "hi")[0]
	c := control.Local(n)
	defer c.Close()
	object := func() map[string]any {
		t.Helper()
		page, err := c.History(testContext(t), id, netcore.Page{})
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(page[0].Message)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	const before = 7
	if v := object(); len(v) != before {
		t.Errorf("a plain message is %v", v)
	}
	n.Change(id, m.ID, func(m *chat.Message) {
		m.Answers = &chat.Quote{ID: m.ID} // one that is not held
		m.Mentions, m.Mentioned = []chat.Author{{Device: bob.ID, Name: "Bob"}}, true
		m.Reactions = []chat.Reaction{{From: chat.Author{Device: bob.ID, Name: "Bob"}, Text: "❤"}}
		m.Edited = m.Sent
		m.Retracted, m.Hidden = true, true
		m.Change = &chat.Change{Kind: chat.Added, Who: []chat.Author{{Device: bob.ID, Name: "Bob"}}, Name: "x"}
	})
	author := map[string]any{"id": bob.ID.String(), "name": "Bob"}
	want := map[string]any{
		"answers":   map[string]any{"id": m.ID.String()},
		"mentions":  []any{author},
		"mentioned": true,
		"reactions": []any{map[string]any{"from": author, "text": "❤"}},
		"edited":    "2026-01-02T03:05:00.000000000Z",
		"retracted": true,
		"hidden":    true,
		"change":    map[string]any{"kind": "added", "who": []any{author}, "name": "x"},
	}
	v := object()
	if len(v) != before+len(want) {
		t.Errorf("got %v", v)
	}
	for name, value := range want {
		got, _ := json.Marshal(v[name])
		expected, _ := json.Marshal(value)
		if string(got) != string(expected) {
			t.Errorf("%s is %s, want %s", name, got, expected)
		}
	}
}
