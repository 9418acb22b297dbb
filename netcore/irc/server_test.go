package irc

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestISupport(t *testing.T) {
	var s ISupport
	if s.ChannelTypes() != "#&" || !s.IsChannel("&a") || s.Number("NICKLEN", 9) != 9 {
		t.Error("what is usual")
	}
	if got := s.ModeTypes(); !reflect.DeepEqual(got, DefaultModes) {
		t.Errorf("usual modes: %+v", got)
	}
	m, err := Parse(`:s 005 me CASEMAPPING=ascii CHANTYPES=# PREFIX=(qaohv)~&@%+ CHANMODES=beI,k,l,imnpst,extra STATUSMSG=@+ NICKLEN=30 NETWORK=A\x20B\x3D\xZZ MONITOR EXCEPTS :are supported`, FromServer)
	if err != nil {
		t.Fatal(err)
	}
	s.Apply(m.Params[1 : len(m.Params)-1])
	if s.CaseMapping() != ASCII || s.IsChannel("&a") || !s.IsChannel("#a") || s.Number("NICKLEN", 9) != 30 || s.Number("MONITOR", 5) != 5 {
		t.Error("values")
	}
	if network, ok := s.Get("NETWORK"); network != `A B=\xZZ` || !ok {
		t.Errorf("network %q", network)
	}
	types := s.ModeTypes()
	if types.Symbol('h') != '%' || types.Symbol('x') != 0 || types.D != "imnpst" {
		t.Errorf("modes %+v", types)
	}
	if symbols, nick := types.SplitPrefixes("~@nick@"); symbols != "~@" || nick != "nick@" {
		t.Errorf("%q %q", symbols, nick)
	}
	if got := types.WithSymbol("+", '@'); got != "@+" || types.WithoutSymbol(got, '+') != "@" {
		t.Errorf("symbols %q", got)
	}
	for target, want := range map[string][2]string{"@#a": {"@", "#a"}, "#a": {"", "#a"}, "@a": {"", "@a"}, "+@#a": {"+@", "#a"}} {
		if prefix, channel := s.StatusMessage(target); prefix != want[0] || channel != want[1] {
			t.Errorf("%q: %q %q", target, prefix, channel)
		}
	}
	s.Apply([]string{"-MONITOR", "PREFIX="})
	if _, ok := s.Get("MONITOR"); ok || s.ModeTypes().Symbol('o') != 0 {
		t.Error("taken back")
	}
	var other ISupport
	for _, line := range s.Lines() {
		if len(line) > 13 {
			t.Errorf("%d tokens in a line", len(line))
		}
		other.Apply(line)
	}
	if !reflect.DeepEqual(other, s) {
		t.Errorf("written and read: %v, was %v", other, s)
	}
	for i := range 2000 {
		other.Set(strings.Repeat("X", i), "v")
	}
	if len(other.values) > maxTokens {
		t.Errorf("%d tokens held", len(other.values))
	}
}

