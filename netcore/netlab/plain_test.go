//go:build linux && netns

package netlab

import (
	"strings"
	"testing"
)

// TestPlainUDP lets a node and the simplest of programs exchange texts.
func TestPlainUDP(t *testing.T) {
	t.Parallel()
	_, a, b := twoHosts(t)
	anna := a.Start("anna")
	talk := b.Run("python3", "testdata/udptalk.py", "5000", "10.77.0.1", "12345")
	is := func(text string) func(Line) bool { return func(l Line) bool { return l.Text == text } }
	talk.WaitLine(bound, 0, "listening", is("listening"))

	const there = "udp://10.77.0.2:5000"
	for _, text := range []string{"hello from anna", "Grüße, 你好, 👋", "two  spaces and a tab\there"} {
		anna.SendTo(there, text)
		talk.WaitLine(bound, 0, text, is("10.77.0.1 "+text))
	}
	for _, c := range []struct{ sent, shown string }{
		{"hello from the script", "hello from the script"},
		{"Grüße, 你好, 👋", "Grüße, 你好, 👋"},
		{"bad \xff\xfe bytes", "bad \ufffd\ufffd bytes"},
		{"\xc3", "\ufffd"},
		{"colour \x1b[31mred\x07", "colour \u241b[31mred\u2407"},
		{"turned \u202egnp.exe", "turned gnp.exe"},
		{strings.Repeat("long ", 1000) + "end", strings.Repeat("long ", 1000) + "end"},
	} {
		talk.Write(c.sent + "\n")
		got := anna.WaitMessage(c.shown, bound)
		if got.Kind != "plain" || !strings.HasPrefix(got.From.ID, "udp://10.77.0.2:") {
			t.Errorf("%q is of kind %q and from %q", c.sent, got.Kind, got.From.ID)
		}
	}
	history := anna.HistoryOf(there)
	if len(history) != 10 {
		t.Errorf("history holds %d messages, not 10: %+v", len(history), history)
	}
	for i, m := range history {
		if own := i < 3; own && m.State != "sent" || !own && m.State != "" {
			t.Errorf("%q is shown as %q", m.Text, m.State)
		}
	}
}

// TestPlainUDPIsOffAtFirst sends to a port that nobody switched on.
func TestPlainUDPIsOffAtFirst(t *testing.T) {
	t.Parallel()
	_, a, b := twoHosts(t)
	anna := a.Start("anna")
	out := listen(b, ":0")
	for range 3 {
		if err := send(out, "anybody?", "10.77.0.1:12345"); err != nil {
			t.Fatal(err)
		}
	}
	if out := anna.CLI("conversations", "--json").must(t); strings.Contains(out, "anybody?") {
		t.Errorf("a text came in although nobody opened the port: %s", out)
	}
	in := listen(a, ":12345") // fails if the port is taken
	in.Close()
}
