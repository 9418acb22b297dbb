package chatlog

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// change returns a message of the source as fn makes it, and keeps it there.
func (s *memory) change(i int, fn func(*chat.Message)) chat.Message {
	fn(&s.messages[i])
	return s.messages[i]
}

func reactions(texts ...string) []chat.Reaction {
	var all []chat.Reaction
	for i, text := range texts {
		all = append(all, chat.Reaction{From: chat.Author{Name: "Anna"}, Own: i%2 == 1, Text: text})
	}
	return all
}

func TestChangesMoveNothing(t *testing.T) {
	s := conversation(400)
	f := opened(t, s, Conversation{Authors: true})
	f.scrollBy(3000)
	id := f.win.Messages[f.anchor.index].ID
	y, _ := f.bubbleY(id)
	at := s.index(f.anchorPosition())
	for _, step := range []struct {
		name string
		i    int
		fn   func(*chat.Message)
	}{
		{"edited above", at - 1, func(m *chat.Message) { m.Text, m.Edited = strings.Repeat("longer ", 90), m.Sent }},
		{"edited far above", at - 30, func(m *chat.Message) { m.Text, m.Edited = "short", m.Sent }},
		{"reacted to", at, func(m *chat.Message) { m.Reactions = reactions("a", "b") }},
		{"taken back below", at + 1, func(m *chat.Message) { m.Text, m.Retracted = "", true }},
		{"edited itself", at, func(m *chat.Message) { m.Text, m.Edited = strings.Repeat("more ", 50), m.Sent }},
	} {
		f.Update([]chat.Message{s.change(step.i, step.fn)})
		if now, ok := f.bubbleY(id); !ok || now != y {
			t.Errorf("%s: the anchor moved from %v to %v", step.name, y, now)
		}
		f.check(s)
	}
	if r := f.live[s.messages[at+1].ID]; r == nil || !r.body.Silent || r.Text.Layout().Doc().Text() != "Message taken back" {
		t.Error("a message that was taken back is still shown")
	}
}

func TestChangesAtTheEndStayInView(t *testing.T) {
	s := conversation(50)
	f := opened(t, s, Conversation{Authors: true})
	f.Update([]chat.Message{
		s.change(49, func(m *chat.Message) { m.Text, m.Edited = strings.Repeat("longer ", 90), m.Sent }),
		s.change(48, func(m *chat.Message) { m.Reactions = reactions("a") }),
		messageAt(9000, 1, "not held"),
	})
	f.check(s)
	if !f.AtEnd() || f.win.Len() != 50 {
		t.Errorf("at the end: %v, %d messages", f.AtEnd(), f.win.Len())
	}
}

// TestChangesDuringARead changes a message after the source was asked and before
// the answer is applied.
func TestChangesDuringARead(t *testing.T) {
	s := conversation(30)
	f := newFixture(t)
	f.hold = true
	f.SetConversation(Conversation{Source: &memory{messages: append([]chat.Message(nil), s.messages...)}})
	f.Update([]chat.Message{s.change(29, func(m *chat.Message) { m.Text = "edited" })})
	f.release()
	f.check(s)
	if got := f.win.Messages[29].Text; got != "edited" {
		t.Errorf("the message is %q", got)
	}
}

func TestQuotesFollowWhatTheyQuote(t *testing.T) {
	s := talk("the question", "an answer")
	quote := &chat.Quote{ID: s.messages[0].ID, From: s.messages[0].From, Text: "the question"}
	s.messages[1].Answers = quote
	f := opened(t, s, Conversation{Authors: true})
	height := f.rows[1].height()
	f.Update([]chat.Message{s.change(0, func(m *chat.Message) { m.Text, m.Edited = strings.Repeat("x", 500), m.Sent })})
	if got := f.win.Messages[1].Answers.Text; got != strings.Repeat("x", 200) {
		t.Errorf("the quote has %d letters", len(got))
	}
	f.Update([]chat.Message{s.change(0, func(m *chat.Message) { m.Text, m.Retracted = "", true })})
	if got := f.win.Messages[1].Answers.Text; got != "" || quote.Text != "the question" || f.rows[1].height() != height {
		t.Errorf("of a message that was taken back the quote says %q", got)
	}
}

func TestAnEditEndsItsSelection(t *testing.T) {
	s := talk("some words to select", "others")
	f := opened(t, s, Conversation{})
	f.drag(f.pointAt(0, 5), f.pointAt(0, 10))
	f.Update([]chat.Message{s.change(1, func(m *chat.Message) { m.Text = "something else" })})
	if f.SelectedText() != "words" {
		t.Errorf("selected %q", f.SelectedText())
	}
	f.Update([]chat.Message{s.change(0, func(m *chat.Message) { m.Reactions = reactions("a") })})
	if f.SelectedText() != "words" {
		t.Errorf("after a reaction, selected %q", f.SelectedText())
	}
	f.Update([]chat.Message{s.change(0, func(m *chat.Message) { m.Text = "é" })})
	if f.SelectedText() != "" {
		t.Errorf("of another text is selected %q", f.SelectedText())
	}
}

