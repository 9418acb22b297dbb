package composer

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

var members = []string{"Ada", "Ada Lovelace", "Björn", "Grace Hopper", "Hedy", "Hopkins", "Zoë"}

func TestNamesThatFit(t *testing.T) {
	for query, want := range map[string]string{
		"":        strings.Join(members, "|"),
		"a":       "Ada|Ada Lovelace",
		"ADA":     "Ada|Ada Lovelace",
		"ada ":    "", // typed in full
		"ada l":   "Ada Lovelace",
		"bjo":     "Björn",
		"hop":     "Hopkins|Grace Hopper",
		"hedy":    "", // likewise
		"hedy x":  "",
		"opper":   "",
		" ":       "",
		"zoe":     "Zoë",
		"nobody":  "",
		"grace h": "Grace Hopper",
	} {
		if got := strings.Join(matching(members, query), "|"); got != want {
			t.Errorf("%q: %q, not %q", query, got, want)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		keys        []fyne.KeyName
		text        string
		open        bool
	}{
		{"Tab", "hi @bj", []fyne.KeyName{fyne.KeyTab}, "hi @Björn ", false},
		{"Enter", "@h", []fyne.KeyName{fyne.KeyReturn}, "@Hedy ", false},
		{"the next", "@h", []fyne.KeyName{fyne.KeyDown, fyne.KeyReturn}, "@Hopkins ", false},
		{"round about", "@h", []fyne.KeyName{fyne.KeyUp, fyne.KeyReturn}, "@Grace Hopper ", false},
		{"a name that begins another", "@ada", []fyne.KeyName{fyne.KeyTab}, "@Ada ", false},
		{"Escape", "@h", []fyne.KeyName{fyne.KeyEscape}, "@h", false},
		{"deleted", "@h", []fyne.KeyName{fyne.KeyBackspace, fyne.KeyBackspace}, "", false},
		{"less", "@he", []fyne.KeyName{fyne.KeyBackspace}, "@h", true},
		{"before it", "@h", []fyne.KeyName{fyne.KeyHome}, "@h", false},
		{"in the middle", "@h you", []fyne.KeyName{fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyTab}, "@Hedy you", false},
		{"an address", "ada@h", nil, "ada@h", false},
		{"of nobody", "@x", nil, "@x", false},
		{"after a bracket", "(@h", nil, "(@h", true},
	} {
		f := newFixture(t)
		f.SetNames(members, false)
		test.Type(f.box, c.typed)
		f.key(c.keys...)
		f.settle()
		if f.Text() != c.text || f.list.open() != c.open || f.list.Visible() != c.open || len(f.sent) != 0 {
			t.Errorf("%s: %q, open: %v, sent %q", c.name, f.Text(), f.list.open(), f.sent)
		}
		if f.box.AcceptsTab() != c.open {
			t.Errorf("%s: Tab is taken: %v", c.name, f.box.AcceptsTab())
		}
	}
}

func TestCompletionGoesOn(t *testing.T) {
	f := newFixture(t)
	f.SetNames(members, false)
	test.Type(f.box, "@h")
	f.key(fyne.KeyEscape)
	test.Type(f.box, "e")
	if f.list.open() {
		t.Error("names are offered again after Escape")
	}
	test.Type(f.box, " @h")
	if !f.list.open() {
		t.Error("no names for the next @")
	}
	f.key(fyne.KeyTab)
	if f.Text() != "@he @Hedy " || f.changes[len(f.changes)-1] != f.Text() {
		t.Errorf("%q; told of %q", f.Text(), f.changes)
	}
	f.key(fyne.KeyReturn)
	f.settle()
	if len(f.sent) != 1 || f.sent[0] != "@he @Hedy" {
		t.Errorf("sent %q", f.sent)
	}
	f.SetText("")
	test.Type(f.box, "@ada")
	f.key(fyne.KeyTab)
	test.Type(f.box, "l")
	if f.Text() != "@Ada l" || f.list.open() {
		t.Errorf("after a name was chosen, another is offered for %q", f.Text())
	}
	f.SetText("a draft @h")
	if f.list.open() {
		t.Error("a draft opens the list")
	}
	test.Type(f.box, " @")
	f.SetNames(nil, false)
	if f.list.open() {
		t.Error("names that are gone are offered")
	}
}

func TestCompletionByPointer(t *testing.T) {
	f := newFixture(t)
	f.SetNames(members, false)
	test.Type(f.box, "@")
	if got := len(f.list.shown()); got != listMost {
		t.Errorf("%d names are in view", got)
	}
	box, list := f.box.Position(), f.list.Position()
	if list.Y+f.list.Size().Height > box.Y || list.X < 0 {
		t.Errorf("the list stands at %v, the box at %v", list, box)
	}
	at := fyne.NewPos(20, listPad+2.5*listRow)
	move := &desktop.MouseEvent{}
	move.Position = at
	f.list.MouseIn(move)
	if f.list.chosen().text != "Björn" {
		t.Errorf("%q is under the pointer", f.list.chosen())
	}
	f.window.Canvas().Unfocus() // as a press elsewhere than in the box does
	f.list.Tapped(&fyne.PointEvent{Position: at})
	if f.Text() != "@Björn " || f.list.open() || f.window.Canvas().Focused() != f.box {
		t.Errorf("%q, open: %v", f.Text(), f.list.open())
	}
	test.Type(f.box, "@")
	f.list.MouseIn(move)
	f.window.Canvas().Unfocus()
	f.list.MouseOut()
	if f.list.open() {
		t.Error("the list stays though the box was left")
	}
	f.window.Canvas().Focus(f.box)
	test.Type(f.box, " @")
	f.window.Canvas().Unfocus()
	if f.list.open() {
		t.Error("the list stays without the focus")
	}
	f.window.Canvas().Focus(f.box)
	test.Type(f.box, " @")
	f.key(fyne.KeyUp)
	if f.list.chosen().text != "Zoë" || f.list.shown()[listMost-1].text != "Zoë" {
		t.Errorf("%q is chosen among %q", f.list.chosen(), f.list.shown())
	}
}
