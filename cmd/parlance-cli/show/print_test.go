package show

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // outputs are compared
	m.Run()
}

// controlMessage returns a message of somebody else.
func controlMessage(from, text string) control.Message {
	return control.Message{Kind: chat.Direct, From: control.Author{ID: "aaaaaaa-bbbbbbb", Name: from}, Text: text}
}

func TestBlock(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		width      int
		want       string
	}{
		{"short", "hello", 30, "09:00  Bob: hello"},
		{"broken at words", "the quick brown fox jumps", 30, "09:00  Bob: the quick brown \n         fox jumps"},
		{"not at a terminal", "the quick brown fox jumps over", 0, "09:00  Bob: the quick brown fox jumps over"},
		{"a terminal too narrow", "the quick brown fox", 12, "09:00  Bob: the quick brown fox"},
		{"line feeds", "a\n\nb\n\n", 30, "09:00  Bob: a\n         \n         b"},
		{"a long word", strings.Repeat("x", 30), 30, "09:00  Bob: \n         " + strings.Repeat("x", 21) + "\n         " + strings.Repeat("x", 9)},
		{"wide characters", strings.Repeat("好", 12), 30, "09:00  Bob: 好好好好好好好好好\n         好好好"},
		{"spaces instead of line feeds", "a" + strings.Repeat(" ", 60) + "09:00  Bob: fake", 30, "09:00  Bob: a                 \n         09:00  Bob: fake"},
		{"tabs", "a\tb", 0, "09:00  Bob: a    b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Block("09:00  Bob: ", tt.text, tt.width)
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			for i, line := range strings.Split(got, "\n") {
				if tt.width > 2*len(Indent) && uniseg.StringWidth(line) > tt.width {
					t.Errorf("line %q has %d columns", line, uniseg.StringWidth(line))
				}
				if i > 0 && !strings.HasPrefix(line, Indent) {
					t.Errorf("line %q is not indented", line)
				}
			}
		})
	}
}

func FuzzBlock(f *testing.F) {
	f.Add("hello there\n\tyou", 30)
	f.Add(strings.Repeat(" ", 100)+"x", 20)
	f.Add("a\u0301\u200d👩‍👩‍👧\u2028好", 19)
	f.Fuzz(func(t *testing.T, text string, width int) {
		for i, line := range strings.Split(Block("09:00  Bob: ", text, width%200), "\n") {
			if i > 0 && !strings.HasPrefix(line, Indent) {
				t.Errorf("%q: line %q is not indented", text, line)
			}
			if w := width % 200; w > 2*len(Indent) && uniseg.StringWidth(line) > w {
				t.Errorf("%q: line %q has %d columns, more than %d", text, line, uniseg.StringWidth(line), w)
			}
		}
	})
}

func TestExcerpt(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"short", "short"},
		{"exactly 10", "exactly 10"},
		{"eleven char", "eleven ch…"},
		{"two\nlines", "two lines"},
		{"好好好好好好", "好好好好…"},
		{"", ""},
	} {
		if got := Excerpt(tt.text, 10); got != tt.want {
			t.Errorf("%q: got %q", tt.text, got)
		}
	}
}

func TestNames(t *testing.T) {
	n := NewNames()
	of := func(id, want string) {
		t.Helper()
		if got := n.Of(id); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	of("aaaaaaa-x", "aaaaaaa")
	n.Learn("aaaaaaa-x", "Bob")
	of("aaaaaaa-x", "Bob")
	n.Learn("bbbbbbb-x", "Bob")
	of("aaaaaaa-x", "Bob (aaaaaaa)")
	of("bbbbbbb-x", "Bob (bbbbbbb)")
	n.Learn("bbbbbbb-x", "Robert")
	of("aaaaaaa-x", "Bob")
	of("bbbbbbb-x", "Robert")
	n.Learn("udp://10.0.0.7:1", "10.0.0.7:1")
	of("udp://10.0.0.7:1", "10.0.0.7:1")
	of("udp://10.0.0.8:1", "udp://10.0.0.8:1")
}

func TestLateMessage(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 5, 0, 0, time.UTC)
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{
		{time.Second, "03:05  Bob: x\n"},
		{-time.Minute, "03:05  Bob: x\n"},
		{time.Hour, "03:05  Bob (came 04:05): x\n"},
		{-time.Hour, "03:05  Bob (came 02:05): x\n"},
		{72 * time.Hour, "03:05  Bob (came 5 Jan 03:05): x\n"},
	} {
		m := controlMessage("Bob", "x")
		m.Sent.Time, m.Received.Time = at, at.Add(tt.after)
		var b bytes.Buffer
		tr := Transcript{Out: &Printer{W: &b}, day: at.Format(day)}
		if tr.Message(m); b.String() != tt.want {
			t.Errorf("got %q", b.String())
		}
	}
}
