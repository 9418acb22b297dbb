package irc

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("x", 600)
	for _, tc := range []struct {
		line   string
		limits Limits
		want   Message
		err    error
	}{
		{line: "PING\r\n", want: Message{Command: "PING"}},
		{line: "ping token\n", want: Message{Command: "PING", Params: []string{"token"}}},
		{line: ":server 001 nick :Welcome here", want: Message{Source: "server", Command: "001", Params: []string{"nick", "Welcome here"}, Trailing: true}},
		{line: ":a!b@c  PRIVMSG   #r   ::)", want: Message{Source: "a!b@c", Command: "PRIVMSG", Params: []string{"#r", ":)"}, Trailing: true}},
		{line: "PRIVMSG #r :", want: Message{Command: "PRIVMSG", Params: []string{"#r", ""}, Trailing: true}},
		{line: "MODE #r +o a ", want: Message{Command: "MODE", Params: []string{"#r", "+o", "a"}}},
		{line: "@a=b;+c;d= :s X", want: Message{Tags: Tags{{"a", "b"}, {"+c", ""}, {"d", ""}}, Source: "s", Command: "X"}},
		{line: `@a=\:\s\\\r\n\q\ X`, want: Message{Tags: Tags{{"a", "; \\\r\nq"}}, Command: "X"}},
		{line: "@a=1;b;a=2;;=x;+ X", want: Message{Tags: Tags{{"a", "2"}, {"b", ""}}, Command: "X"}},
		{line: "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", want: Message{Command: "X",
			Params: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15 16"}}},
		{line: "PRIVMSG #r :caf\xe9", want: Message{Command: "PRIVMSG", Params: []string{"#r", "caf\xe9"}, Trailing: true}},
		{line: "", err: ErrEmpty},
		{line: ":only.source", err: ErrEmpty},
		{line: "@only=tags", err: ErrEmpty},
		{line: "\r\n", err: ErrEmpty},
		{line: "PRIV-MSG x", err: ErrMalformed},
		{line: "A\rB", err: ErrForbidden},
		{line: "A b\nC", err: ErrForbidden},
		{line: "A \x00", err: ErrForbidden},
		{line: "X " + strings.Repeat("y", 508), limits: FromClient, want: Message{Command: "X", Params: []string{strings.Repeat("y", 508)}}},
		{line: "X " + strings.Repeat("y", 509), limits: FromClient, err: ErrTooLong},
		{line: "@" + strings.Repeat("y", 4094) + " X", limits: FromClient, want: Message{Tags: Tags{{strings.Repeat("y", 4094), ""}}, Command: "X"}},
		{line: "@" + strings.Repeat("y", 4095) + " X", limits: FromClient, err: ErrTagsTooLong},
		{line: "@" + strings.Repeat("y", 8189) + " X", limits: FromServer, want: Message{Tags: Tags{{strings.Repeat("y", 8189), ""}}, Command: "X"}},
		{line: "@" + strings.Repeat("y", 8190) + " X", limits: FromServer, err: ErrTagsTooLong},
		{line: ":s X " + long, limits: FromServer, want: Message{Source: "s", Command: "X", Params: []string{long}}},
	} {
		got, err := Parse(tc.line, tc.limits)
		if !errors.Is(err, tc.err) || tc.err == nil && err != nil {
			t.Errorf("%.60q: error %v, want %v", tc.line, err, tc.err)
		}
		if err == nil && !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%.60q\n got %+v\nwant %+v", tc.line, got, tc.want)
		}
	}
}

