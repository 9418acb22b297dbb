package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// model is a store as one would write it without a care for speed.
type model struct {
	messages map[chat.ConversationID][]modelMessage // in order of arrival
	seen     map[chat.ConversationID]int            // how many were there
	drafts   map[chat.ConversationID]string
	told     map[Told]bool // any that was told
	members  map[chat.ConversationID][]identity.DeviceID
}

type modelMessage struct {
	position chat.Position
	text     string
	own      bool
	entry    *wire.SignedEntry // nil for plain ones
}

func (m *model) state(c chat.ConversationID, message modelMessage) chat.State {
	if !message.own {
		return ""
	}
	if message.entry == nil {
		return chat.Sent
	}
	for _, member := range m.members[c] {
		if member == self {
			continue
		}
		has := false
		for t := range m.told {
			has = has || t.Log == message.entry.Log && t.Peer == member && t.Highest >= message.entry.Sequence
		}
		if !has {
			return chat.Queued
		}
	}
	return chat.Delivered
}

// history returns the messages as the screen has them.
func (m *model) history(c chat.ConversationID) []string {
	ordered := slices.Clone(m.messages[c])
	slices.SortStableFunc(ordered, func(a, b modelMessage) int {
		switch {
		case a.position.Less(b.position):
			return -1
		case b.position.Less(a.position):
			return 1
		}
		return 0
	})
	list := make([]string, len(ordered))
	for i, message := range ordered {
		list[i] = fmt.Sprint(message.text, " ", message.own, " ", m.state(c, message))
	}
	return list
}

func (m *model) unread(c chat.ConversationID) (n int) {
	for _, message := range m.messages[c][m.seen[c]:] {
		if !message.own {
			n++
		}
	}
	return n
}

// TestModel does the same to a store and to a model, and compares what the
// screen would show.
func TestModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	var s *Store
	reopen := func() {
		var err error
		if s != nil {
			err = s.Close()
		}
		if err == nil {
			s, err = Open(path, self)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.writer.sync = func(*os.File) error { return nil } // the model never loses power
	}
	reopen()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		ctx := context.Background()
		m := &model{
			messages: make(map[chat.ConversationID][]modelMessage),
			seen:     make(map[chat.ConversationID]int),
			drafts:   make(map[chat.ConversationID]string),
			told:     make(map[Told]bool),
			members:  make(map[chat.ConversationID][]identity.DeviceID),
		}
		devices := []*identity.Key{me, ann, bob}
		var conversations []chat.ConversationID
		authors := make(map[chat.ConversationID][]*author)
		for i := range 2 {
			c := Conversation{ID: chat.ConversationID(sha256.Sum256(fmt.Append(nil, run, " ", i))), Kind: chat.Group, Title: "Group"}
			for _, k := range devices[:2+i] {
				c.Members = append(c.Members, k.ID())
				authors[c.ID] = append(authors[c.ID], newAuthor(k, c.ID))
			}
			m.members[c.ID] = c.Members
			conversations = append(conversations, c.ID)
			if err := s.AddConversation(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		conversation := rapid.SampledFrom(conversations)
		// Few times, so that some are equal; in any order.
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			return epoch.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "moment")) * time.Second)
		})
		count := 0
		var pending int
		done := make(chan error, 100)
		enqueue := func(w Write) {
			w.Done = func(err error) { done <- err }
			s.Enqueue(w)
			pending++
		}
		settle := func(t *rapid.T) {
			for ; pending > 0; pending-- {
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"entries": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				a := rapid.SampledFrom(authors[c]).Draw(t, "author")
				var w Write
				for range rapid.IntRange(1, 4).Draw(t, "entries") {
					count++
					text := fmt.Sprint("text ", count)
					e := a.text(moment.Draw(t, "time"), text)
					w.Entries = append(w.Entries, e)
					m.messages[c] = append(m.messages[c], modelMessage{e.Position(), text, a.key == me, &e})
				}
				enqueue(w)
			},
			"plain": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				count++
				message := chat.Message{
					Conversation: c,
					Text:         fmt.Sprint("plain ", count),
					Own:          rapid.Bool().Draw(t, "own"),
					Position:     wire.Entry{Time: wire.HybridAt(moment.Draw(t, "time")), Sequence: uint64(count)}.Position(),
				}
				if message.Own {
					message.State = chat.Sent
				}
				m.messages[c] = append(m.messages[c], modelMessage{message.Position, message.Text, message.Own, nil})
				enqueue(Write{Message: &message})
			},
			"gap": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				a := *rapid.SampledFrom(authors[c]).Draw(t, "author")
				a.text(epoch, "lost")
				settle(t)
				if err := put(s, Write{Entries: []wire.SignedEntry{a.text(epoch, "after")}}); !errors.Is(err, ErrGap) {
					t.Fatalf("after a gap: %v", err)
				}
			},
			"told": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				told := Told{
					Log:     authors[c][0].log,
					Peer:    rapid.SampledFrom(m.members[c]).Draw(t, "peer"),
					Highest: uint64(rapid.IntRange(0, 10).Draw(t, "highest")),
				}
				if authors[c][0].sequence > 0 { // held
					m.told[told] = true
				}
				enqueue(Write{Told: []Told{told}})
			},
			"seen": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				m.seen[c] = len(m.messages[c])
				if err := s.MarkSeen(ctx, c); err != nil {
					t.Fatal(err)
				}
			},
			"draft": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				m.drafts[c] = rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "draft")
				if err := s.SetDraft(ctx, c, m.drafts[c]); err != nil {
					t.Fatal(err)
				}
			},
			"reopen": func(t *rapid.T) {
				if rapid.IntRange(0, 19).Draw(t, "whether") == 0 { // it takes long
					reopen()
				}
			},
			"pages": func(t *rapid.T) {
				settle(t)
				comparePages(t, s, m, conversation.Draw(t, "conversation"))
			},
			"": func(t *rapid.T) {
				settle(t)
				compareToModel(t, s, m, conversation.Draw(t, "conversation"))
			},
		})
	})
}

