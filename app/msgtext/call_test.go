package msgtext

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/theme"
)

func TestCalls(t *testing.T) {
	names := []string{"Ada", "Ada Lovelace", "Björn", "C++"}
	for text, want := range map[string]string{
		"@Ada and @björn":               "@Ada|@björn",
		"@Ada Lovelace, @Adam, @Ada":    "@Ada Lovelace|@Ada",
		"mail ada@Ada now":              "",
		"(@Ada)":                        "@Ada",
		"@@Ada":                         "@Ada",
		"`@Ada` and @Ada":               "@Ada",
		"https://example.org/@Ada @Ada": "@Ada",
		"@C++!":                         "@C++",
		"@":                             "",
		"@Nobody":                       "",
		"nobody":                        "",
	} {
		var got []string
		start := 0
		d := Parse(text, names...)
		for _, p := range d.pieces {
			if p.style != Called {
				continue
			}
			if n := len(got); n > 0 && text[p.start] != '@' { // a name of several pieces
				got[n-1] = text[start:p.end]
				continue
			}
			start = p.start
			got = append(got, text[start:p.end])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q calls %q, not %q", text, got, want)
		}
		if shown(d) != shown(Parse(text)) {
			t.Errorf("%q is shown as %q", text, shown(d))
		}
	}
	if calls := findCalls("@Ada", []string{"", "Ada"}); len(calls) != 1 {
		t.Errorf("a name that is empty: %v", calls)
	}
}

// drawnAs returns how a text is drawn: the colour and the style of each run.
func drawnAs(t *testing.T, d *Doc) []*canvas.Text {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := New()
	w.SetLayout(NewMetrics(testSize, 1).Wrap(d, 1000))
	return w.texts
}

func TestStyles(t *testing.T) {
	link, quiet := theme.Color(theme.ColorLink), theme.Color(theme.ColorMeta)
	texts := drawnAs(t, Parse("hi @Ada there", "Ada"))
	if len(texts) != 3 || texts[1].Text != "@Ada" || !texts[1].TextStyle.Bold || texts[1].Color != link || texts[0].TextStyle.Bold {
		t.Errorf("a name that is called is drawn as %+v", texts[1])
	}
	for _, r := range drawnAs(t, Note("taken back, see https://a.b and `code`")) {
		if !r.TextStyle.Italic || r.Color != quiet || r.TextStyle.Monospace {
			t.Errorf("a note is drawn as %+v", r)
		}
	}
	for _, r := range drawnAs(t, Caption("Ada added Bob")) {
		if r.TextStyle.Italic || r.Color != quiet || r.TextSize >= testSize {
			t.Errorf("a caption is drawn as %+v", r)
		}
	}
}

func TestCaptionsAreCentred(t *testing.T) {
	test.NewTempApp(t)
	l := NewMetrics(testSize, 1).Wrap(Caption("a rather long first line\nshort"), 1000)
	if len(l.lines) != 2 {
		t.Fatalf("%d lines", len(l.lines))
	}
	short := l.lines[1]
	left, right := short.runs[0].x, l.width-short.width
	if left < 20 || left-right > 2 || right-left > 2 {
		t.Errorf("%v to the left, %v to the right", left, right)
	}
	if at := l.IndexAt(fyne.NewPos(left+1, l.height*1.5)); at != len("a rather long first line\n") {
		t.Errorf("the second line begins at byte %d", at)
	}
}

func TestEllipsis(t *testing.T) {
	test.NewTempApp(t)
	width := func(s string) float32 { return fyne.MeasureText(s, testSize, fyne.TextStyle{}).Width }
	for _, c := range []struct {
		text  string
		width float32
		want  string
	}{
		{"short", 1000, "short"},
		{"", 10, ""},
		{"some longer text", width("some long…") + 1, "some long…"},
		{"👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", width("👩‍👩‍👧…") + 1, "👩‍👩‍👧…"},
		{"xyz", 1, "x…"},
		{"x", 0, "x"},
	} {
		got, size := Ellipsis(c.text, c.width, testSize, fyne.TextStyle{})
		if got != c.want || size.Width != width(got) {
			t.Errorf("%q in %v is %q of %v", c.text, c.width, got, size.Width)
		}
	}
	if got, _ := Ellipsis(strings.Repeat("x", 100_000), 1e6, testSize, fyne.TextStyle{}); len(got) > 1000 || !strings.HasSuffix(got, "…") {
		t.Errorf("a very long text has %d bytes", len(got))
	}
}
