package kit

import (
	"image"
	"image/color"
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	_ "github.com/parlance-chat/parlance/app/locale"
	"github.com/parlance-chat/parlance/app/theme"
)

func TestFit(t *testing.T) {
	test.NewTempApp(t)
	width := func(s string) float32 { return fyne.MeasureText(s, 14, fyne.TextStyle{}).Width }
	family := "👨‍👩‍👧‍👦"
	for _, tt := range []struct {
		text  string
		width float32
		want  string
	}{
		{"hello", 1000, "hello"},
		{"two\nlines\tand  spaces", 1000, "two lines and spaces"},
		{"hello world", width("hello wo…"), "hello wo…"},
		{"hello world", width("hello …"), "hello…"},
		{"hello", 1, "…"},
		{"hello", 0, ""},
		{"", 100, ""},
		{family + family, width(family) + width("…") + 1, "\u200b" + family + "…"},
		{"a" + family, 1000, "a" + family},
	} {
		if got := Fit(tt.text, 14, fyne.TextStyle{}, tt.width); got != tt.want {
			t.Errorf("Fit(%q, %v) = %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
	long := Fit(strings.Repeat("word ", 20000), 14, fyne.TextStyle{}, 1e6)
	if len(long) > maxFit+8 || !strings.HasSuffix(long, "…") {
		t.Errorf("of a long text %d bytes were looked at", len(long))
	}
}

func TestProse(t *testing.T) {
	test.NewTempApp(t)
	p := NewProse("one two three\nfour " + strings.Repeat("x", 200))
	for _, width := range []float32{60, 100, 400} {
		for _, line := range p.lines(width) {
			if w := fyne.MeasureText(line, p.size, p.style).Width; w > width {
				t.Errorf("at %v the line %q is %v wide", width, line, w)
			}
		}
		if got := strings.Join(p.lines(width), ""); strings.ReplaceAll(got, " ", "") != "onetwothreefour"+strings.Repeat("x", 200) {
			t.Errorf("at %v the text became %q", width, got)
		}
	}
	p.Resize(fyne.NewSize(100, 10))
	if p.MinSize().Height != p.HeightFor(100) || p.HeightFor(100) <= p.HeightFor(400) {
		t.Error("the height does not follow the width")
	}
	if n := len(p.lines(1)); n > 300 {
		t.Errorf("%d lines where nothing fits", n)
	}
}

func TestStack(t *testing.T) {
	test.NewTempApp(t)
	prose := NewProse("a sentence that takes several lines where there is little room for it")
	hidden, last := NewProse("hidden"), NewProse("last")
	hidden.Hide()
	c := container.New(Stack{Gaps: []float32{5, 7}}, prose, hidden, last)
	c.Resize(fyne.NewSize(120, 500))
	if want := prose.HeightFor(120) + 7; last.Position().Y != want {
		t.Errorf("the last stands at %v, want %v", last.Position().Y, want)
	}
	if c.MinSize().Height != last.Position().Y+last.Size().Height {
		t.Errorf("the stack wants %v and takes %v", c.MinSize().Height, last.Position().Y+last.Size().Height)
	}
}

func TestSheet(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := test.NewTempWindow(t, widget.NewLabel("below"))
	w.Resize(fyne.NewSize(600, 300))
	closed := 0
	field := NewField("Name")
	ok := widget.NewButton("OK", nil)
	s := NewSheet(400, "Title", container.New(Stack{}, NewProse(strings.Repeat("a long text ", 200)), field), ok)
	s.OnClosed = func() { closed++ }
	s.ShowOn(w.Canvas(), field)
	if w.Canvas().Focused() != field {
		t.Error("the field has no focus")
	}
	if bottom := ok.Position().Y + s.footer.Position().Y + ok.Size().Height; bottom > 300-sheetMargin {
		t.Errorf("the button ends at %v in a window of 300", bottom)
	}
	if s.scroll.Size().Height >= s.body.MinSize().Height {
		t.Error("a long text does not scroll")
	}
	w.Resize(fyne.NewSize(600, 600))
	line := NewProse("what went wrong")
	body := container.New(Stack{}, NewProse("text"), line)
	line.Hide()
	steady := NewSheet(400, "Title", body)
	steady.ShowOn(w.Canvas(), nil)
	before := steady.title.Position()
	line.Show()
	steady.Relayout()
	if after := steady.title.Position(); after != before {
		t.Errorf("with another line the card moves from %v to %v", before, after)
	}
	body.Add(NewProse(strings.Repeat("a long text ", 200)))
	steady.Relayout()
	if after := steady.title.Position(); after.Y >= before.Y {
		t.Errorf("with far more the card stays at %v", after)
	}
	steady.Close()
	s.Close()
	s.Close()
	if closed != 1 || w.Canvas().Overlays().Top() != nil {
		t.Errorf("closed %d times", closed)
	}
}

func TestBar(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	b := NewBar()
	if b.Visible() || b.Text() != "" {
		t.Error("a bar with nothing to say is shown")
	}
	var done []string
	say := func(subject string) {
		b.Say(subject, "Something to know about somebody, in some more words.", true, Choice{Label: "Do", Main: true, Do: func() { done = append(done, subject) }})
	}
	say("a")
	say("b") // the same words about another
	test.Tap(b.Choices()[0])
	if len(done) != 1 || done[0] != "b" {
		t.Errorf("the button acts on %q", done)
	}
	b.Resize(fyne.NewSize(700, b.MinSize().Height))
	wide := b.MinSize().Height
	b.Resize(fyne.NewSize(220, b.MinSize().Height))
	if narrow := b.MinSize().Height; narrow <= wide {
		t.Errorf("a narrow bar is %v high, a wide one %v", narrow, wide)
	}
}

func TestFieldKeys(t *testing.T) {
	test.NewTempApp(t)
	f := NewField("x")
	test.NewTempWindow(t, f)
	var keys []fyne.KeyName
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape}) // nobody asks
	f.OnKey = func(k fyne.KeyName) { keys = append(keys, k) }
	for _, k := range []fyne.KeyName{fyne.KeyEscape, fyne.KeyUp, fyne.KeyLeft} {
		f.TypedKey(&fyne.KeyEvent{Name: k})
	}
	if len(keys) != 2 || keys[0] != fyne.KeyEscape || keys[1] != fyne.KeyUp {
		t.Errorf("keys handed on: %q", keys)
	}
}

func TestLinkAndOption(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	done := 0
	l := NewLink("more", func() { done++ })
	test.Tap(l)
	l.TypedRune(' ')
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	o := NewOption(fynetheme.InfoIcon(), "name", "purpose", func() { done++ }).(*Tap)
	test.Tap(o)
	o.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if _, ok := NewOption(fynetheme.InfoIcon(), "advice", "only", nil).(fyne.Tappable); ok {
		t.Error("advice can be tapped")
	}
	if done != 4 {
		t.Errorf("done %d times, want 4", done)
	}
}

// TestSheetByKeys goes through a sheet with Tab: what has the focus is in sight, is
// used with Enter and the space bar, and Escape closes the sheet from everywhere.
func TestSheetByKeys(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := test.NewTempWindow(t, widget.NewLabel("below"))
	w.Resize(fyne.NewSize(600, 300))
	var keys []fyne.KeyName
	used := ""
	use := func(name string) func() { return func() { used = name } }
	field, check, choice := NewField("Name"), NewCheck("Check", false), NewSelect([]string{"one", "two"})
	link, line := NewLink("link", use("link")), NewTap(Margin(8), NewProse("line"), use("line"))
	button := NewButton("OK", true, use("button"))
	list := container.New(Tall{100}, container.NewVScroll(container.New(Stack{}, NewProse(strings.Repeat("a long list ", 200)), line)))
	s := NewSheet(400, "Title", container.New(Stack{}, field, NewProse(strings.Repeat("a long text ", 200)), check, choice, link, list), button)
	s.OnKey = func(key fyne.KeyName) { keys = append(keys, key) }
	field.OnKey = s.OnKey
	s.ShowOn(w.Canvas(), field)
	driver := fyne.CurrentApp().Driver()
	for i, tt := range []struct {
		on   fyne.Focusable
		uses string // by Enter and the space bar
	}{{field, ""}, {check, ""}, {choice, ""}, {link, "link"}, {line.(*Tap), "line"}, {button, "button"}} {
		if i > 0 {
			w.Canvas().FocusNext()
		}
		if w.Canvas().Focused() != tt.on {
			t.Fatalf("%T has the focus, not %T", w.Canvas().Focused(), tt.on)
		}
		o := tt.on.(fyne.CanvasObject)
		top, bottom := driver.AbsolutePositionForObject(o).Y, driver.AbsolutePositionForObject(o).Y+o.Size().Height
		if above, below := driver.AbsolutePositionForObject(s.scroll).Y, driver.AbsolutePositionForObject(s.footer).Y; o != button && (top < above || bottom > below) {
			t.Errorf("%T stands from %v to %v, of which %v to %v is in sight", o, top, bottom, above, below)
		}
		if tt.uses != "" {
			tt.on.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			byEnter := used
			used = ""
			tt.on.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
			if used != "" {
				t.Errorf("%T is used by the key of the space bar, before its rune", o)
			}
			if tt.on.TypedRune(' '); byEnter != tt.uses || used != tt.uses {
				t.Errorf("%T does %q by Enter, %q by the space bar", o, byEnter, used)
			}
		}
		if o == button { // where a text is read, and nothing typed
			for key, want := range map[fyne.KeyName]bool{fyne.KeyHome: true, fyne.KeyPageDown: false} {
				tt.on.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
				if tt.on.TypedKey(&fyne.KeyEvent{Name: key}); (s.scroll.Offset.Y == 0) != want {
					t.Errorf("after %s the text stands at %v", key, s.scroll.Offset.Y)
				}
			}
			for range 100 {
				tt.on.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
			}
			if most := s.body.Size().Height - s.scroll.Size().Height; s.scroll.Offset.Y != most {
				t.Errorf("far down the text stands at %v, not %v", s.scroll.Offset.Y, most)
			}
		}
		keys = nil
		tt.on.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if len(keys) != 1 {
			t.Errorf("%T keeps Escape to itself", o)
		}
	}
}

// Which button has the focus is to be seen on every ground.
func TestFocusedButton(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	grey := func(c color.Color) uint8 { return color.GrayModel.Convert(c).(color.Gray).Y }
	for name, b := range map[string]*Button{
		"main": NewButton("OK", true, nil), "plain": NewButton("OK", false, nil),
		"danger": NewDangerButton("OK", nil), "quiet": NewQuietButton("OK", nil, nil),
	} {
		w := test.NewTempWindow(t, container.New(Margin(10), b))
		picture := func() image.Image { return w.Canvas().Capture() }
		before := picture()
		w.Canvas().Focus(b)
		focused := picture()
		strong := 0
		for y := range before.Bounds().Dy() {
			for x := range before.Bounds().Dx() {
				was, is := grey(before.At(x, y)), grey(focused.At(x, y))
				if max(was, is)-min(was, is) > 80 {
					strong++
				}
			}
		}
		if strong < 100 {
			t.Errorf("%s: %d pixels say that it has the focus", name, strong)
		}
		w.Canvas().Unfocus()
		if !reflect.DeepEqual(picture(), before) {
			t.Errorf("%s: without the focus it still looks as if it had it", name)
		}
	}
}

// What has the focus is in sight in a pane that scrolls, too.
func TestRevealInPane(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	last := NewTap(Margin(8), NewProse("last"), func() {}).(*Tap)
	scroll := container.NewVScroll(container.New(Stack{}, NewProse(strings.Repeat("a long text ", 200)), last))
	w := test.NewTempWindow(t, NewPanel(theme.ColorPane, Margin(8), scroll))
	w.Resize(fyne.NewSize(300, 200))
	w.Canvas().Focus(last)
	if at := fyne.CurrentApp().Driver().AbsolutePositionForObject(last).Y; at < 0 || at+last.Size().Height > 200 {
		t.Errorf("it stands at %v", at)
	}
}

// The line of an empty check box has its colour and is not half of it.
func TestEmptyCheckIsSeen(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	picture := test.NewTempWindow(t, NewCheck("Check", false)).Canvas().Capture()
	line := color.NRGBAModel.Convert(theme.Color(fynetheme.ColorNameInputBorder))
	n := 0
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if color.NRGBAModel.Convert(picture.At(x, y)) == line {
				n++
			}
		}
	}
	if n < 40 {
		t.Errorf("%d pixels have the line's colour", n)
	}
}