func TestAppend(t *testing.T) {
	for _, tc := range []struct {
		message Message
		want    string
		err     error
	}{
		{New("", "PING", "a"), "PING a", nil},
		{New("", "PING", "a b"), "PING :a b", nil},
		{New("", "PING", ""), "PING :", nil},
		{New("", "PING", ":)"), "PING ::)", nil},
		{Text("n!u@h", "PRIVMSG", "#r", "hello"), ":n!u@h PRIVMSG #r :hello", nil},
		{Message{Command: "X", Trailing: true}, "X", nil},
		{Message{Tags: Tags{{"a", "b;c d\\e\r\n"}, {"+f", ""}}, Command: "X"}, `@a=b\:c\sd\\e\r\n;+f X`, nil},
		{New("", "TAGMSG", "#r\r\nQUIT"), "", ErrForbidden},
		{New("", "TAGMSG", "\nQUIT", "x"), "", ErrForbidden},
		{New("a\nb", "X"), "", ErrForbidden},
		{New("a b", "X"), "", ErrMalformed},
		{Message{Tags: Tags{{"a", "\x00"}}, Command: "X"}, "", ErrForbidden},
		{Message{Tags: Tags{{"a b", ""}}, Command: "X"}, "", ErrMalformed},
		{Message{Tags: Tags{{"a\n", ""}}, Command: "X"}, "", ErrMalformed},
		{New("", ""), "", ErrEmpty},
		{New("", "X\nY"), "", ErrMalformed},
		{New("", "X", "", "y"), "", ErrMalformed},
		{New("", "X", "a b", "y"), "", ErrMalformed},
		{New("", "X", ":a", "y"), "", ErrMalformed},
		{New("", "X", make([]string, 16)...), "", ErrMalformed},
		{New("", "X", strings.Repeat("y", 508)), "X " + strings.Repeat("y", 508), nil},
		{New("", "X", strings.Repeat("y", 509)), "", ErrTooLong},
		{Message{Tags: Tags{{strings.Repeat("y", 8189), ""}}, Command: "X"}, "@" + strings.Repeat("y", 8189) + " X", nil},
		{Message{Tags: Tags{{strings.Repeat("y", 8190), ""}}, Command: "X"}, "", ErrTagsTooLong},
	} {
		got, err := AppendMessage([]byte("before"), &tc.message)
		if !errors.Is(err, tc.err) || tc.err == nil && err != nil {
			t.Errorf("%+v: error %v, want %v", tc.message, err, tc.err)
		}
		want := "before"
		if tc.err == nil {
			want += tc.want + "\r\n"
		}
		if string(got) != want {
			t.Errorf("%+v\n got %q\nwant %q", tc.message, got, want)
		}
	}
}

func TestAppendCut(t *testing.T) {
	for _, end := range []string{"é", "€", "😀"} {
		for n := range 5 {
			m := Text("", "X", strings.Repeat("a", 500+n)+strings.Repeat(end, 5))
			line, err := AppendCut(nil, &m)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Parse(string(line), Limits{Line: MaxLine})
			if err != nil || len(line) < MaxLine-3 || !strings.HasPrefix(m.Params[0], got.Last()) ||
				strings.TrimRight(got.Last(), end) != strings.Repeat("a", 500+n) {
				t.Errorf("%d bytes and %s: %d bytes, %q, %v", 500+n, end, len(line), got.Last(), err)
			}
		}
	}
	for room := range 3 {
		m := Text(strings.Repeat("s", MaxLine-len(": PRIVMSG\r\n")-room), "PRIVMSG", "#room", "text")
		line, err := AppendCut(nil, &m)
		got, _ := Parse(string(line), Limits{Line: MaxLine})
		if err != nil || got.Source != m.Source || got.Command != "PRIVMSG" {
			t.Errorf("a source that leaves %d bytes: %q, %v", room, line, err)
		}
	}
	m := Text(strings.Repeat("s", MaxLine-len(": PRIVMSG\r\n")+1), "PRIVMSG", "#room", "text")
	if line, err := AppendCut([]byte("before"), &m); !errors.Is(err, ErrTooLong) || string(line) != "before" {
		t.Errorf("a source that leaves no room for the command: %q, %v", line, err)
	}
}

func TestAppendWithoutGarbage(t *testing.T) {
	m := Text("nick!user@host", "PRIVMSG", "#room", "hello there")
	m.Tags = Tags{{"time", "2026-01-02T03:04:05.678Z"}, {"msgid", "a;b"}}
	buffer := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { buffer, _ = AppendMessage(buffer[:0], &m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTags(t *testing.T) {
	var tags Tags
	tags.Set("time", "now")
	tags.Set("+typing", "active")
	tags.Set("time", "then; really")
	if v, ok := tags.Get("time"); !ok || v != "then; really" {
		t.Errorf("time=%q, %v", v, ok)
	}
	if _, ok := tags.Get("label"); ok {
		t.Error("a label")
	}
	if only := tags.ClientOnly(); !reflect.DeepEqual(only, Tags{{"+typing", "active"}}) {
		t.Errorf("client-only: %v", only)
	}
	line, err := appendTags(nil, tags)
	if err != nil || len(line)-2 != tags.Size() {
		t.Errorf("size %d, %q", tags.Size(), line)
	}
	// A bomb: the most different tags that fit, and each once more.
	var b strings.Builder
	for range 2 {
		for i := range 1000 {
			b.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)) + ";")
		}
	}
	m, err := Parse("@"+b.String()+" X", FromServer)
	if err != nil || len(m.Tags) != 1000 {
		t.Errorf("%d tags, %v", len(m.Tags), err)
	}
}

