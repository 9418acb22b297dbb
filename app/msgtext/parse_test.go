package msgtext

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // shown -> opened, if different
	}{
		{"see https://example.org/a?b=c#d now", []string{"https://example.org/a?b=c#d"}},
		{"http://10.0.0.7:8080/x.", []string{"http://10.0.0.7:8080/x"}},
		{"(https://en.wikipedia.org/wiki/Go_(game))", []string{"https://en.wikipedia.org/wiki/Go_(game)"}},
		{"[https://a.b/c], and https://d.e!", []string{"https://a.b/c", "https://d.e"}},
		{"www.example.org/x", []string{"www.example.org/x -> https://www.example.org/x"}},
		{"HTTPS://Example.ORG/Path", []string{"HTTPS://Example.ORG/Path -> https://Example.ORG/Path"}},
		{"mailto:anna@example.org?subject=hi", []string{"mailto:anna@example.org?subject=hi"}},
		{"日本語https://example.jp/。つづき", []string{"https://example.jp/"}},
		{"\"https://a.b\" and <https://c.d>", []string{"https://a.b", "https://c.d"}},
		{"https://bücher.example/ü", []string{"https://bücher.example/ü"}},
		{"https://[::1]:80/", []string{"https://[::1]:80/"}},
		{"https://a.b/**", []string{"https://a.b/"}},
		{"https://", nil},
		{"https://.", []string{}},
		{"www.", nil},
		{"www.x", nil},
		{"mailto:nobody", nil},
		{"xhttps://a.b", nil},
		{"javascript:alert(1) file:///etc/passwd data:text/html,x", nil},
		{"http://%zz/", nil},
		{"no link. at all", nil},
	} {
		d := Parse(c.text)
		var got []string
		for _, l := range d.Links() {
			s := c.text[l.Start:l.End]
			if s != l.URL {
				s += " -> " + l.URL
			}
			got = append(got, s)
		}
		if strings.Join(got, " | ") != strings.Join(c.want, " | ") {
			t.Errorf("links of %q: %q, not %q", c.text, got, c.want)
		}
	}
}

func TestOnlySafeSchemesOpen(t *testing.T) {
	for _, url := range []string{"javascript:alert(1)", "file:///etc/passwd", "smb://x/y", "http:///nohost", "mailto:", "HTTP://x", "://", ""} {
		l := Link{URL: url}
		u, err := l.Parse()
		if err == nil && u.Scheme != "http" {
			t.Errorf("%q opens as %v", url, u)
		}
		if err == nil && url != "HTTP://x" {
			t.Errorf("%q opens", url)
		}
	}
}

// shown returns the text as it is drawn, with code in brackets.
func shown(d *Doc) string {
	var b strings.Builder
	for _, p := range d.pieces {
		if p.first {
			b.WriteByte('[')
		}
		b.WriteString(d.text[p.start:p.end])
		b.WriteString(strings.Repeat(" ", p.spaces))
		if p.last {
			b.WriteByte(']')
		}
	}
	return b.String()
}

func TestCode(t *testing.T) {
	for text, want := range map[string]string{
		"run `make all` now":       "run [make all] now",
		"`a` and `b`":              "[a] and [b]",
		"a lone ` tick":            "a lone ` tick",
		"``not this``":             "``not this``",
		"```\nfence\n```":          "```\nfence\n```",
		"over `two\nlines` no":     "over `two\nlines` no",
		"empty `` and ` ` too":     "empty `` and ` ` too",
		"`https://a.b` is code":    "[https://a.b] is code",
		"ends with `code`":         "ends with [code]",
		"x`y`z":                    "x[y]z",
		"https://a.b `c` and `d` ": "https://a.b [c] and [d]",
	} {
		if got := shown(Parse(text)); got != want {
			t.Errorf("%q is shown as %q, not %q", text, got, want)
		}
	}
}

func TestJumbo(t *testing.T) {
	for text, want := range map[string]bool{
		"👍": true, "👍👍👍": true, "👍 👍": true, "👍👍👍👍": false, "👍 ok": false, "": false, "漢字": false, "1": false,
		"👩‍👩‍👧‍👦": true, "🇸🇪": true, "☀️": true, "1️⃣": true, "❤️\n": true, "a": false, "…": false,
	} {
		if got := Parse(text).Jumbo(); got != want {
			t.Errorf("%q: jumbo is %v", text, got)
		}
	}
}

