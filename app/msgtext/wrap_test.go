package msgtext

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"
)

const testSize = 14

func lines(l *Layout) []string {
	var out []string
	for _, line := range l.lines {
		out = append(out, l.doc.text[line.start:line.end])
	}
	return out
}

func wrapped(t *testing.T, text string, width float32) *Layout {
	t.Helper()
	test.NewTempApp(t)
	return NewMetrics(testSize, 1).Wrap(Parse(text), width)
}

// widthOf returns the width in which a text just fits.
func widthOf(s string) float32 {
	return fyne.MeasureText(s, testSize, fyne.TextStyle{}).Width + 2
}

// widthOfEach is widthOf for characters that are wrapped one by one. Where no font
// has them, what stands in their place is wider alone than among others.
func widthOfEach(s string) float32 {
	width := float32(2)
	for _, r := range s {
		width += fyne.MeasureText(string(r), testSize, fyne.TextStyle{}).Width
	}
	return width
}

func TestWrap(t *testing.T) {
	test.NewTempApp(t)
	for _, c := range []struct {
		name, text string
		width      float32
		want       string
	}{
		{"one line", "hello world", 1000, "hello world"},
		{"greedy", "aa bb cc dd", widthOf("aa bb cc"), "aa bb cc|dd"},
		{"spaces hang", "aa     bb", widthOf("aa "), "aa|bb"},
		{"line breaks", "a\n\nb\n", 1000, "a||b"},
		{"indented", "a\n  b", 1000, "a|  b"},
		{"a long word", "xxxxxxxxxx", widthOf("xxxx"), "xxxx|xxxx|xx"},
		{"a long word after another", "ab xxxxxxxxxx", widthOf("xxxx"), "ab|xxxx|xxxx|xx"},
		{"between ideographs", "漢字漢字漢字", widthOfEach("漢字漢"), "漢字漢|字漢字"},
		{"not before a full stop", "漢字漢。字", widthOfEach("漢字漢"), "漢字|漢。字"},
		{"families stay whole", strings.Repeat("👩‍👩‍👧", 3), widthOf("👩‍👩‍👧") * 1.5, "👩‍👩‍👧|👩‍👩‍👧|👩‍👩‍👧"},
		{"tabs", "a\tb", 1000, "a\tb"},
		{"hyphens", "well-known", widthOf("well-kn"), "well-|known"},
		{"a bracket stays with its link", "aaaa (https://a.b)", widthOf("(https://a.b)"), "aaaa|(https://a.b)"},
		{"a host stays whole", "aaaa https://example.org/path", widthOf("https://example.org/"), "aaaa|https://example.org/|path"},
		{"nothing", "", 100, ""},
		{"blanks", " \n \t", 100, ""},
		{"no room at all", "abc", 0, "a|b|c"},
	} {
		size := c.width
		if strings.HasPrefix(c.name, "families") {
			size *= jumboScale
		}
		got := strings.Join(lines(NewMetrics(testSize, 1).Wrap(Parse(c.text), size)), "|")
		if got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

// TestWrapLosesNothing checks for any text and width that every line fits, and
// that the lines together are the text but for the blanks between them.
func TestWrapLosesNothing(t *testing.T) {
	test.NewTempApp(t)
	m := NewMetrics(testSize, 1)
	alphabet := []rune("abW .,`\t\n/漢👍-\u0301(")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 80, -1).Draw(t, "text")
		width := rapid.Float32Range(40, 300).Draw(t, "width")
		d := Parse(text)
		if d.Jumbo() {
			return
		}
		l := m.Wrap(d, width)
		at := 0
		for i, line := range l.lines {
			if line.start < at || line.end < line.start {
				t.Fatalf("%q: line %d is %d to %d, after %d", text, i, line.start, line.end, at)
			}
			if gap := strings.Trim(d.text[at:line.start], " \t\n`"); gap != "" {
				t.Fatalf("%q: %q is on no line", text, gap)
			}
			if line.width > width+1 {
				t.Fatalf("%q at %v: line %q is %v wide", text, width, d.text[line.start:line.end], line.width)
			}
			x := float32(-1)
			for _, r := range line.runs {
				if r.x < x {
					t.Fatalf("%q: a run begins at %v, after %v", text, r.x, x)
				}
				x = r.x + r.width - 1 // runs may be moved to the next pixel
			}
			at = line.end
		}
		if rest := strings.Trim(d.text[at:], " \t\n`"); rest != "" {
			t.Fatalf("%q: %q is on no line", text, rest)
		}
	})
}