func TestGone(t *testing.T) {
	forget := func(s *memory, n int) chat.Position {
		p := s.messages[n].Position
		s.messages = s.messages[n:]
		return p
	}
	s := conversation(300)
	f := opened(t, s, Conversation{Authors: true})
	before := f.inView()
	f.Gone(forget(s, 100))
	f.check(s)
	if !f.AtEnd() || strings.Join(f.inView(), "|") != strings.Join(before, "|") {
		t.Error("what is far above takes the view along")
	}
	f.ScrollToStart()
	f.check(s)
	f.Gone(forget(s, 30))
	f.check(s)
	if f.rows[0].position != s.messages[0].Position || f.win.Older || !f.rows[0].head.Day {
		t.Errorf("message %d is the first", s.index(f.rows[0].position))
	}
	f.Gone(forget(s, 165))
	f.check(s)
	f.Gone(s.messages[0].Position)
	f.check(s)

	s = conversation(300)
	f = opened(t, s, Conversation{Authors: true})
	f.scrollBy(3000)
	id := f.win.Messages[f.anchor.index].ID
	y, _ := f.bubbleY(id)
	f.Gone(forget(s, 100))
	f.check(s)
	if now, ok := f.bubbleY(id); !ok || now != y {
		t.Errorf("the anchor moved from %v to %v", y, now)
	}

	s = conversation(5000)
	f = opened(t, s, Conversation{Authors: true})
	f.ScrollToStart()
	f.Gone(forget(s, 3000)) // all that is held
	f.check(s)
	if f.rows[0].position != s.messages[0].Position {
		t.Errorf("message %d is the first", s.index(f.rows[0].position))
	}
	f.ScrollToEnd()
	f.check(s)

	all := messageAt(90_000, 1, "").Position
	s.messages = nil
	f.Gone(all)
	if f.win.Len() != 0 {
		t.Error("messages are left")
	}
}

// TestGoneDuringARead lets a read bring what was dropped meanwhile.
func TestGoneDuringARead(t *testing.T) {
	s := conversation(60)
	f := newFixture(t)
	f.hold = true
	f.SetConversation(Conversation{Source: s})
	source := *s
	run := f.held[0]
	f.held = []func(){func() { // the source as it was, when it is read for the first time
		*s = source
		run()
		s.messages = s.messages[40:]
	}}
	s.messages = s.messages[40:]
	f.Gone(s.messages[0].Position)
	held := f.held
	f.held = nil
	held[0]()
	s.messages = source.messages[40:]
	f.release()
	f.check(s)
	if f.win.Len() != 20 {
		t.Errorf("%d messages are shown", f.win.Len())
	}
}

func TestTypingMovesNothing(t *testing.T) {
	s := conversation(60)
	f := opened(t, s, Conversation{Authors: true})
	last := f.rows[len(f.rows)-1]
	y := last.y
	f.SetTyping([]string{"Anna"})
	if !f.typing.Visible() || f.typing.Text != "Anna is typing…" || last.y != y {
		t.Errorf("%q is said, and the last row stands at %v, not %v", f.typing.Text, last.y, y)
	}
	if top := f.typing.Position().Y; top < last.y+last.height() || top+f.typing.Size().Height > f.Size().Height {
		t.Errorf("it stands at %v", top)
	}
	f.SetTyping([]string{strings.Repeat("A long name ", 20), "Björn"})
	if right := f.typing.Position().X + f.typing.Size().Width; right > f.Size().Width || !strings.HasSuffix(f.typing.Text, "…") {
		t.Errorf("it reaches to %v", right)
	}
	f.scrollBy(200)
	if f.typing.Visible() {
		t.Error("it is said over other messages")
	}
	f.ScrollToEnd()
	if !f.typing.Visible() {
		t.Error("it is not said any more")
	}
	f.SetTyping(nil)
	if f.typing.Visible() {
		t.Error("nobody types, and it is still said")
	}
	f.SetTyping([]string{"Anna"})
	f.SetConversation(Conversation{Source: conversation(3)})
	if f.typing.Visible() {
		t.Error("it is said in another conversation")
	}
	f = opened(t, conversation(2000), Conversation{})
	f.SetTyping([]string{"Anna"})
	f.ScrollToStart()
	for f.hold = true; len(f.rows) > 0 && f.rows[len(f.rows)-1].position != f.win.Last(); { // no page is read
		f.scrollBy(-100)
	}
	f.scrollBy(-1000)
	if f.typing.Visible() {
		t.Error("it is said under a message that is not the newest")
	}
	f.release()
	f.SetConversation(Conversation{Source: &memory{}})
	f.SetTyping([]string{"Anna"})
	if !f.typing.Visible() {
		t.Error("in an empty conversation it is not said")
	}
}

func TestQuotesLeadToWhatTheyQuote(t *testing.T) {
	s := conversation(2000)
	answer := func(i, to int) {
		s.messages[i].Answers = &chat.Quote{ID: s.messages[to].ID, From: s.messages[to].From, Text: "quoted"}
	}
	answer(1999, 1990)
	answer(1998, 3)
	f := newFixture(t)
	gone := errors.New("it is gone")
	c := Conversation{Source: s, Authors: true, Find: func(id chat.MessageID) (chat.Position, error) {
		for _, m := range s.messages {
			if m.ID == id {
				return m.Position, nil
			}
		}
		return chat.Position{}, gone
	}}
	f.SetConversation(c)
	tap := func(i int) {
		r := f.live[s.messages[i].ID]
		p := r.at.AddXY(20, r.y+15)
		f.clock = f.clock.Add(time.Second)
		f.press(p, 0)
		f.Tapped(&fyne.PointEvent{Position: p})
	}
	tap(1999)
	if f.flashed != s.messages[1990].ID || f.live[f.flashed] == nil {
		t.Error("the message that is answered does not stand out")
	}
	f.ScrollToEnd()
	tap(1998)
	f.check(s)
	if f.flashed != s.messages[3].ID || f.live[f.flashed] == nil {
		t.Error("a message that is not held is not found")
	}
	f.FollowQuote(chat.MessageID{99, 99})
	if len(f.errs) != 1 || !errors.Is(f.errs[0], gone) {
		t.Errorf("errors: %v", f.errs)
	}
	c.Find = nil
	f.SetConversation(c)
	f.FollowQuote(s.messages[3].ID)
	if f.live[s.messages[3].ID] != nil {
		t.Error("found without a way to")
	}
}
