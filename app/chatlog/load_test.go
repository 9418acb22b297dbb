package chatlog

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/chatlog/pages"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestAnOvertakenReadIsDropped(t *testing.T) {
	f := newFixture(t)
	f.hold = true
	a, b := conversation(30), &memory{}
	b.add(messageAt(5, 1, "of the other"))
	f.SetConversation(Conversation{Source: a})
	f.SetConversation(Conversation{Source: b})
	if len(f.rows) != 0 {
		t.Error("something is shown before it was read")
	}
	f.release()
	f.check(b)
	f.hold = true
	f.SetConversation(Conversation{Source: a})
	f.Clear()
	f.release()
	if len(f.rows) != 0 || f.AtEnd() {
		t.Error("a cleared log shows what was read before")
	}
}

// TestArrivalsDuringARead adds a message after the source was asked and before
// the answer is applied, as well as one that the answer has.
func TestArrivalsDuringARead(t *testing.T) {
	s := conversation(30)
	f := newFixture(t)
	f.hold = true
	f.SetConversation(Conversation{Source: s})
	f.Append(s.messages[29:])
	late := messageAt(100, 1, "came meanwhile")
	f.Append([]chat.Message{late})
	f.release()
	s.add(late)
	f.check(s)
	if f.win.Len() != 31 || !f.AtEnd() {
		t.Errorf("%d messages, at the end: %v", f.win.Len(), f.AtEnd())
	}

	// The page that ends the way back down may be older than the arrival.
	s = conversation(2000)
	f = opened(t, s, Conversation{})
	f.ScrollToStart()
	f.hold = true
	for len(f.held) == 0 {
		f.scrollBy(-400)
	}
	late = messageAt(5000, 1, "came meanwhile")
	f.Append([]chat.Message{late})
	f.release()
	s.add(late)
	f.ScrollToEnd()
	f.check(s)
	if f.rows[len(f.rows)-1].id != late.ID {
		t.Error("what came during a read is not shown")
	}
}

func TestStatesDuringARead(t *testing.T) {
	s := &memory{}
	for i := range 5 {
		m := messageAt(i, 0, "mine")
		m.State = chat.Queued
		s.add(m)
	}
	f := newFixture(t)
	f.hold = true
	f.SetConversation(Conversation{Source: s})
	f.UpdateState([]chat.MessageID{s.messages[2].ID}, chat.Delivered)
	f.release()
	for i, m := range f.win.Messages {
		want := chat.Queued
		if i == 2 {
			want = chat.Delivered
		}
		if m.State != want {
			t.Errorf("message %d is %s", i, m.State)
		}
	}
	f.UpdateState([]chat.MessageID{s.messages[0].ID, s.messages[4].ID, {99}}, chat.Read)
	if f.win.Messages[0].State != chat.Read || f.win.Messages[4].State != chat.Read || f.win.Messages[1].State != chat.Queued {
		t.Error("states went to the wrong messages")
	}
}

func TestUnread(t *testing.T) {
	const none, counted = -1, -2
	for _, c := range []struct {
		name          string
		messages, new int
		want          int // index of the message under the line
		atEnd         bool
	}{
		{"none", 200, 0, none, true},
		{"a few, all in view", 200, 2, 198, true},
		{"more than a screen", 400, 60, counted, false},
		{"more than a page", 3000, 700, counted, false},
		{"more than is held at once", 3000, 1100, counted, false},
		{"all but one's own", 100, 73, 3, false},
		{"more than there are", 100, 500, 0, false},
		{"more than there are of many", 3000, 5000, 0, false},
	} {
		s := conversation(c.messages)
		f := opened(t, s, Conversation{Authors: true, Unread: c.new})
		f.check(s)
		if c.want == counted {
			c.want = len(s.messages)
			for others := 0; others < c.new; {
				c.want--
				if !s.messages[c.want].Own {
					others++
				}
			}
		}
		lines := 0
		for _, r := range f.rows {
			if !r.head.Unread {
				continue
			}
			lines++
			if got := s.index(r.position); got != c.want {
				t.Errorf("%s: the line stands above message %d, not %d", c.name, got, c.want)
			}
			if y := r.y + r.top.Unread.Position().Y; y < 0 || y > testHeight/3 && !c.atEnd {
				t.Errorf("%s: the line stands at %v", c.name, r.y)
			}
		}
		if (c.want >= 0) != (lines == 1) {
			t.Errorf("%s: %d lines in view", c.name, lines)
		}
		if c.atEnd != f.AtEnd() || c.atEnd != (f.ends == 1) {
			t.Errorf("%s: at the end: %v, told %d times", c.name, f.AtEnd(), f.ends)
		}
		f.ScrollToEnd()
		f.check(s)
		if !f.AtEnd() {
			t.Errorf("%s: no way to the end", c.name)
		}
	}
}

