package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// model is a store as one would write it without a care for speed: what is
// shown is made of all that is held, each time.
type model struct {
	held    map[chat.ConversationID][]*modelEntry // in order of arrival
	plain   map[chat.ConversationID][]modelMessage
	numbers map[modelKey]int // of messages, in order of arrival
	next    int
	seen    map[chat.ConversationID]int // the highest number that was there
	drafts  map[chat.ConversationID]string
	logs    map[wire.LogID]bool
	told    map[Told]bool // any that was told
	members map[chat.ConversationID][]identity.DeviceID
}

type modelEntry struct {
	wire.SignedEntry
	text   string
	erased bool
	dead   bool // a reaction that another one came after
}

type modelKey struct {
	c      chat.ConversationID
	author identity.DeviceID
	id     chat.MessageID
}

func keyOf(e *modelEntry) modelKey { return modelKey{e.Log.Conversation, e.Log.Author, e.ID} }

type modelMessage struct {
	position chat.Position
	number   int
	own      bool
	shown    string
}

// add takes in an entry.
func (m *model) add(signed wire.SignedEntry, text string) {
	e := &modelEntry{SignedEntry: signed, text: text}
	c := e.Log.Conversation
	m.logs[e.Log] = true
	switch e.Kind {
	case wire.KindText:
		if m.numbers[keyOf(e)] == 0 {
			m.next++
			m.numbers[keyOf(e)] = m.next
		}
	case wire.KindReaction:
		for _, other := range m.held[c] {
			if other.Kind == wire.KindReaction && other.Log.Author == e.Log.Author && other.About == e.About && !other.dead {
				if e.Position().Less(other.Position()) {
					e.dead = true
				} else {
					other.dead = true
				}
			}
		}
	}
	m.held[c] = append(m.held[c], e)
	for _, r := range m.held[c] {
		for _, other := range m.held[c] {
			other.erased = other.erased || r.Retracts(other.Entry)
		}
	}
}

// remove removes the entries that gone names.
func (m *model) remove(c chat.ConversationID, gone func(*modelEntry) bool) {
	m.held[c] = slices.DeleteFunc(m.held[c], gone)
	left := make(map[modelKey]bool)
	for _, e := range m.held[c] {
		left[keyOf(e)] = left[keyOf(e)] || e.Kind == wire.KindText
	}
	for k := range m.numbers {
		if k.c == c && !left[k] {
			delete(m.numbers, k)
		}
	}
}

// first returns the entry at which a message is shown.
func (m *model) first(k modelKey) (first *modelEntry) {
	for _, e := range m.held[k.c] {
		if e.Kind == wire.KindText && keyOf(e) == k && (first == nil || e.Position().Less(first.Position())) {
			first = e
		}
	}
	return first
}

func (m *model) message(k modelKey) modelMessage {
	first := m.first(k)
	shown := chat.Message{Text: first.text, Retracted: first.erased}
	var edit, retraction *modelEntry
	var reactions []*modelEntry
	for _, e := range m.held[k.c] {
		if e.About != k.id {
			continue
		}
		own := e.Log.Author == k.author
		switch {
		case e.Kind == wire.KindEdit && own && !e.erased && (edit == nil || edit.Position().Less(e.Position())):
			edit = e
		case e.Kind == wire.KindRetraction && own:
			shown.Retracted = true
			if retraction == nil || retraction.Position().Less(e.Position()) {
				retraction = e
			}
		case e.Kind == wire.KindReaction && !e.dead && e.text != "":
			reactions = append(reactions, e)
		}
	}
	if edit != nil {
		shown.Text, shown.Edited = edit.text, edit.Wall
	}
	slices.SortFunc(reactions, func(a, b *modelEntry) int { return strings.Compare(positionText(a), positionText(b)) })
	for _, r := range reactions {
		shown.Reactions = append(shown.Reactions, chat.Reaction{Text: r.text, Own: r.Log.Author == self})
	}
	if shown.Retracted {
		shown = chat.Message{Retracted: true}
	}
	shown.Own = k.author == self
	shown.State = m.state(cmp.Or(retraction, edit, first))
	return modelMessage{first.Position(), m.numbers[k], shown.Own, describeOne(shown)}
}

func positionText(e *modelEntry) string { p := e.Position(); return string(p[:]) }

func (m *model) state(e *modelEntry) chat.State {
	if e.Log.Author != self {
		return ""
	}
	for _, member := range m.members[e.Log.Conversation] {
		if member == self {
			continue
		}
		has := false
		for t := range m.told {
			has = has || t.Log == e.Log && t.Peer == member && t.Highest >= e.Sequence
		}
		if !has {
			return chat.Queued
		}
	}
	return chat.Delivered
}

// messages returns all messages as the screen has them.
func (m *model) messages(c chat.ConversationID) []modelMessage {
	list := slices.Clone(m.plain[c])
	for k := range m.numbers {
		if k.c == c {
			list = append(list, m.message(k))
		}
	}
	slices.SortFunc(list, func(a, b modelMessage) int {
		return cmp.Or(slices.Compare(a.position[:], b.position[:]), cmp.Compare(a.number, b.number))
	})
	return list
}

func (m *model) history(c chat.ConversationID) []string {
	list := []string{}
	for _, message := range m.messages(c) {
		list = append(list, message.shown)
	}
	return list
}