func TestRunsFollowTheStyle(t *testing.T) {
	l := wrapped(t, "see https://a.b and `code here` ok", 1000)
	var got []string
	for _, r := range l.lines[0].runs {
		got = append(got, []string{"plain", "link", "code"}[r.style]+" "+l.doc.text[r.start:r.end])
	}
	if want := "plain see|link https://a.b|plain and|code code here|plain ok"; strings.Join(got, "|") != want {
		t.Errorf("runs are %q, not %q", got, want)
	}
	for i, r := range l.lines[0].runs[1:] {
		if before := l.lines[0].runs[i]; r.x < before.x+before.width-1 {
			t.Errorf("run %d begins at %v, inside the one before", i+1, r.x)
		}
	}
}

func TestMetricsAreBounded(t *testing.T) {
	test.NewTempApp(t)
	m := NewMetrics(testSize, 1)
	for i := range maxWidths {
		m.widths[measured{size: float32(i)}] = 1
	}
	m.width("one more", testSize, Plain)
	if len(m.widths) > maxWidths {
		t.Errorf("%d widths are kept", len(m.widths))
	}
}

func TestIndexAtFindsEveryCharacter(t *testing.T) {
	text := "The quick `brown fox` jumps\tover https://example.org/a-long-path the 👩‍👩‍👧 and 漢字."
	l := wrapped(t, text, 160)
	for n := range l.lines {
		line := &l.lines[n]
		for _, r := range line.runs {
			for _, index := range clusters(text, r.start, r.end) {
				for _, beside := range []float32{-1, 1} { // nearer to it than to its neighbours
					p := fyne.NewPos(l.xIn(r, index)+beside, (float32(n)+0.5)*l.height)
					if got := l.IndexAt(p); got != index && abs(l.xOf(line, got)-l.xOf(line, index)) > 1.2 {
						t.Errorf("line %d: the point of %d is taken for %d", n, index, got)
					}
				}
			}
		}
	}
	for _, c := range []struct {
		p    fyne.Position
		want int
	}{
		{fyne.NewPos(-50, -10), 0},
		{fyne.NewPos(10, -1), 0},
		{fyne.NewPos(-5, l.height*1.5), l.lines[1].start},
		{fyne.NewPos(900, l.height*1.5), l.lines[1].end},
		{fyne.NewPos(0, 5000), len(text)},
	} {
		if got := l.IndexAt(c.p); got != c.want {
			t.Errorf("the point %v is taken for %d, not %d", c.p, got, c.want)
		}
	}
}

func abs(v float32) float32 { return max(v, -v) }

func TestLinkAt(t *testing.T) {
	l := wrapped(t, "go to https://example.org/a/very/long/path/indeed now", 150)
	found := map[string]bool{}
	for n := range l.lines {
		for x := float32(0); x < 150; x += 3 {
			if link, ok := l.LinkAt(fyne.NewPos(x, (float32(n)+0.5)*l.height)); ok {
				found[link.URL] = true
				if n == 0 && x < widthOf("go") {
					t.Error("the word before is a link")
				}
			}
		}
	}
	if len(found) != 1 || !found["https://example.org/a/very/long/path/indeed"] {
		t.Errorf("found %v", found)
	}
	if _, ok := l.LinkAt(fyne.NewPos(10, -3)); ok {
		t.Error("a link above the text")
	}
}

func BenchmarkParse(b *testing.B) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 223)[:10_000]
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse(text)
	}
}

func BenchmarkWrap(b *testing.B) {
	test.NewTempApp(b)
	for _, n := range []int{500, 10_000} {
		text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 1+n/45)[:n]
		b.Run(map[int]string{500: "500", 10_000: "10000"}[n], func(b *testing.B) {
			m, d := NewMetrics(testSize, 1), Parse(text)
			m.Wrap(d, 400)
			for b.Loop() {
				m.Wrap(d, 400)
			}
		})
	}
}