func TestArrivalsDoNotLeadAwayFromTheUnread(t *testing.T) {
	s := conversation(200)
	f := newFixture(t)
	f.hold = true
	f.SetConversation(Conversation{Source: s, Unread: 50})
	late := messageAt(500, 1, "came meanwhile")
	f.Append([]chat.Message{late})
	f.release()
	s.add(late)
	f.check(s)
	if f.AtEnd() || f.fresh != 1 || f.pill.Text() != "1 new message" {
		t.Errorf("at the end: %v, the pill says %q", f.AtEnd(), f.pill.Text())
	}
}

func TestOnesOwnMessageTakesTheLineAway(t *testing.T) {
	s := conversation(20)
	f := opened(t, s, Conversation{Unread: 3})
	if f.unread.IsZero() {
		t.Fatal("no line")
	}
	m := messageAt(100, 0, "an answer")
	s.add(m)
	f.Append([]chat.Message{m})
	if !f.unread.IsZero() {
		t.Error("the line is still there")
	}
	f.SetUnreadFrom(s.messages[19].Position)
	if r := f.live[s.messages[19].ID]; r == nil || !r.head.Unread {
		t.Error("SetUnreadFrom shows no line")
	}
}

func TestFailureAndTryingAgain(t *testing.T) {
	s := conversation(50)
	s.err = errDisk
	f := opened(t, s, Conversation{})
	if len(f.errs) != 1 || !strings.Contains(f.errs[0].Error(), errDisk.Error()) {
		t.Errorf("errors: %v", f.errs)
	}
	if !f.notice.Visible() || !strings.Contains(f.notice.Text(), errDisk.Error()) || f.AtEnd() {
		t.Errorf("the pane says %q", f.notice.Text())
	}
	s.err = nil
	f.notice.Retry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	f.check(s)
	if f.notice.Visible() || !f.AtEnd() {
		t.Error("trying again did not help")
	}

	s = conversation(3000)
	f = opened(t, s, Conversation{})
	s.err = errDisk
	for range 100 {
		f.scrollBy(500)
	}
	if pages := s.pages; len(f.errs) != 1 {
		t.Errorf("%d errors in %d pages", len(f.errs), pages)
	}
	s.err = nil
	test.Tap(f.notice.Retry())
	for range 100 {
		f.scrollBy(500)
	}
	f.check(s)
	if f.win.Len() <= firstPage+pages.Size {
		t.Error("no more is read after a failure")
	}
}

func TestReload(t *testing.T) {
	s := conversation(1000)
	f := opened(t, s, Conversation{Authors: true})
	for i := range s.messages {
		if s.messages[i].From.Name == "Anna" {
			s.messages[i].From.Name = "Annika"
		}
	}
	f.scrollBy(2000)
	id := f.win.Messages[f.anchor.index].ID
	y, _ := f.bubbleY(id)
	f.Reload()
	f.check(s)
	if now, _ := f.bubbleY(id); now != y {
		t.Errorf("the anchor moved from %v to %v", y, now)
	}
	for _, m := range f.win.Messages {
		if m.From.Name == "Anna" {
			t.Fatal("an old name is still there")
		}
	}
	f.ScrollToEnd()
	f.Reload()
	f.check(s)
	if !f.AtEnd() {
		t.Error("the end is out of view")
	}
}

func TestEmpty(t *testing.T) {
	s := &memory{}
	empty := widget.NewLabel("Say hello")
	f := opened(t, s, Conversation{Empty: empty})
	if !empty.Visible() || empty.Position().Y < 100 {
		t.Errorf("the empty conversation shows nothing (at %v)", empty.Position())
	}
	m := messageAt(1, 1, "hello")
	s.add(m)
	f.Append([]chat.Message{m})
	f.check(s)
	if empty.Visible() {
		t.Error("a message, and still said to be empty")
	}
}

func TestCloseWaits(t *testing.T) {
	test.NewTempApp(t)
	s := conversation(10)
	began, goOn, closed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	l := New(func(read func()) {
		go func() {
			close(began)
			<-goOn
			read()
		}()
	})
	var results []func()
	l.do = func(f func()) { results = append(results, f) }
	l.Resize(fyne.NewSize(400, 300))
	l.SetConversation(Conversation{Source: s})
	<-began
	go func() {
		l.Close()
		close(closed)
	}()
	select {
	case <-closed:
		t.Fatal("closed while a read was under way")
	case <-time.After(20 * time.Millisecond):
	}
	close(goOn)
	<-closed
	l.Close()
	for _, f := range results {
		f()
	}
	l.SetConversation(Conversation{Source: s})
	if s.pages != 1 || len(l.rows) != 0 {
		t.Errorf("%d pages were read of a closed log, %d rows shown", s.pages, len(l.rows))
	}
}

func TestAppendWithoutAConversation(t *testing.T) {
	f := newFixture(t)
	f.Append(conversation(3).messages)
	f.UpdateState([]chat.MessageID{{1}}, chat.Read)
	f.JumpTo(messageAt(1, 1, "").Position)
	f.ScrollToEnd()
	f.ScrollToStart()
	f.Reload()
	f.seek(0.5)
	f.scrollBy(100)
	if len(f.rows) != 0 || f.SelectedText() != "" {
		t.Error("a log of nothing shows something")
	}
}