func (m *model) unread(c chat.ConversationID) (n int) {
	for _, message := range m.messages(c) {
		if !message.own && message.number > m.seen[c] {
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
			held:    make(map[chat.ConversationID][]*modelEntry),
			plain:   make(map[chat.ConversationID][]modelMessage),
			numbers: make(map[modelKey]int),
			seen:    make(map[chat.ConversationID]int),
			drafts:  make(map[chat.ConversationID]string),
			logs:    make(map[wire.LogID]bool),
			told:    make(map[Told]bool),
			members: make(map[chat.ConversationID][]identity.DeviceID),
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
		// Mostly messages of the author, held or to come.
		targets := func(c chat.ConversationID, a *author) *rapid.Generator[wire.SignedEntry] {
			list := []wire.SignedEntry{{Entry: wire.Entry{ID: a.idOf(epoch, a.sequence+2)}}}
			for _, e := range m.held[c] {
				if e.Kind == wire.KindText {
					list = append(list, e.SignedEntry)
				}
			}
			return rapid.SampledFrom(list)
		}
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
					m.add(e, text)
				}
				enqueue(w)
			},
			"amend": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				a := rapid.SampledFrom(authors[c]).Draw(t, "author")
				count++
				// No two at one position: which of them counts would be a matter of chance.
				at := moment.Draw(t, "time").Add(time.Duration(count) * time.Millisecond)
				e := wire.Entry{Kind: rapid.SampledFrom([]wire.EntryKind{
					wire.KindEdit, wire.KindEdit, wire.KindReaction, wire.KindReaction, wire.KindRetraction, wire.KindText,
				}).Draw(t, "kind")}
				text := rapid.SampledFrom([]string{"", fmt.Sprint("new ", count)}).Draw(t, "text")
				e.Body = wire.TextBody(text)
				target := targets(c, a).Draw(t, "target")
				if e.Kind == wire.KindText {
					e.ID = target.ID // another entry of its message, or of one of this author
				} else {
					e.About = target.ID
				}
				if e.Kind == wire.KindRetraction {
					e.Body = wire.NullBody
				}
				signed := a.sign(at, e)
				settle(t)
				before := pictures(t, s, c)
				var changed []chat.MessageID
				err := put(s, Write{Entries: []wire.SignedEntry{signed}, Visible: func(ids []chat.MessageID) { changed = ids }})
				if err != nil {
					t.Fatal(err)
				}
				m.add(signed, text)
				for k, now := range pictures(t, s, c) {
					if was, there := before[k]; there && was != now && !slices.Contains(changed, k.id) {
						t.Fatalf("%q became %q, and nothing said so", was, now)
					}
				}
			},
			"drop": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				mine := authors[c][0]
				if mine.sequence == 0 {
					return
				}
				from := uint64(rapid.IntRange(1, int(mine.sequence)).Draw(t, "from"))
				w := Write{Drop: &Drop{mine.log, from}}
				anew := mine.again()
				lowest := mine.sequence + 1
				var gone []*modelEntry
				for _, e := range m.held[c] {
					if e.Log == mine.log {
						lowest = min(lowest, e.Sequence)
						if e.Sequence >= from {
							gone = append(gone, e)
						}
					}
				}
				if from <= lowest {
					maps.DeleteFunc(m.told, func(told Told, _ bool) bool { return told.Log == mine.log })
				}
				m.remove(c, func(e *modelEntry) bool { return slices.Contains(gone, e) })
				for _, e := range gone {
					body := e.Body
					if e.erased {
						body = wire.TextBody("as it was")
					}
					signed := anew.sign(e.Wall, wire.Entry{ID: e.ID, Kind: e.Kind, About: e.About, Body: body})
					w.Entries = append(w.Entries, signed)
					m.add(signed, cmp.Or(e.text, ""))
					if e.erased {
						m.held[c][len(m.held[c])-1].text = "as it was"
					}
				}
				authors[c][0] = anew
				enqueue(w)
			},
			"expire": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				before := wire.HybridAt(moment.Draw(t, "before"))
				settle(t)
				shown := len(m.messages(c))
				stopped := make(map[wire.LogID]bool)
				m.remove(c, func(e *modelEntry) bool {
					stopped[e.Log] = stopped[e.Log] || e.Time >= before
					return !stopped[e.Log]
				})
				m.plain[c] = slices.DeleteFunc(m.plain[c], func(p modelMessage) bool { return wire.TimeOf(p.position) < before })
				x, err := s.Expire(ctx, c, before)
				if want := shown - len(m.messages(c)); err != nil || x.Gone != want {
					t.Fatalf("%d gone, want %d (%v)", x.Gone, want, err)
				}
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
				m.next++
				m.plain[c] = append(m.plain[c], modelMessage{message.Position, m.next, message.Own, describeOne(message)})
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
				if m.logs[told.Log] { // held
					m.told[told] = true
				}
				enqueue(Write{Told: []Told{told}})
			},
			"seen": func(t *rapid.T) {
				c := conversation.Draw(t, "conversation")
				m.seen[c] = m.next
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
		list[i] = describeOne(message.Message)
	}
	return list
}

func describeOne(m chat.Message) string {
	return fmt.Sprint(picture(Message{Message: m}), " ", m.Own, " ", m.State)
}

func pictures(t *rapid.T, s *Store, c chat.ConversationID) map[modelKey]string {
	list, err := s.History(context.Background(), c, Page{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[modelKey]string)
	for _, m := range list {
		all[modelKey{c, m.From.Device, m.ID}] = picture(m)
	}
	return all
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
	for _, message := range m.messages(c) {
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