func FuzzMessage(f *testing.F) {
	for _, line := range []string{
		"PING :x", `@a=\:\s;+b :n!u@h PRIVMSG #r :hello`, "X  a  b :", "@;=;+ 001", "A\rB", ":s 353 n = #r :@a +b",
		"@" + strings.Repeat("a;b=c;", 100) + " X",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		m, err := Parse(line, FromServer)
		if err != nil {
			return
		}
		wire, err := AppendMessage(nil, &m)
		if err != nil {
			if !errors.Is(err, ErrTooLong) && !errors.Is(err, ErrTagsTooLong) {
				t.Fatalf("%q is read as %+v and cannot be written: %v", line, m, err)
			}
			if wire, err = AppendCut(nil, &m); err != nil {
				return
			}
		} else {
			again, err := Parse(string(wire), FromServer)
			if err != nil || !same(again, m) {
				t.Fatalf("%q\n first %+v\n then %+v, %v", line, m, again, err)
			}
		}
		oneLine(t, wire)
	})
}

// same compares what messages say; whether a last parameter had a colon it did not
// need may differ.
func same(a, b Message) bool {
	a.Trailing, b.Trailing = false, false
	if len(a.Params) == 0 && len(b.Params) == 0 {
		a.Params, b.Params = nil, nil
	}
	if len(a.Tags) == 0 && len(b.Tags) == 0 {
		a.Tags, b.Tags = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

func oneLine(t *testing.T, wire []byte) {
	t.Helper()
	body, ok := strings.CutSuffix(string(wire), "\r\n")
	if !ok || strings.ContainsAny(body, "\r\n\x00") {
		t.Fatalf("%q is not one line", wire)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("key", "value", "source", "PRIVMSG", "#room", "text")
	f.Add("+k", "v\r\nQUIT", "s\nX", "X\r", "a b", ":\nX")
	f.Add("k", "v", strings.Repeat("s", 600), "X", "a", "b")
	f.Fuzz(func(t *testing.T, key, value, source, command, first, last string) {
		m := Message{Tags: Tags{{key, value}}, Source: source, Command: command, Params: []string{first, last}}
		wire, err := AppendCut(nil, &m)
		if err != nil {
			if len(wire) != 0 {
				t.Fatalf("%q beside %v", wire, err)
			}
			return
		}
		oneLine(t, wire)
		if len(wire) > MaxTags+MaxLine {
			t.Fatalf("%d bytes", len(wire))
		}
		again, err := Parse(string(wire), FromServer)
		if err != nil {
			t.Fatalf("%q cannot be read: %v", wire, err)
		}
		if len(wire) < MaxLine && !strings.EqualFold(again.Command, command) {
			t.Fatalf("%q is read as %+v", wire, again)
		}
	})
}

func FuzzBatches(f *testing.F) {
	f.Add("BATCH +a x\n@batch=a PRIVMSG b :c\n@batch=a BATCH +b y\nBATCH -b\nBATCH -a")
	f.Fuzz(func(t *testing.T, lines string) {
		c := Collector{MaxOpen: 4, MaxMessages: 20, MaxBytes: 4096}
		for line := range strings.SplitSeq(lines, "\n") {
			m, err := Parse(line, FromServer)
			if err != nil {
				continue
			}
			if _, _, err := c.Add(m); err != nil {
				return
			}
			if c.Open() > 4 || c.messages > 20 || c.bytes > 4096 || c.messages < 0 || c.bytes < 0 {
				t.Fatalf("%d open, %d messages, %d bytes", c.Open(), c.messages, c.bytes)
			}
			if c.Open() == 0 && (c.messages != 0 || c.bytes != 0) {
				t.Fatalf("nothing open, yet %d messages, %d bytes", c.messages, c.bytes)
			}
		}
	})
}