// TestPiecesCoverTheText checks for any text that nothing is left out but the
// backticks around code, nothing is doubled, and everything is in order.
func TestPiecesCoverTheText(t *testing.T) {
	alphabet := []rune("ab .`\t\nhttps://www.é漢👍\u0301\u200d")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 60, -1).Draw(t, "text")
		d := Parse(text)
		at := 0
		for _, p := range d.pieces {
			if p.start < at || p.end < p.start {
				t.Fatalf("%q: piece %+v begins before %d", text, p, at)
			}
			if gap := strings.Trim(d.text[at:p.start], "`"); gap != "" {
				t.Fatalf("%q: %q is not shown", text, gap)
			}
			at = p.next()
		}
		if rest := strings.Trim(d.text[min(at, len(d.text)):], "`"); rest != "" {
			t.Fatalf("%q: %q is not shown", text, rest)
		}
	})
}

func TestFold(t *testing.T) {
	long := strings.Repeat("word ", 2000)
	for _, c := range []struct {
		name, text string
		folded     bool
		shows      func(string) bool
	}{
		{"short", "hello", false, func(s string) bool { return s == "hello" }},
		{"exactly at the bound", strings.Repeat("é", FoldCharacters), false, func(s string) bool { return len(s) == 2*FoldCharacters }},
		{"words", long, true, func(s string) bool { return strings.HasSuffix(s, "word") && len(s) <= FoldCharacters }},
		{"one long word", strings.Repeat("x", 9000), true, func(s string) bool { return len(s) == FoldCharacters }},
		{"families", strings.Repeat("👩‍👩‍👧", 3000), true, func(s string) bool {
			return strings.HasSuffix(s, "👩‍👩‍👧") && len([]rune(s)) <= FoldCharacters
		}},
		{"many lines", strings.Repeat("x\n", 100), true, func(s string) bool { return strings.Count(s, "\n") == FoldLines-1 }},
		{"few lines", strings.Repeat("x\n", FoldLines-1), false, func(s string) bool { return true }},
	} {
		shown, folded := Fold(c.text)
		if folded != c.folded || !c.shows(shown) || !strings.HasPrefix(c.text, shown) {
			t.Errorf("%s: folded %v, shows %d bytes", c.name, folded, len(shown))
		}
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		text, query string
		want        []string
	}{
		{"The cat sat on the Cat-mat", "cat", []string{"cat", "Cat"}},
		{"Café, CAFE\u0301 and cafe", "cafe", []string{"Café", "CAFE\u0301", "cafe"}},
		{"Café", "café", []string{"Café"}},
		{"Straße ΣΊΣΥΦΟΣ", "σισυ", []string{"ΣΊΣΥ"}},
		{"会議室の予約", "会議", []string{"会議"}},
		{"한국어 가나", "가", []string{"가"}},
		{"aaa", "aa", []string{"aa"}},
		{"abcd", "bc abc", []string{"abc"}},
		{"one \"two\"", `"two"`, []string{"two"}},
		{"nothing", "", nil},
		{"nothing", "  ", nil},
		{"", "x", nil},
		{"x\u0301", "\u0301", nil},
	} {
		d := Parse(c.text)
		var got []string
		for _, r := range d.Find(Words(c.query)) {
			got = append(got, d.Text()[r.Start:r.End])
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%q in %q: %q, not %q", c.query, c.text, got, c.want)
		}
	}
}

func TestWordAndLineAt(t *testing.T) {
	for _, c := range []struct {
		text       string
		at         int
		word, line string
	}{
		{"hello big world", 7, "big", "hello big world"},
		{"hello big world", 9, "big", "hello big world"}, // just after it
		{"hello", 5, "hello", "hello"},
		{"see https://a.b/c-d now", 12, "https://a.b/c-d", "see https://a.b/c-d now"},
		{"one\ntwo three\nfour", 5, "two", "two three"},
		{"one\n\nfour", 4, "", ""},
		{"don't stop", 2, "don't", "don't stop"},
		{"", 0, "", ""},
	} {
		d := Parse(c.text)
		w, l := d.WordAt(c.at), d.LineAt(c.at)
		if got := d.text[w.Start:w.End]; got != c.word {
			t.Errorf("word at %d of %q: %q, not %q", c.at, c.text, got, c.word)
		}
		if got := d.text[l.Start:l.End]; got != c.line {
			t.Errorf("line at %d of %q: %q, not %q", c.at, c.text, got, c.line)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a `b` https://c.d", "`", "www.", "\t\n ", "👩‍👩‍👧", "http://[", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := Parse(text)
		for _, l := range d.Links() {
			if _, err := l.Parse(); err != nil {
				t.Errorf("%q: link %+v does not open: %v", text, l, err)
			}
		}
		d.Find([]string{"a", "é"})
		for i := range d.text {
			if r := d.WordAt(i); r.Start > r.End || r.End > len(d.text) {
				t.Fatalf("%q: word at %d is %v", text, i, r)
			}
		}
		Fold(text)
	})
}