func describe(messages []Message) []string {
	list := make([]string, len(messages))
	for i, message := range messages {
		list[i] = fmt.Sprint(message.Text, " ", message.Own, " ", message.State)
	}
	return list
}

func compareToModel(t *rapid.T, s *Store, m *model, c chat.ConversationID) {
	ctx := context.Background()
	want := m.history(c)
	list, err := s.History(ctx, c, Page{Limit: 1000})
	if got := describe(list); err != nil || !slices.Equal(got, want) {
		t.Fatalf("history %v\n%q, want\n%q", err, got, want)
	}
	if n, err := s.Count(ctx, c); n != len(want) || err != nil {
		t.Fatalf("count %d, want %d (%v)", n, len(want), err)
	}
	line, err := s.Conversation(ctx, c)
	if err != nil || line.Unread != m.unread(c) || line.Draft != m.drafts[c] {
		t.Fatalf("unread %d, draft %q, %v, want %d, %q", line.Unread, line.Draft, err, m.unread(c), m.drafts[c])
	}
	if (line.Last == nil) != (len(want) == 0) {
		t.Fatalf("last message %v of %d", line.Last, len(want))
	}
	if line.Last != nil && (line.Last.Text != list[len(list)-1].Text || line.Last.State != list[len(list)-1].State) {
		t.Fatalf("last message %+v, want %+v", line.Last, list[len(list)-1].Message)
	}
}

// comparePages checks that pages from both ends make up the whole, where
// positions differ.
func comparePages(t *rapid.T, s *Store, m *model, c chat.ConversationID) {
	ctx := context.Background()
	want := m.history(c)
	positions := make(map[chat.Position]bool)
	for _, message := range m.messages[c] {
		if positions[message.position] {
			return
		}
		positions[message.position] = true
	}
	limit := rapid.IntRange(1, 5).Draw(t, "limit")
	var up, down []Message
	for page := (Page{Limit: limit}); ; page.Before = up[0].Position {
		part, err := s.History(ctx, c, page)
		if err != nil {
			t.Fatal(err)
		}
		if up = append(part, up...); len(part) < limit {
			break
		}
	}
	for page := (Page{Limit: limit, After: chat.Position{23: 1}}); ; page.After = down[len(down)-1].Position {
		part, err := s.History(ctx, c, page)
		if err != nil {
			t.Fatal(err)
		}
		if down = append(down, part...); len(part) < limit {
			break
		}
	}
	if got := describe(up); !slices.Equal(got, want) {
		t.Fatalf("pages upwards %q, want %q", got, want)
	}
	if got := describe(down); !slices.Equal(got, want) {
		t.Fatalf("pages downwards %q, want %q", got, want)
	}
}
