package plain

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// step is one thing that happens to a guest, and what comes of it.
type step struct {
	said  string // by the client
	heard string // from the server
	text  string // for the client
	lines string // for the server, joined with " | "
	over  bool
}

func TestGuest(t *testing.T) {
	const enter = "CAP REQ :echo-message | NICK guest1 | USER plain 0 * :%s client | CAP END"
	tests := []struct {
		name    string
		dialect Dialect
		text    string // at first
		steps   []step
	}{
		{"broadcast", Broadcast, "", []step{
			{heard: ":s 001 guest1 :Welcome", lines: "JOIN #room"},
			{heard: ":guest1!plain@h JOIN #room"},
			{heard: "PING :abc", lines: "PONG :abc"},
			{said: "hello", lines: "PRIVMSG #room :hello"},
			{heard: ":guest1!plain@h PRIVMSG #room :hello", text: "hello\n"},
			{heard: ":ann!a@h PRIVMSG #room :hi", text: "ann: hi\n"},
			{heard: ":ann!a@h PRIVMSG #room :\x01ACTION waves\x01", text: "ann: * waves\n"},
			{heard: ":ann!a@h PRIVMSG #room :\x01VERSION\x01"},
			{heard: ":ann!a@h NOTICE #room :psst"},
			{said: "caf\xe9", lines: "PRIVMSG #room :café"},
			{said: "@ann:not a dialect of mine", lines: "PRIVMSG #room :@ann:not a dialect of mine"},
			{heard: ":s FAIL PRIVMSG TEMPORARILY_UNAVAILABLE #room :The disk is full", text: "Not sent: The disk is full\n"},
			{heard: ":op!o@h KICK #room guest1 :out", text: "You were removed from #room: out\n", over: true},
		}},
		{"broadcast, name taken", Broadcast, "", []step{
			{heard: ":s 433 * guest1 :Nickname is already in use", lines: "NICK guest2"},
			{heard: ":s 001 guest2 :Welcome", lines: "JOIN #room"},
		}},
		{"addressed", Addressed, "You are connected from:1.2.3.4:5\n", []step{
			{heard: ":s 001 guest1 :Welcome", lines: "JOIN #room"},
			{heard: ":guest1!plain@h JOIN #room"},
			{said: "#bob", lines: "NICK bob"},
			{heard: ":guest1!plain@h NICK bob", text: "Your user detail saved as : bob\n"},
			{said: "@ann:how are you: well?", lines: "PRIVMSG ann :how are you: well?"},
			{heard: ":bob!plain@h PRIVMSG ann :how are you: well?"},
			{heard: ":ann!a@h PRIVMSG bob :yes", text: "ann: yes\n"},
			{said: "@nobody", text: "Write @name:text\n"},
			{said: "to all", lines: "PRIVMSG #room :to all"},
			{heard: ":s 401 bob zoe :No such nick/channel", text: "Not sent: No such nick/channel\n"},
			{said: "#bob", text: "Your user detail saved as : bob\n"},
			{said: "#7", text: "That is no name; letters are needed.\n"},
		}},
		{"addressed, at once", Addressed, "You are connected from:1.2.3.4:5\n", []step{
			{said: "#bob", lines: "NICK bob"},
			{heard: ":s 001 bob :Welcome", lines: "JOIN #room", text: "Your user detail saved as : bob\n"},
		}},
		{"addressed, too early", Addressed, "You are connected from:1.2.3.4:5\n", []step{
			{said: "#bob", lines: "NICK bob"},
			{heard: ":s 001 guest1 :Welcome", lines: "JOIN #room | NICK bob"},
			{heard: ":s 433 guest1 bob :Nickname is already in use", lines: "NICK bob2"},
			{heard: ":guest1!plain@h NICK bob2", text: "Your user detail saved as : bob2\n"},
		}},
		{"paired", Paired, "", []step{
			{heard: ":s 001 guest1 :Welcome", lines: "JOIN #room"},
			{heard: ":guest1!plain@h JOIN #room"},
			{said: "Jörg Müller", lines: "NICK Jorg_Muller"},
			{heard: ":guest1!plain@h NICK Jorg_Muller", text: "home\n"},
			{said: "#no name", lines: "PRIVMSG #room :#no name"},
			{heard: ":Jorg_Muller!plain@h PRIVMSG #room :#no name"},
			{heard: ":ann!a@h PRIVMSG #room :hi", text: "ann: hi\n"},
			{heard: ":s NOTICE Jorg_Muller :not for me"},
			{heard: "ERROR :Closing Link: (killed)", text: "Closing Link: (killed)\n", over: true},
		}},
		{"banned", Paired, "", []step{
			{heard: ":s 001 guest1 :Welcome", lines: "JOIN #room"},
			{heard: ":s 474 guest1 #room :Cannot join channel (+b)", text: "#room: Cannot join channel (+b)\n", over: true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			port := &Port{Dialect: tt.dialect, Room: "#room", Name: "home", Number: func() int { n++; return n }}
			g, r := port.New("1.2.3.4:5")
			check(t, "at first", r, step{text: tt.text, lines: strings.ReplaceAll(enter, "%s", tt.dialect.String())})
			for _, s := range tt.steps {
				if s.said != "" {
					check(t, "said "+s.said, g.Said(s.said), s)
				} else {
					check(t, "heard "+s.heard, g.Heard(s.heard+"\r\n"), s)
				}
			}
			g.Gone()
			if len(port.guests) != 0 {
				t.Errorf("guests are left: %v", port.guests)
			}
		})
	}
}

func check(t *testing.T, what string, r Result, want step) {
	t.Helper()
	var lines []string
	for _, m := range r.Lines {
		lines = append(lines, m.String())
	}
	if got := strings.Join(lines, " | "); r.Text != want.text || got != want.lines || r.Over != want.over {
		t.Errorf("%s:\ntext %q lines %q over %v\nwant %q %q %v", what, r.Text, got, r.Over, want.text, want.lines, want.over)
	}
}

// TestGuestsAmongThemselves: what one of the port says reaches the others as it
// was typed.
func TestGuestsAmongThemselves(t *testing.T) {
	n := 0
	port := &Port{Dialect: Broadcast, Room: "#room", Password: "secret", Number: func() int { n++; return n }}
	a, r := port.New("a")
	if r.Lines[0].String() != "PASS secret" {
		t.Errorf("first line %s", r.Lines[0])
	}
	b, _ := port.New("b")
	for g, nick := range map[*Guest]string{a: "guest1", b: "guest2"} {
		g.Heard(":s 001 " + nick + " :Welcome")
		g.Heard(":" + nick + "!p@h JOIN #room")
	}
	if r := b.Heard(":guest1!p@h PRIVMSG #room :ann says hi"); r.Text != "ann says hi\n" {
		t.Errorf("got %q", r.Text)
	}
	a.Gone()
	if r := b.Heard(":guest1!p@h PRIVMSG #room :hi"); r.Text != "guest1: hi\n" {
		t.Errorf("after it is gone: %q", r.Text)
	}
}

func TestLongText(t *testing.T) {
	port := &Port{Dialect: Broadcast, Room: "#room", Number: func() int { return 1 }}
	g, _ := port.New("a")
	text := strings.Repeat("ä word ", 290)
	var all string
	for _, m := range g.Said(text).Lines {
		if line := m.String(); len(line) > 412 {
			t.Errorf("a line of %d bytes", len(line))
		}
		all += m.Last()
	}
	if all != text {
		t.Errorf("got %q", all)
	}
}

func TestParseDialect(t *testing.T) {
	for _, d := range []Dialect{Broadcast, Addressed, Paired} {
		if got, err := ParseDialect(d.String()); got != d || err != nil {
			t.Errorf("%s: %v, %v", d, got, err)
		}
	}
	if _, err := ParseDialect("irc"); err == nil {
		t.Error("irc is no dialect")
	}
}

// TestFramer writes chunks with pauses longer than Quiet between them, in virtual
// time.
func TestFramer(t *testing.T) {
	long := strings.Repeat("x", 3000)
	tests := []struct {
		name   string
		chunks []string
		want   []string
	}{
		{"a message", []string{"hello"}, []string{"hello"}},
		{"two, by quiet", []string{"one", "two"}, []string{"one", "two"}},
		{"two in one packet", []string{"one\ntwo\r\n"}, []string{"one", "two"}},
		{"empty lines", []string{"\n\n\r\na\n\n"}, []string{"a"}},
		{"too long", []string{long}, []string{long[:MaxChunk], long[MaxChunk:]}},
		{"too long, in a character", []string{"x" + strings.Repeat("ä", 1100)}, []string{"x" + strings.Repeat("ä", 1023), strings.Repeat("ä", 77)}},
		{"zeroes", []string{"\x00\x00", "a\x00"}, []string{"a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				defer server.Close()
				f := NewFramer(server)
				next := make(chan string, 10)
				go func() {
					defer close(next)
					for {
						text, err := f.Next()
						if err != nil {
							if !errors.Is(err, io.EOF) {
								t.Error(err)
							}
							return
						}
						next <- text
					}
				}()
				for _, chunk := range tt.chunks {
					if _, err := io.WriteString(client, chunk); err != nil {
						t.Fatal(err)
					}
					time.Sleep(2 * Quiet)
				}
				client.Close()
				var got []string
				for text := range next {
					got = append(got, text)
				}
				if strings.Join(got, "|") != strings.Join(tt.want, "|") {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}
