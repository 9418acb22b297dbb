package composer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// said is a message to answer or to edit.
func said(n byte, text string, own bool) chat.Message {
	return chat.Message{ID: chat.MessageID{n}, From: chat.Author{Name: "Ada"}, Own: own, Text: text}
}

// modes is a fixture that notes what is answered, edited and typed.
type modes struct {
	*fixture
	did    []string
	typing []bool
}

func newModes(t *testing.T) *modes {
	m := &modes{fixture: newFixture(t)}
	note := func(format string, args ...any) error {
		if m.err == nil {
			m.did = append(m.did, fmt.Sprintf(format, args...))
		}
		return m.err
	}
	m.OnSend = func(text string) error { return note("send %s", text) }
	m.OnReply = func(to chat.Message, text string) error { return note("reply to %s: %s", to.Text, text) }
	m.OnEdit = func(to chat.Message, text string) error { return note("edit %s: %s", to.Text, text) }
	m.OnTyping = func(active bool) { m.typing = append(m.typing, active) }
	return m
}

func (m *modes) enter() {
	m.key(fyne.KeyReturn)
	m.settle()
}

func (m *modes) expect(t *testing.T, step, text, bar string, did ...string) {
	t.Helper()
	if m.Text() != text {
		t.Errorf("%s: the box has %q, not %q", step, m.Text(), text)
	}
	if got := strings.TrimSpace(m.bar.says[0] + " " + m.bar.says[1]); got != bar {
		t.Errorf("%s: the bar says %q, not %q", step, got, bar)
	}
	if strings.Join(m.did, "|") != strings.Join(did, "|") {
		t.Errorf("%s: %q was done, not %q", step, m.did, did)
	}
	m.did = nil
}

func TestAnswering(t *testing.T) {
	m := newModes(t)
	height := m.MinSize().Height
	test.Type(m.box, "so ")
	m.Answer(said(1, "shall we\n go?", false))
	m.expect(t, "begun", "so ", "Answering Ada: shall we go?")
	if m.MinSize().Height <= height || m.window.Canvas().Focused() != m.box {
		t.Error("no room for the bar, or the box has no focus")
	}
	m.err = errors.New("the disk is full")
	test.Type(m.box, "yes")
	m.enter()
	m.expect(t, "failed", "so yes", "Answering Ada: shall we go?")
	m.err = nil
	m.enter()
	m.expect(t, "sent", "", "", "reply to shall we\n go?: so yes")
	if m.MinSize().Height != height {
		t.Error("the bar's room is still taken")
	}
	m.Answer(said(2, "mine", true))
	test.Type(m.box, "hm")
	m.expect(t, "oneself", "hm", "Answering yourself: mine")
	m.key(fyne.KeyEscape)
	m.expect(t, "Escape", "hm", "")
	m.Answer(said(2, "mine", true))
	test.Tap(m.bar.cancel)
	m.expect(t, "the button", "hm", "")
	m.enter()
	m.expect(t, "sent", "", "", "send hm")
}

func TestEditing(t *testing.T) {
	m := newModes(t)
	test.Type(m.box, "half a draft")
	m.changes = nil
	m.Answer(said(1, "a question", false))
	m.Edit(said(2, "teh text", true))
	m.expect(t, "begun", "teh text", "Editing teh text")
	if m.Draft() != "half a draft" {
		t.Errorf("the draft is %q", m.Draft())
	}
	m.key(fyne.KeyEscape)
	m.expect(t, "cancelled", "half a draft", "Answering Ada: a question")
	m.Edit(said(2, "teh text", true))
	test.Type(m.box, "!")
	if len(m.changes) != 0 {
		t.Errorf("an edit was told of as a draft: %q", m.changes)
	}
	m.err = errors.New("it was taken back")
	m.enter()
	m.expect(t, "failed", "teh text!", "Editing teh text")
	if m.line.text.Text != "Not changed. It was taken back." {
		t.Errorf("said %q", m.line.text.Text)
	}
	m.err = nil
	m.enter()
	m.expect(t, "changed", "half a draft", "Answering Ada: a question", "edit teh text: teh text!")
	m.Edit(said(2, "teh text", true))
	m.enter()
	m.expect(t, "not changed", "half a draft", "Answering Ada: a question")
	m.Edit(said(2, "teh text", true))
	m.SetText("")
	m.expect(t, "another conversation", "", "")
}

// TestNothingTypedIsLost goes from one mode to another in all ways.
func TestNothingTypedIsLost(t *testing.T) {
	m := newModes(t)
	test.Type(m.box, "draft")
	m.Edit(said(1, "one", true))
	test.Type(m.box, " more")
	m.Edit(said(2, "two", true))
	m.expect(t, "another edit", "two", "Editing two")
	test.Type(m.box, " less")
	m.Answer(said(3, "what?", false))
	m.expect(t, "an answer", "draft", "Answering Ada: what?")
	m.Edit(said(1, "one", true))
	m.expect(t, "the first edit again", "one more", "Editing one")
	kept := m.State()
	m.SetState(State{Draft: "elsewhere"})
	m.expect(t, "another conversation", "elsewhere", "")
	m.SetState(kept)
	m.expect(t, "back again", "one more", "Editing one")
	m.key(fyne.KeyEscape)
	m.expect(t, "the draft", "draft", "Answering Ada: what?")
	m.Edit(said(2, "two", true))
	m.expect(t, "the second edit again", "two less", "Editing two")
	m.key(fyne.KeyEscape)
	if s := m.State(); s.Draft != "draft" || s.Answering == nil || s.Editing != nil || s.Edit != "" {
		t.Errorf("state %+v", s)
	}
	long := strings.Repeat("x", MaxText) + "rest"
	m.SetText("")
	m.paste(long)
	m.Edit(said(1, "one", true))
	if !m.line.action.Hidden {
		t.Error("the rest of a paste is offered to another text")
	}
	m.key(fyne.KeyEscape)
	if m.line.action.Hidden || m.rest != "rest" {
		t.Error("the rest of a paste is lost")
	}
}

