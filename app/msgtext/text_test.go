package msgtext

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/theme"
)

func newText(t *testing.T, text string, width float32) *Text {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := New()
	w.SetLayout(NewMetrics(testSize, 1).Wrap(Parse(text), width))
	return w
}

func drawn(w *Text) (texts []string, rects int) {
	for _, o := range test.WidgetRenderer(w).Objects() {
		switch o := o.(type) {
		case *canvas.Text:
			texts = append(texts, o.Text)
		case *canvas.Rectangle:
			rects++
		}
	}
	return texts, rects
}

func TestTextDrawsItsRuns(t *testing.T) {
	w := newText(t, "see https://a.b and `code`", 1000)
	texts, rects := drawn(w)
	if strings.Join(texts, "|") != "see|https://a.b|and|code" || rects != 2 { // an underline, a ground
		t.Errorf("draws %q and %d rectangles", texts, rects)
	}
	if w.MinSize() != w.Layout().Size() {
		t.Errorf("asks for %v, not %v", w.MinSize(), w.Layout().Size())
	}
}

func TestTextIsUsedAgain(t *testing.T) {
	w := newText(t, strings.Repeat("word ", 60), 200)
	w.Select(Range{0, 30})
	w.Mark(w.Layout().Doc().Find([]string{"word"}))
	before := len(w.Layout().lines)
	m := NewMetrics(testSize, 1)
	w.SetLayout(m.Wrap(Parse("short"), 200))
	texts, rects := drawn(w)
	if strings.Join(texts, "|") != "short" || rects != 0 {
		t.Errorf("after another text: draws %q and %d rectangles", texts, rects)
	}
	if !w.Selection().Empty() {
		t.Error("the selection of the text before is still there")
	}
	objects := cap(w.texts)
	w.SetLayout(m.Wrap(Parse(strings.Repeat("word ", 60)), 200))
	if texts, _ := drawn(w); len(texts) != before || cap(w.texts) != objects {
		t.Errorf("draws %d of %d lines, with %d objects after %d", len(texts), before, cap(w.texts), objects)
	}
}

func TestSelectionRectangles(t *testing.T) {
	w := newText(t, "one two\n\nthree", 1000)
	for _, c := range []struct {
		r    Range
		want int
	}{
		{Range{0, 3}, 1}, {Range{0, 7}, 1}, {Range{4, 14}, 3}, {Range{7, 8}, 1}, {Range{3, 3}, 0}, {Range{0, 0}, 0},
	} {
		w.Select(c.r)
		if got := len(w.selected); got != c.want {
			t.Errorf("%v is shown by %d rectangles, not %d", c.r, got, c.want)
		}
	}
	w.Select(Range{0, 3})
	if got, want := w.selected[0].Size().Width, fyne.MeasureText("one", testSize, fyne.TextStyle{}).Width; got < want-0.5 || got > want+0.5 {
		t.Errorf("three letters of %v are selected %v wide", want, got)
	}
}

// TestLongTextsDrawOnlyWhatIsInView keeps a message of ten thousand lines from
// becoming ten thousand objects.
func TestLongTextsDrawOnlyWhatIsInView(t *testing.T) {
	w := newText(t, strings.Repeat("line\n", 10_000)+"end", 400)
	h := w.Layout().LastLine().Height
	for _, top := range []float32{0, 500, 50_000, 10_000*h - 600} {
		w.View(top, top+600)
		texts, _ := drawn(w)
		if len(texts) > int(600/h)*4 {
			t.Errorf("at %v: draws %d lines for %v in view", top, len(texts), 600/h)
		}
		first, last := float32(1e9), float32(0)
		for _, o := range w.texts {
			first, last = min(first, o.Position().Y), max(last, o.Position().Y+h)
		}
		if first > top+h || last < min(top+600, 10_001*h)-h {
			t.Errorf("at %v: draws %v to %v", top, first, last)
		}
	}
}

func TestRefreshTakesOverColours(t *testing.T) {
	w := newText(t, "hello", 400)
	light := w.texts[0].Color
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
	w.Refresh()
	if w.texts[0].Color == light {
		t.Error("the letters have the colour of the theme before")
	}
}

func TestTextWithoutLayout(t *testing.T) {
	test.NewTempApp(t)
	w := New()
	w.Select(Range{0, 3})
	w.View(0, 10)
	w.Refresh()
	if w.MinSize() != (fyne.Size{}) || len(test.WidgetRenderer(w).Objects()) != 0 {
		t.Error("a text that shows nothing takes room")
	}
}