func TestPrefixes(t *testing.T) {
	for value, bad := range map[string]bool{"(ov)@+": false, "": false, "(ov)@": true, "ov@+": true, "(ov": true} {
		if _, err := ParsePrefixes(value); (err != nil) != bad {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestModes(t *testing.T) {
	for _, tc := range []struct {
		modes   string
		params  []string
		changes string // joined by FormatModes
		bad     string
	}{
		{"+o", []string{"a"}, "+o a", ""},
		{"+ov-v", []string{"a", "b", "c"}, "+ov-v a b c", ""},
		{"nt", nil, "+nt", ""},
		{"+k-k", []string{"x", "y"}, "+k-k x y", ""},
		{"+l-l", []string{"5"}, "+l-l 5", ""},
		{"b", nil, "+b", ""},
		{"+be", []string{"m"}, "+be m", ""},
		{"+o", nil, "", "o"},
		{"+k", nil, "", "k"},
		{"+l", nil, "", "l"},
		{"+xin", []string{"a"}, "+in", "x"},
		{"-+-i+m", nil, "-i+m", ""},
		{"", nil, "", ""},
	} {
		changes, bad := ParseModes(DefaultModes, tc.modes, tc.params)
		var letters []byte
		for _, c := range bad {
			letters = append(letters, c.Mode)
		}
		if got := strings.Join(FormatModes(changes), " "); got != tc.changes || string(letters) != tc.bad {
			t.Errorf("%s %v: %q, bad %q", tc.modes, tc.params, got, letters)
		}
	}
}

func TestStandardReply(t *testing.T) {
	r := StandardReply{Kind: Fail, Command: "JOIN", Code: "NOPE", Context: []string{"#a"}, Description: "It is so."}
	m := r.Message("s")
	if m.String() != ":s FAIL JOIN NOPE #a :It is so." {
		t.Error(m)
	}
	if got, ok := ParseStandardReply(&m); !ok || !reflect.DeepEqual(got, r) {
		t.Errorf("%+v", got)
	}
	if note := (StandardReply{Kind: Note, Code: "X", Description: "y"}).Message(""); note.String() != "NOTE * X :y" {
		t.Error(note)
	}
	for _, m := range []Message{New("", "FAIL", "a", "b"), New("", "NOTICE", "a", "b", "c")} {
		if _, ok := ParseStandardReply(&m); ok {
			t.Errorf("%v is one", m)
		}
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.FixedZone("", 3600))
	if FormatTime(at) != "2026-01-02T02:04:05.678Z" || string(AppendTime(nil, at)) != FormatTime(at) {
		t.Error(FormatTime(at))
	}
	for in, ok := range map[string]bool{"2026-01-02T02:04:05.678Z": true, "2026-01-02T02:04:05Z": true, "2026-01-02T02:04:05.123456Z": true, "now": false, "": false} {
		if got, err := ParseTime(in); (err == nil) != ok || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
}

func TestCollector(t *testing.T) {
	collect := func(c *Collector, lines ...string) (done []*Batch, alone int, err error) {
		for _, line := range lines {
			m, err := Parse(line, FromServer)
			if err != nil {
				t.Fatal(err)
			}
			b, taken, err := c.Add(m)
			if err != nil {
				return done, alone, err
			}
			if b != nil {
				done = append(done, b)
			}
			if !taken {
				alone++
			}
		}
		return done, alone, nil
	}
	var c Collector
	done, alone, err := collect(&c, "@label=x BATCH +a chathistory #r", "PING 1", "@batch=a PRIVMSG #r :1",
		"@batch=a BATCH +b netsplit p q", "@batch=b QUIT", "@batch=a PRIVMSG #r :2", "BATCH -b", "BATCH -a")
	if err != nil || len(done) != 1 || alone != 1 || c.Open() != 0 || c.messages != 0 || c.bytes != 0 {
		t.Fatalf("%v, %d alone, %v, %+v", done, alone, err, c)
	}
	b := done[0]
	if b.Type != "chathistory" || b.Tags.Value("label") != "x" || !slices.Equal(b.Params, []string{"#r"}) || len(b.Messages) != 2 ||
		len(b.Inner) != 1 || b.Inner[0].Type != "netsplit" || b.Inner[0].Messages[0].Command != "QUIT" {
		t.Errorf("%+v", b)
	}
	for name, lines := range map[string][]string{
		"not open":        {"@batch=a PING"},
		"ends unknown":    {"BATCH -a"},
		"twice":           {"BATCH +a x", "BATCH +a x"},
		"no type":         {"BATCH +a"},
		"no sign":         {"BATCH a x"},
		"no name":         {"BATCH +"},
		"wrong order":     {"BATCH +a x", "@batch=a BATCH +b x", "BATCH -a"},
		"too many":        {"BATCH +a x", "BATCH +b x", "BATCH +c x"},
		"too long":        {"BATCH +a x", "@batch=a P", "@batch=a P", "@batch=a P"},
		"too large":       {"BATCH +a x", "@batch=a P :" + strings.Repeat("x", 900)},
		"many inside one": {"BATCH +a x", "@batch=a BATCH +b x", "BATCH -b", "@batch=a BATCH +b x", "BATCH -b", "@batch=a BATCH +b x"},
	} {
		c := Collector{MaxOpen: 2, MaxMessages: 3, MaxBytes: 1000}
		if _, _, err := collect(&c, lines...); !errors.Is(err, ErrBatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLabelled(t *testing.T) {
	write := func(list []Message) string {
		var lines []string
		for _, m := range list {
			lines = append(lines, m.String())
		}
		return strings.Join(lines, "\n")
	}
	for name, tc := range map[string]struct {
		answer []Message
		want   string
	}{
		"none": {nil, "@label=l :s ACK"},
		"one":  {[]Message{New("s", "PONG")}, "@label=l :s PONG"},
		"two":  {[]Message{New("s", "A"), New("s", "B")}, "@label=l :s BATCH +r labeled-response\n@batch=r :s A\n@batch=r :s B\n:s BATCH -r"},
		"a batch": {[]Message{BatchStart("s", "h", "chathistory", "#r"), {Tags: Tags{{"batch", "h"}}, Command: "A"}, BatchEnd("s", "h")},
			"@label=l :s BATCH +h chathistory #r\n@batch=h A\n:s BATCH -h"},
	} {
		if got := write(Labelled("s", "l", "r", tc.answer)); got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tc.want)
		}
	}
}

func TestSplit(t *testing.T) {
	family := "👨‍👩‍👧‍👦" // 25 bytes, one character to see
	for _, tc := range []struct {
		text string
		size int
		want []string
	}{
		{"short", 10, []string{"short"}},
		{"", 10, nil},
		{"a\n\r\nb\x00c", 10, []string{"a", "b", "c"}},
		{"hello there world", 12, []string{"hello there ", "world"}},
		{"a bcdefghijklmnop", 10, []string{"a bcdefghi", "jklmnop"}},
		{"ééééé", 5, []string{"éé", "éé", "é"}},
		{"ab" + family + "c", 26, []string{"ab", family + "c"}},
		{family, 10, []string{"👨‍", "👩‍", "👧‍", "👦"}},
		{"e\u0301e\u0301", 5, []string{"e\u0301", "e\u0301"}},
	} {
		if got := Split(tc.text, tc.size); !slices.Equal(got, tc.want) {
			t.Errorf("%q in parts of %d: %q", tc.text, tc.size, got)
		}
	}
	source := "nick!user@host"
	m := Text(source, "PRIVMSG", "#room", strings.Repeat("x", Room(source, "PRIVMSG", "#room")))
	if line, err := AppendMessage(nil, &m); err != nil || len(line) != MaxLine {
		t.Errorf("room: %d bytes, %v", len(line), err)
	}
	if Room("", "PRIVMSG", "#room") >= Room(source, "PRIVMSG", "#room") {
		t.Error("an unknown source takes room too")
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("hello there\nworld", 8)
	f.Add("👨‍👩‍👧‍👦é\xff\xfe", 4)
	f.Fuzz(func(t *testing.T, text string, size int) {
		if size < utf8.UTFMax || size > 1000 {
			return
		}
		parts := Split(text, size)
		for _, p := range parts {
			if p == "" || len(p) > size || strings.ContainsAny(p, "\r\n\x00") || utf8.ValidString(text) && !utf8.ValidString(p) {
				t.Fatalf("%q: part %q", text, p)
			}
		}
		kept := strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(text)
		if strings.Join(parts, "") != kept {
			t.Fatalf("%q becomes %q", text, parts)
		}
	})
}

func FuzzServer(f *testing.F) {
	f.Add("CHANMODES=a,b PREFIX=(o)@", "+ovb-x", "a b")
	f.Fuzz(func(t *testing.T, tokens, modes, params string) {
		var s ISupport
		s.Apply(strings.Fields(tokens))
		changes, bad := ParseModes(s.ModeTypes(), modes, strings.Fields(params))
		if len(changes)+len(bad) > len(modes) {
			t.Fatalf("%d changes of %q", len(changes)+len(bad), modes)
		}
		again, _ := ParseModes(s.ModeTypes(), FormatModes(changes)[0], FormatModes(changes)[1:])
		if len(bad) == 0 && len(again) != len(changes) {
			t.Fatalf("%q is written %q", modes, FormatModes(changes))
		}
		for _, line := range s.Lines() {
			for _, token := range line {
				if strings.ContainsAny(token, " \r\n\x00") {
					t.Fatalf("token %q", token)
				}
			}
		}
		Decode(tokens)
		ParseAction(tokens)
		FullMask(modes)
	})
}
