package composer

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/app/theme"
)

func TestMain(m *testing.M) {
	os.Setenv("LANG", "en_US.UTF-8")
	goleak.VerifyTestMain(m)
}

// fixture is a composer in a window, with keys that are held down at will and a
// queue that runs when it is told.
type fixture struct {
	*Composer
	window  fyne.Window
	held    fyne.KeyModifier
	queue   []func()
	sent    []string
	changes []string
	err     error
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	f := &fixture{}
	f.Composer = New(func() fyne.KeyModifier { return f.held })
	f.later = func(g func()) { f.queue = append(f.queue, g) }
	f.anyRune = false
	f.OnSend = func(text string) error {
		if f.err != nil {
			return f.err
		}
		f.sent = append(f.sent, text)
		return nil
	}
	f.OnChanged = func(text string) { f.changes = append(f.changes, text) }
	f.window = test.NewTempWindow(t, f.Composer)
	f.window.Resize(fyne.NewSize(500, 300))
	f.window.Canvas().Focus(f.box)
	return f
}

func (f *fixture) key(names ...fyne.KeyName) {
	for _, n := range names {
		f.box.TypedKey(&fyne.KeyEvent{Name: n})
	}
}

// settle runs what was put off.
func (f *fixture) settle() {
	for len(f.queue) > 0 {
		g := f.queue[0]
		f.queue = f.queue[1:]
		g()
	}
}

func (f *fixture) paste(text string) {
	f.box.TypedShortcut(&fyne.ShortcutPaste{Clipboard: fixedClipboard(text)})
}

func TestEnterSends(t *testing.T) {
	f := newFixture(t)
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter} {
		test.Type(f.box, "  hello ")
		f.key(key)
		f.settle()
		if f.Text() != "" || f.sent[len(f.sent)-1] != "hello" {
			t.Errorf("%s: sent %q, %q is left", key, f.sent, f.Text())
		}
	}
	test.Type(f.box, "by shortcut")
	f.box.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl})
	f.settle()
	test.Type(f.box, "by button")
	test.Tap(f.button)
	if strings.Join(f.sent, "|") != "hello|hello|by shortcut|by button" {
		t.Errorf("sent %q", f.sent)
	}
	f.key(fyne.KeyReturn)
	test.Type(f.box, "  ")
	f.key(fyne.KeyReturn)
	f.settle()
	if len(f.sent) != 4 {
		t.Error("blanks were sent")
	}
	if got := f.changes[len(f.changes)-3]; got != "" {
		t.Errorf("after sending the owner was told of %q", got)
	}
}

func TestShiftEnterBeginsALine(t *testing.T) {
	f := newFixture(t)
	test.Type(f.box, "one")
	f.held = fyne.KeyModifierShift
	f.box.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	f.key(fyne.KeyReturn)
	f.box.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	f.held = 0
	test.Type(f.box, "two")
	f.key(fyne.KeyReturn)
	f.settle()
	if len(f.sent) != 1 || f.sent[0] != "one\ntwo" {
		t.Errorf("sent %q", f.sent)
	}
}

func TestWhatIsNotSentStays(t *testing.T) {
	f := newFixture(t)
	f.err = errors.New("the disk is full")
	test.Type(f.box, "precious")
	f.key(fyne.KeyReturn)
	f.settle()
	if f.Text() != "precious" || f.line.text.Hidden || f.line.text.Text != "Not sent. The disk is full." {
		t.Errorf("%q is left, and said: %q", f.Text(), f.line.text.Text)
	}
	if last := f.changes[len(f.changes)-1]; last != "precious" {
		t.Errorf("the owner was told of %q", last)
	}
	test.Type(f.box, "!")
	if !f.line.text.Hidden {
		t.Error("the error stays though the text is another")
	}
	f.err = nil
	f.key(fyne.KeyReturn)
	f.settle()
	if len(f.sent) != 1 || f.sent[0] != "precious!" {
		t.Errorf("sent %q", f.sent)
	}
	f.SetError(errors.New("something else"))
	if f.line.text.Hidden {
		t.Error("an error from outside is not shown")
	}
	f.SetText("draft")
	if !f.line.text.Hidden {
		t.Error("the error stays with another conversation's draft")
	}
}

