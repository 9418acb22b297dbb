package composer

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

var someCommands = []Command{
	{"join", "#room [key]", "joins a room"},
	{"leave", "", "leaves this room"},
	{"me", "what", "says what you do"},
	{"msg", "nick [text]", "writes to one person"},
	{"mode", "modes", "changes modes"},
}

func TestCommandCompletion(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		keys        []fyne.KeyName
		text, hint  string
		open        bool
	}{
		{"all", "/", nil, "/", "", true},
		{"Tab", "/j", []fyne.KeyName{fyne.KeyTab}, "/join ", "/join #room [key] – joins a room", false},
		{"the next", "/m", []fyne.KeyName{fyne.KeyDown, fyne.KeyReturn}, "/msg ", "/msg nick [text] – writes to one person", false},
		{"in full", "/me", nil, "/me", "/me what – says what you do", false},
		{"without parameters", "/l", []fyne.KeyName{fyne.KeyTab}, "/leave", "/leave – leaves this room", false},
		{"Escape", "/m", []fyne.KeyName{fyne.KeyEscape}, "/m", "", false},
		{"unknown", "/x", nil, "/x", "There is no command /x", false},
		{"unknown, with more", "/m 1", nil, "/m 1", "There is no command /m;", false},
		{"two slashes", "//m", nil, "//m", "", false},
		{"not at the beginning", "a /m", nil, "a /m", "", false},
	} {
		f := newFixture(t)
		f.SetCommands(someCommands)
		test.Type(f.box, c.typed)
		f.key(c.keys...)
		f.settle()
		if f.Text() != c.text || f.list.open() != c.open || len(f.sent) != 0 {
			t.Errorf("%s: %q, open: %v, sent %q", c.name, f.Text(), f.list.open(), f.sent)
		}
		if got := f.line.text.Text; !strings.HasPrefix(got, c.hint) || c.hint == "" && got != "" {
			t.Errorf("%s: the hint is %q", c.name, got)
		}
	}
	f := newFixture(t)
	test.Type(f.box, "/j")
	if f.list.open() || f.line.text.Text != "" {
		t.Error("commands are offered where there are none")
	}
}

// Of more commands than fit the list shows where one is, and the wheel goes on.
func TestCommandListScrolls(t *testing.T) {
	f := newFixture(t)
	f.SetCommands(append(slices.Clone(someCommands), Command{Name: "nick"}, Command{Name: "topic"}))
	test.Type(f.box, "/m")
	if !f.list.thumb.Hidden {
		t.Error("a bar beside a list that has room")
	}
	f.SetText("")
	test.Type(f.box, "/")
	before := f.list.thumb.Position()
	if f.list.thumb.Hidden || f.list.shown()[0].text != "/join" {
		t.Errorf("the list begins with %+v", f.list.shown())
	}
	for range 3 {
		f.list.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.Delta{DY: -1}})
	}
	if got := f.list.shown(); got[len(got)-1].text != "/topic" || f.list.chosen().text != "/leave" || f.list.thumb.Position().Y <= before.Y {
		t.Errorf("at its end the list has %+v, and %+v is chosen", got, f.list.chosen())
	}
	f.list.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.Delta{DY: 1}})
	if got := f.list.shown(); got[0].text != "/join" {
		t.Errorf("back at its beginning it has %+v", got)
	}
}

func TestCommandIsSent(t *testing.T) {
	f := newFixture(t)
	f.SetCommands(someCommands)
	test.Type(f.box, "/le")
	f.key(fyne.KeyReturn, fyne.KeyReturn)
	f.settle()
	if len(f.sent) != 1 || f.sent[0] != "/leave" {
		t.Errorf("sent %q", f.sent)
	}
	for text, want := range map[string]string{"/leave": "Not done. No.", "//leave": "Not sent. No.", "hello": "Not sent. No."} {
		f.SetText(text)
		if f.SetError(errors.New("no")); f.line.text.Text != want {
			t.Errorf("of %q that failed: %q", text, f.line.text.Text)
		}
	}
}

// TestTab completes nicks as in other programs for rooms.
func TestTab(t *testing.T) {
	f := newFixture(t)
	nicks := []string{"grace", "Grete", "hedy"}
	f.SetNames(nicks, true)
	tab := func(want string) {
		t.Helper()
		if !f.box.AcceptsTab() {
			t.Fatalf("Tab leaves the box at %q", f.Text())
		}
		f.key(fyne.KeyTab)
		if f.Text() != want {
			t.Errorf("%q, not %q", f.Text(), want)
		}
	}
	test.Type(f.box, "GR")
	tab("grace: ")
	tab("Grete: ")
	tab("grace: ")
	f.held = fyne.KeyModifierShift
	tab("Grete: ")
	f.held = 0
	test.Type(f.box, "and he")
	tab("Grete: and hedy ")
	test.Type(f.box, "go")
	if f.box.AcceptsTab() {
		t.Error("Tab stays in the box with nothing to complete")
	}
	f.SetNames(nicks, false)
	f.SetText("gr")
	if f.box.AcceptsTab() {
		t.Error("Tab completes where it is not to")
	}
}

// Who types a command is not said to be writing.
func TestCommandIsNoTyping(t *testing.T) {
	m := newModes(t)
	m.SetCommands([]Command{{Name: "away", Params: "[why]"}})
	test.Type(m.box, "/away")
	if slices.Contains(m.typing, true) {
		t.Errorf("others are told %v", m.typing)
	}
	m.SetText("")
	test.Type(m.box, "a")
	m.key(fyne.KeyBackspace)
	test.Type(m.box, "/")
	if n := len(m.typing); n == 0 || m.typing[n-1] {
		t.Errorf("when it becomes a command others are told %v", m.typing)
	}
}