func TestUpEditsTheLast(t *testing.T) {
	m := newModes(t)
	asked, keys, there := 0, 0, true
	m.OnKey = func(*fyne.KeyEvent) bool { keys++; return true }
	m.OnEditLast = func() bool {
		asked++
		if there {
			m.Edit(said(1, "the last", true))
		}
		return there
	}
	m.key(fyne.KeyUp)
	m.expect(t, "Up", "the last", "Editing the last")
	m.SetText("text")
	m.key(fyne.KeyUp)
	m.expect(t, "Up in a text", "text", "")
	m.SetText("")
	there = false
	m.key(fyne.KeyUp)
	if asked != 2 || keys != 1 {
		t.Errorf("asked %d times, passed on %d", asked, keys)
	}
}

// TestAnEnterBelongsToItsMode begins an edit between Enter and the sending.
func TestAnEnterBelongsToItsMode(t *testing.T) {
	m := newModes(t)
	test.Type(m.box, "draft")
	m.key(fyne.KeyReturn)
	m.Edit(said(1, "one", true))
	m.settle()
	m.expect(t, "edit", "one", "Editing one")
	m.key(fyne.KeyReturn)
	m.SetText("draft")
	m.key(fyne.KeyReturn)
	m.Answer(said(2, "what?", false))
	m.settle()
	m.expect(t, "answer", "draft", "Answering Ada: what?")
}

func TestTypingIsToldOf(t *testing.T) {
	m := newModes(t)
	expect := func(step string, want ...bool) {
		t.Helper()
		if fmt.Sprint(m.typing) != fmt.Sprint(want) {
			t.Errorf("%s: told %v, not %v", step, m.typing, want)
		}
		m.typing = nil
	}
	test.Type(m.box, "ab")
	expect("two keys", true, true)
	m.key(fyne.KeyBackspace, fyne.KeyBackspace)
	expect("deleted", true, false)
	test.Type(m.box, " ")
	expect("a space")
	test.Type(m.box, "a")
	m.enter()
	expect("sent", true, false)
	m.SetText("loaded")
	expect("a draft")
	test.Type(m.box, "a")
	m.window.Canvas().Unfocus()
	expect("left", true, false)
	m.window.Canvas().Focus(m.box)
	test.Type(m.box, "a")
	m.SetText("another")
	expect("another draft", true, false)
	test.Type(m.box, "a")
	m.Disable("closed")
	expect("closed", true, false)
	m.Left()
	expect("nothing more")
}

// Enter presses each of the buttons, and the box has the keyboard afterwards.
func TestButtonsByEnter(t *testing.T) {
	m := newModes(t)
	press := func(b fyne.Focusable) {
		m.window.Canvas().Focus(b)
		b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if got := m.window.Canvas().Focused(); got != fyne.Focusable(m.box) {
			t.Errorf("after %T the keyboard is with %T", b, got)
		}
	}
	test.Type(m.box, "sent by button")
	press(m.button)
	m.expect(t, "Send", "", "", "send sent by button")
	m.Answer(said(1, "what?", false))
	press(m.bar.cancel)
	if m.answering != nil {
		t.Error("the cross leaves the bar there")
	}
	m.rest = "rest"
	m.update()
	press(m.line.action)
	if m.Text() != "rest" {
		t.Errorf("the rest that was inserted is %q", m.Text())
	}
	joined := false
	m.DisableWith("You left this group.", "Join again", func() { joined = true; m.Enable(); m.focus() })
	press(m.shut.action)
	if !joined {
		t.Error("the button in place of the box does nothing")
	}
}

func TestClosedWithAButton(t *testing.T) {
	m := newModes(t)
	test.Type(m.box, "draft")
	joined := 0
	m.DisableWith("You left this group.", "Join again", func() { joined++ })
	shown := func(o fyne.CanvasObject) bool {
		for _, s := range test.WidgetRenderer(m.Composer).Objects() {
			if s == o {
				return o.Visible()
			}
		}
		return false
	}
	if shown(m.box) || shown(m.button) || !shown(m.shut.text) || !shown(m.shut.action) || m.shut.text.Text != "You left this group." {
		t.Error("the sentence does not stand in place of the box")
	}
	if button := m.shut.action; button.Position().X < m.shut.text.Position().X+m.shut.text.Size().Width-1 ||
		button.Position().X+button.Size().Width > m.Size().Width {
		t.Errorf("the button stands at %v", button.Position())
	}
	test.Tap(m.shut.action)
	m.Disable("Nobody is there.")
	if joined != 1 || shown(m.shut.action) {
		t.Errorf("joined %d times, or a button without a label", joined)
	}
	m.Enable()
	if !shown(m.box) || shown(m.shut.text) || m.Text() != "draft" {
		t.Errorf("opened again, the box has %q", m.Text())
	}
}