// TestEnterOfAnInputMethod types Enter the way input methods do: the characters
// of the composition come right after it.
func TestEnterOfAnInputMethod(t *testing.T) {
	for _, c := range []struct {
		name    string
		anyRune bool
		then    string
		sent    string
		left    string
	}{
		{"Japanese", false, "漢字", "", "so far 漢字"},
		{"letters, where input methods commit them", true, "pinyin", "", "so far pinyin"},
		{"letters, typed very fast", false, "next", "so far", "next"},
		{"nothing", true, "", "so far", ""},
	} {
		f := newFixture(t)
		f.anyRune = c.anyRune
		test.Type(f.box, "so far ")
		f.key(fyne.KeyReturn)
		test.Type(f.box, c.then)
		f.settle()
		if got := strings.Join(f.sent, "|"); got != c.sent || f.Text() != c.left {
			t.Errorf("%s: sent %q, %q is left", c.name, got, f.Text())
		}
	}
}

func TestCharactersAreDeletedWhole(t *testing.T) {
	for _, c := range []struct {
		name, text string
		keys       []fyne.KeyName
		want       string
	}{
		{"a letter", "abc", []fyne.KeyName{fyne.KeyBackspace}, "ab"},
		{"a family", "hi 👩‍👩‍👧", []fyne.KeyName{fyne.KeyBackspace}, "hi "},
		{"a flag of two", "🇸🇪🇫🇮", []fyne.KeyName{fyne.KeyBackspace}, "🇸🇪"},
		{"an accent of its own", "cafe\u0301", []fyne.KeyName{fyne.KeyBackspace}, "caf"},
		{"a tone of skin", "👍🏽!", []fyne.KeyName{fyne.KeyBackspace, fyne.KeyBackspace}, ""},
		{"forwards", "👩‍👩‍👧x", []fyne.KeyName{fyne.KeyHome, fyne.KeyDelete}, "x"},
		{"past it and back", "a👩‍👩‍👧b", []fyne.KeyName{fyne.KeyLeft, fyne.KeyLeft, fyne.KeyDelete}, "ab"},
		{"over it", "a👩‍👩‍👧b", []fyne.KeyName{fyne.KeyHome, fyne.KeyRight, fyne.KeyRight, fyne.KeyBackspace}, "ab"},
		{"a line break", "a\nb", []fyne.KeyName{fyne.KeyLeft, fyne.KeyBackspace}, "ab"},
		{"at the beginning", "a", []fyne.KeyName{fyne.KeyHome, fyne.KeyBackspace}, "a"},
		{"at the end", "a", []fyne.KeyName{fyne.KeyDelete}, "a"},
		{"of nothing", "", []fyne.KeyName{fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyLeft, fyne.KeyRight}, ""},
	} {
		f := newFixture(t)
		f.SetText(c.text)
		f.key(c.keys...)
		if f.Text() != c.want {
			t.Errorf("%s: %q is left, not %q", c.name, f.Text(), c.want)
		}
		if c.want != c.text && len(f.changes) > len(c.keys) {
			t.Errorf("%s: told of %q", c.name, f.changes)
		}
	}
}

func TestDeletingASelection(t *testing.T) {
	f := newFixture(t)
	f.SetText("keep 👩‍👩‍👧👩‍👩‍👧")
	f.box.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	f.key(fyne.KeyLeft, fyne.KeyLeft)
	f.box.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	if got := f.box.SelectedText(); got != "👩‍👩‍👧👩‍👩‍👧" {
		t.Fatalf("selected %q", got)
	}
	f.key(fyne.KeyBackspace)
	if f.Text() != "keep " {
		t.Errorf("%q is left", f.Text())
	}
}

