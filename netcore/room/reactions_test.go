package room

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/store"
)

// TestReactions: of others and of one's own, to others and to oneself; one of each
// person, and what is not known changes nothing.
func TestReactions(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	f.says("bob", "#room", "hello", time.Now())
	b.holds(id, "bob: hello")
	m := b.send(id, "hello bob")
	b.holds(id, "bob: hello", "own delivered: hello bob")
	page, err := b.store.History(t.Context(), id, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	bobs := page[0].ID
	shows := func(message chat.MessageID, want string) {
		t.Helper()
		text := func() string {
			all, err := b.Reactions(t.Context(), id, []chat.MessageID{message})
			if err != nil {
				t.Fatal(err)
			}
			var list []string
			for _, r := range all[message] {
				list = append(list, r.From.Name+r.Text)
			}
			return strings.Join(list, " ")
		}
		b.until(fmt.Sprintf("reactions %q, have %q", want, text()), func() bool { return text() == want })
	}
	if err := b.React(t.Context(), id, bobs, "👍"); err != nil {
		t.Fatal(err)
	}
	shows(bobs, "👍")
	f.tags("cat", "#room", "+draft/reply=m1;+draft/react=🎉")
	shows(bobs, "👍 cat🎉")
	f.tags("cat", "#room", "+draft/reply=m1;+draft/react=🙈")
	shows(bobs, "👍 cat🙈")
	f.tags("cat", "#room", "+draft/reply=m2;+draft/react=❤")
	shows(m.ID, "cat❤")
	f.tags("cat", "#room", "+draft/reply=m99;+draft/react=❤")
	f.tags("cat", "#room", "+draft/reply=m1;+draft/unreact=🙈")
	shows(bobs, "👍")
	if err := b.React(t.Context(), id, bobs, ""); err != nil {
		t.Fatal(err)
	}
	shows(bobs, "")
	b.mu.Lock()
	var last chat.MessagesChanged
	for _, e := range b.events {
		if c, ok := e.(chat.MessagesChanged); ok {
			last = c
		}
	}
	b.mu.Unlock()
	if len(last.Messages) != 1 || last.Messages[0].ID != bobs || len(last.Messages[0].Reactions) != 0 || last.Messages[0].Text != "hello" {
		t.Errorf("%+v", last)
	}
	for text, want := range map[string]error{strings.Repeat("x", 65): chat.ErrText, "  ": chat.ErrText} {
		if err := b.React(t.Context(), id, bobs, text); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := b.React(t.Context(), id, chat.MessageID{1}, "x"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("an unknown message: %v", err)
	}
}

func TestReplies(t *testing.T) {
	f := newFake(t, fakeCaps, nil)
	b := newBench(t)
	id := b.join("irc://" + f.address() + "/#room")
	f.says("bob", "#room", strings.Repeat("ü", 150), time.Now())
	b.until("a message", func() bool { return len(b.held(id)) == 1 })
	page, err := b.store.History(t.Context(), id, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.Reply(t.Context(), id, page[0].ID, "yes")
	if err != nil {
		t.Fatal(err)
	}
	if m.Answers == nil || m.Answers.ID != page[0].ID || m.Answers.Text != strings.Repeat("ü", 100) || m.Answers.From.Name != "bob" {
		t.Errorf("%+v", m.Answers)
	}
	b.until("delivered", func() bool { return strings.HasPrefix(b.held(id)[1], "own delivered") })
	if kept, err := b.store.Message(t.Context(), m.ID); err != nil || kept.Answers == nil || kept.Answers.ID != page[0].ID || kept.Answers.From.Name != "bob" {
		t.Errorf("kept %+v, %v", kept.Answers, err)
	}
	f.mu.Lock()
	if got := f.stored[1].Tags.Value("+draft/reply"); got != "m1" {
		t.Errorf("answers %q", got)
	}
	f.mu.Unlock()
	f.tags("bob", "#room", "+typing=active")
	b.until("typing", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.ContainsFunc(b.events, func(e chat.Event) bool {
			w, ok := e.(chat.Typing)
			return ok && w.Active && w.From.Name == "bob" && w.Conversation == id
		})
	})
	if err := b.SetTyping(t.Context(), id, true); err != nil {
		t.Error(err)
	}
	old := newFake(t, "", nil)
	other := b.join("irc://" + old.address() + "/#room")
	if err := b.React(t.Context(), other, m.ID, "x"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("on an old server: %v", err)
	}
}
