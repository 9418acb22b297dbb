package composer

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// Wherever the rows are wrapped, what is typed stands in its order, and what is
// deleted is what was typed last.
func TestTypingAtTheEndOfARow(t *testing.T) {
	const text = "Tea at five, bring your own cup and tell everyone about it in time."
	for width := float32(200); width < 320; width += 6 {
		f := newFixture(t)
		f.window.Resize(fyne.NewSize(width, 300))
		test.Type(f.box, text)
		if got := f.Text(); got != text {
			t.Errorf("at %v it became %q", width, got)
		}
		for left := len(text); left > 0; left-- {
			f.key(fyne.KeyBackspace)
			if got := f.Text(); got != text[:left-1] {
				t.Fatalf("at %v of %q there is left %q", width, text[:left], got)
			}
		}
	}
}

// wrapped returns a text that ends with a blank at which the row is wrapped.
func (f *fixture) wrapped(t *testing.T) string {
	t.Helper()
	for wide := range 40 {
		for narrow := range 4 {
			text := strings.Repeat("m", wide) + strings.Repeat("i", narrow) + " "
			if f.SetText(text); f.box.isBehind() {
				return text
			}
		}
	}
	t.Fatal("no blank is wrapped at")
	return ""
}

// The cursor is behind a blank that the row is wrapped at, however it came there.
func TestBehindTheBlank(t *testing.T) {
	shiftEnter := func(f *fixture) {
		f.held = fyne.KeyModifierShift
		f.key(fyne.KeyReturn)
		f.held = 0
	}
	for name, begin := range map[string]func(f *fixture, text string){
		"a draft": func(f *fixture, text string) { f.SetText(text) },
		"typed":   func(f *fixture, text string) { test.Type(f.box, text) },
		"pasted":  func(f *fixture, text string) { f.paste(text) },
		"deleted": func(f *fixture, text string) {
			test.Type(f.box, text+"ab")
			f.key(fyne.KeyBackspace, fyne.KeyBackspace)
		},
		"a word deleted": func(f *fixture, text string) {
			test.Type(f.box, text+"ab")
			f.box.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyBackspace, Modifier: fyne.KeyModifierShortcutDefault})
		},
		"a word deleted forwards": func(f *fixture, text string) {
			test.Type(f.box, text+"a")
			f.key(fyne.KeyLeft)
			f.box.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyDelete, Modifier: fyne.KeyModifierShortcutDefault})
		},
		"deleted forwards": func(f *fixture, text string) {
			test.Type(f.box, text+"a")
			f.key(fyne.KeyLeft, fyne.KeyDelete)
		},
		"before another line": func(f *fixture, text string) {
			test.Type(f.box, text[:len(text)-1])
			shiftEnter(f)
			test.Type(f.box, "below")
			f.key(fyne.KeyUp, fyne.KeyEnd)
			test.Type(f.box, " ")
			f.box.Refresh()
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.window.Resize(fyne.NewSize(240, 300))
			text := f.wrapped(t)
			f.SetText("")
			begin(f, text)
			below := strings.TrimPrefix(f.Text(), text)
			test.Type(f.box, "a")
			shiftEnter(f)
			test.Type(f.box, "b")
			if want := text + "a\nb" + below; f.Text() != want {
				t.Errorf("%q, want %q", f.Text(), want)
			}
		})
	}
}

// A name that was chosen is not offered once more where its row ends.
func TestNameAtTheEndOfARow(t *testing.T) {
	f := newFixture(t)
	f.window.Resize(fyne.NewSize(240, 300))
	f.SetNames([]string{"Ann", "Anna"}, false)
	blank := f.wrapped(t)
	before := strings.Repeat("m", len(blank)-4) // so that the row ends with the name
	for ; len(before) < len(blank); before += "i" {
		f.SetText(before + " ")
		test.Type(f.box, "@An")
		f.key(fyne.KeyReturn)
		if f.list.open() || f.Text() != before+" @Ann " {
			t.Errorf("%q, and names are offered: %t", f.Text(), f.list.open())
		}
		test.Type(f.box, "x")
		if f.Text() != before+" @Ann x" {
			t.Errorf("%q", f.Text())
		}
	}
}

// The cursor stays where it is in the text when the rows are wrapped anew.
func TestCursorStaysWhenResized(t *testing.T) {
	f := newFixture(t)
	const text = "Tea at five, bring your own cup and tell everyone about it in time. "
	test.Type(f.box, text)
	for _, width := range []float32{240, 700, 300, 410, 222} {
		f.window.Resize(fyne.NewSize(width, 300))
		if got := f.box.at(); got != len(text) {
			t.Errorf("at %v the cursor is at %d of %d", width, got, len(text))
		}
	}
	test.Type(f.box, "x")
	if f.Text() != text+"x" {
		t.Errorf("it became %q", f.Text())
	}
}