func TestLongPastes(t *testing.T) {
	f := newFixture(t)
	family := "👩‍👩‍👧" // five code points
	long := strings.Repeat("x", MaxText-2) + family + strings.Repeat("y", 3000)
	f.paste(long)
	if f.Text() != strings.Repeat("x", MaxText-2) {
		t.Fatalf("%d characters were taken", utf8.RuneCountInString(f.Text()))
	}
	if said := f.line.text.Text; !strings.Contains(said, "4,000") || !strings.Contains(said, "3,998") || !strings.Contains(said, "7,003") || !strings.Contains(said, "clipboard") {
		t.Errorf("said: %q", said)
	}
	if f.line.action.Hidden || f.line.counter.Text != "3,998 / 4,000" {
		t.Errorf("the rest is not offered (counter %q)", f.line.counter.Text)
	}
	f.key(fyne.KeyReturn)
	f.settle()
	if f.Text() != "" || !strings.Contains(f.line.text.Text, "3,005") || f.line.action.Hidden {
		t.Errorf("after sending: %q, said %q", f.Text(), f.line.text.Text)
	}
	test.Tap(f.line.action)
	if f.Text() != family+strings.Repeat("y", 3000) || !f.line.action.Hidden || !f.line.text.Hidden {
		t.Errorf("the rest has %d characters", utf8.RuneCountInString(f.Text()))
	}
	f.key(fyne.KeyReturn)
	f.settle()
	if strings.Join(f.sent, "") != long {
		t.Error("something was lost")
	}

	f.paste(strings.Repeat("z", MaxText))
	f.paste("one more")
	if f.line.action.Hidden || !strings.Contains(f.line.text.Text, "full") || utf8.RuneCountInString(f.Text()) != MaxText {
		t.Errorf("a full box says %q", f.line.text.Text)
	}
	f.box.TypedShortcut(&fyne.ShortcutSelectAll{})
	f.paste("instead")
	if f.Text() != "instead" {
		t.Errorf("what was pasted over a selection is %q", f.Text())
	}
}

func TestTypingIntoAFullBox(t *testing.T) {
	f := newFixture(t)
	f.SetText(strings.Repeat("x", MaxText))
	test.Type(f.box, "y")
	f.held = fyne.KeyModifierShift
	f.key(fyne.KeyReturn)
	if utf8.RuneCountInString(f.Text()) != MaxText || f.line.text.Hidden {
		t.Errorf("%d characters, said %q", utf8.RuneCountInString(f.Text()), f.line.text.Text)
	}
	f.held = 0
	f.key(fyne.KeyBackspace)
	if !f.line.text.Hidden {
		t.Error("still said to be full")
	}
	test.Type(f.box, "y")
	if !strings.HasSuffix(f.Text(), "xy") {
		t.Error("no character is taken where there is room")
	}
}

func TestPastesAreCleaned(t *testing.T) {
	f := newFixture(t)
	f.paste("a\r\nb\x00c\u202ed")
	if f.Text() != "a\nb\u2400cd" {
		t.Errorf("pasted %q", f.Text())
	}
	f.paste("")
	f.box.TypedShortcut(&fyne.ShortcutPaste{})
	f.Insert("e")
	if f.Text() != "a\nb\u2400cde" {
		t.Errorf("inserted to %q", f.Text())
	}
}

func TestDraftsAreApart(t *testing.T) {
	f := newFixture(t)
	test.Type(f.box, "of the first")
	f.changes = nil
	f.SetText("of the second\nconversation")
	if len(f.changes) != 0 {
		t.Errorf("told of a text that the owner put in: %q", f.changes)
	}
	test.Type(f.box, "!")
	if f.Text() != "of the second\nconversation!" {
		t.Errorf("the cursor is not at the end: %q", f.Text())
	}
	for range 40 {
		f.box.TypedShortcut(&fyne.ShortcutUndo{})
	}
	if strings.Contains(f.Text(), "first") {
		t.Errorf("undo brings back another conversation's draft: %q", f.Text())
	}
}

// TestAnEnterBelongsToItsDraft switches the conversation between Enter and the
// sending.
func TestAnEnterBelongsToItsDraft(t *testing.T) {
	f := newFixture(t)
	test.Type(f.box, "to Anna")
	f.key(fyne.KeyReturn)
	f.SetText("to Björn, not finished")
	f.settle()
	if len(f.sent) != 0 {
		t.Errorf("sent %q", f.sent)
	}
}

func TestShortcutsAndKeysOfTheOwner(t *testing.T) {
	f := newFixture(t)
	var shortcuts, keys []string
	f.OnShortcut = func(s fyne.Shortcut) bool {
		shortcuts = append(shortcuts, s.ShortcutName())
		_, custom := s.(*desktop.CustomShortcut)
		return custom
	}
	f.OnKey = func(e *fyne.KeyEvent) bool {
		keys = append(keys, string(e.Name))
		return true
	}
	f.box.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyF, Modifier: fyne.KeyModifierControl})
	f.box.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl})
	f.settle()
	f.paste("pasted")
	f.key(fyne.KeyUp, fyne.KeyHome, fyne.KeyEnd, fyne.KeyEscape, fyne.KeyPageUp, fyne.KeyPageDown)
	f.SetText("")
	f.key(fyne.KeyUp, fyne.KeyHome, fyne.KeyEnd)
	if len(shortcuts) != 3 || f.sent != nil {
		t.Errorf("asked for %q", shortcuts)
	}
	if strings.Join(keys, " ") != "Escape Prior Next Up Home End" {
		t.Errorf("asked for %q", keys)
	}
	if f.box.AcceptsTab() {
		t.Error("Tab does not lead out of the box")
	}
}

func TestGrowsWithTheText(t *testing.T) {
	f := newFixture(t)
	f.window.Resize(fyne.NewSize(500, 400))
	height := func(text string) float32 {
		f.SetText(text)
		return f.box.MinSize().Height
	}
	one := height("")
	if got := height("one line"); got != one {
		t.Errorf("one line takes %v, none %v", got, one)
	}
	last := one
	for rows := 2; rows <= maxRows; rows++ {
		h := height(strings.Repeat("x\n", rows-1) + "x")
		if h <= last {
			t.Errorf("%d lines take %v, one less %v", rows, h, last)
		}
		last = h
	}
	if got := height(strings.Repeat("x\n", 40)); got != last {
		t.Errorf("forty lines take %v, %d take %v", got, maxRows, last)
	}
	if got := height(strings.Repeat("word ", 40)); got <= one {
		t.Error("wrapped text takes one line")
	}
	if got := height(""); got != one {
		t.Errorf("emptied, it takes %v, not %v", got, one)
	}
	before := f.MinSize().Height
	f.SetError(errors.New("a long explanation " + strings.Repeat("of what went wrong ", 10)))
	if f.MinSize().Height < before+20 {
		t.Error("no room for the error")
	}
}

func TestDisabled(t *testing.T) {
	f := newFixture(t)
	f.SetPlaceHolder("Message to Anna")
	f.SetText("unfinished")
	f.Disable("Anna is blocked")
	test.Type(f.box, "more")
	f.key(fyne.KeyReturn, fyne.KeyBackspace)
	f.settle()
	f.paste("pasted")
	test.Tap(f.button)
	if f.Text() != "unfinished" || len(f.sent) != 0 || f.shut.text.Text != "Anna is blocked" {
		t.Errorf("a closed box has %q, sent %q, says %q", f.Text(), f.sent, f.shut.text.Text)
	}
	f.Enable()
	test.Type(f.box, "!")
	if f.Text() != "unfinished!" || f.box.PlaceHolder != "Message to Anna" {
		t.Errorf("an open box has %q, says %q", f.Text(), f.box.PlaceHolder)
	}
}

func TestTheButtonKnowsIfThereIsSomethingToSend(t *testing.T) {
	f := newFixture(t)
	for text, want := range map[string]bool{"": false, " \n": false, "x": true} {
		f.SetText(text)
		if got := !f.button.Disabled(); got != want {
			t.Errorf("%q: can be sent: %v", text, got)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	test.NewTempApp(b)
	c := New(nil)
	w := test.NewTempWindow(b, c)
	w.Resize(fyne.NewSize(500, 300))
	c.SetText(strings.Repeat("word ", MaxText/5-1))
	for b.Loop() {
		c.box.TypedRune('x')
		c.box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	}
}

// What an empty box says makes it no higher.
func TestLongPlaceHolder(t *testing.T) {
	f := newFixture(t)
	f.SetPlaceHolder("Message Anna")
	height := f.MinSize().Height
	f.SetPlaceHolder("Message The committee for the preparation of the summer festival in the garden of the old town hall")
	if got := f.MinSize().Height; got != height || !strings.HasSuffix(f.box.PlaceHolder, "…") {
		t.Errorf("the box is %v high, not %v, and says %q", got, height, f.box.PlaceHolder)
	}
	f.window.Resize(fyne.NewSize(1500, 300))
	if !strings.HasSuffix(f.box.PlaceHolder, "town hall") {
		t.Errorf("a wide box says %q", f.box.PlaceHolder)
	}
}

// A box that has the keyboard shows it, also after the window was in the background.
func TestFocusIsShown(t *testing.T) {
	f := newFixture(t)
	f.box.FocusLost() // the window is in the background
	f.Focus(f.window.Canvas())
	if !f.box.focused {
		t.Error("the box takes keys and does not look like it")
	}
}
