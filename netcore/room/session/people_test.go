package session

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

func (c *talker) who(channel string) string {
	var list []string
	for _, m := range c.Members(channel) {
		text := m.Symbols + m.Nick
		if m.Account != "" {
			text += "/" + m.Account
		}
		if m.Away {
			text += " away"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func TestPeople(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#R")
	for _, tc := range []struct{ line, want string }{
		{"", "@bob, ada"},
		{":cat!u@h JOIN #r catacct :Cat", "@bob, ada, cat/catacct"},
		{":dog!u@h JOIN #r * :Dog", "@bob, ada, cat/catacct, dog"},
		{":bob!u@h MODE #r +ov-o dog dog bob", "@+dog, ada, bob, cat/catacct"},
		{":dog!u@h MODE #r -o dog", "+dog, ada, bob, cat/catacct"},
		{":cat!u@h NICK kitty", "+dog, ada, bob, kitty/catacct"},
		{":kitty!u@h AWAY :out", "+dog, ada, bob, kitty/catacct away"},
		{":kitty!u@h AWAY", "+dog, ada, bob, kitty/catacct"},
		{":kitty!u@h ACCOUNT *", "+dog, ada, bob, kitty"},
		{":dog!u@h SETNAME :Dog D", "+dog, ada, bob, kitty"},
		{":s 354 ada 47 #r bob G bobacct :Bob B", "+dog, ada, bob/bobacct away, kitty"},
		{":dog!u@h PART #r", "ada, bob/bobacct away, kitty"},
		{":bob!u@h KICK #r kitty :no", "ada, bob/bobacct away"},
		{":bob!u@h QUIT :bye", "ada"},
		{":ada!u@h NICK ada2", "ada2"},
	} {
		if tc.line != "" {
			c.says(tc.line)
		}
		if got := c.who("#R"); got != tc.want {
			t.Fatalf("after %q: %s, want %s", tc.line, got, tc.want)
		}
	}
	if c.Status().Nick != "ada2" {
		t.Errorf("%+v", c.Status())
	}
	c.says(":cat!u@h JOIN #r catacct :Cat", ":cat!u@h SETNAME :Cat C")
	if who := c.Members("#r"); len(who) != 2 || who[1].Name != "Cat C" {
		t.Errorf("%+v", who)
	}
	c.says(":cat!u@h PART #r", ":s 332 ada2 #r :The topic")
	if r, ok := c.Room("#r"); !ok || r.Topic != "The topic" || !r.Joined || r.Count != 1 {
		t.Errorf("%+v", r)
	}
	c.says(":bob!u@h TOPIC #r :Another")
	c.effects = nil
	c.says(":bob!u@h KICK #r ada2 :enough")
	if r, _ := c.Room("#r"); r.Topic != "Another" || r.Joined || !strings.Contains(r.Why, "you were removed by bob: enough") {
		t.Errorf("%+v", r)
	}
	if d := does[machine.Departed](c); len(d) != 1 || d[0].Channel != "#R" || d[0].Wanted || d[0].Why != "you were removed by bob: enough" {
		t.Errorf("%+v", d)
	}
	if w := does[machine.Warned](c); len(w) != 0 { // the room itself says it
		t.Errorf("%+v", w)
	}
	c.step(machine.Closed{})
	c.connect(modern)
	if lines := c.written(); len(lines) != 0 {
		t.Errorf("joins where it was removed: %q", lines)
	}
}

// TestMonitor: of people one talks to it is known whether they are there, where the
// server watches them.
func TestMonitor(t *testing.T) {
	c := newTalker(t, Config{})
	c.step(machine.Talk{Nick: "bob"})
	c.step(machine.Opened{})
	c.says(":s CAP * LS :x", ":s 001 ada :x", ":s 005 ada MONITOR=100 :x")
	c.written()
	c.says(":s 422 ada :x")
	c.writes("MONITOR + bob")
	online := func(nick string, known, want bool) {
		t.Helper()
		if r, _ := c.Room(nick); r.Known != known || r.Online != want {
			t.Errorf("%s: %+v", nick, r)
		}
	}
	online("bob", false, false)
	c.says(":s 730 ada :bob!u@h,other!u@h")
	online("bob", true, true)
	c.says(":s 731 ada :bob")
	online("bob", true, false)
	c.step(machine.Talk{Nick: "cat"})
	c.step(machine.Part{Target: "bob"})
	c.writes("MONITOR + cat", "MONITOR - bob")
	c.says(":s 730 ada :cat!u@h", ":cat!u@h QUIT :x")
	online("cat", true, false)
}

// TestPartner: who takes another nick is no longer there under the one before.
func TestPartner(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect("")
	c.enter("#r")
	for _, nick := range []string{"bob", "rob"} {
		c.step(machine.Talk{Nick: nick})
	}
	for _, step := range []struct {
		line     string
		bob, rob bool
	}{
		{":bob!u@h NICK rob", false, true},
		{":rob!u@h NICK BOB", true, false},
		{":BOB!u@h NICK bob", true, false},
		{":bob!u@h QUIT :bye", false, false},
	} {
		c.says(step.line)
		for nick, want := range map[string]bool{"bob": step.bob, "rob": step.rob} {
			if r, _ := c.Room(nick); !r.Known || r.Online != want {
				t.Errorf("after %s %s is %+v", step.line, nick, r)
			}
		}
	}
}

// TestFollow: a private conversation goes on under its partner's new nick, with what
// waits in it, unless there is one with that nick.
func TestFollow(t *testing.T) {
	c := newTalker(t, Config{})
	c.limits = "MSGRATE=100 MONITOR=10"
	c.connect(modern)
	c.enter("#r")
	for _, nick := range []string{"bob", "cat"} {
		c.step(machine.Talk{Nick: nick})
	}
	c.written()
	c.effects = nil
	c.says(":bob!u@h NICK Bobby")
	c.writes("MONITOR - bob", "MONITOR + Bobby")
	if got := does[machine.Renamed](c); len(got) != 1 || got[0] != (machine.Renamed{Was: "bob", Is: "Bobby"}) {
		t.Errorf("%+v", got)
	}
	c.step(machine.Post{ID: idA, Target: "bobby", Text: "hello"})
	c.writes(tagOf("p1") + " PRIVMSG Bobby :hello")
	c.says(":bobby!u@h PRIVMSG ada :hi", ":bob!u@h PRIVMSG ada :another bob")
	var from []string
	for _, r := range does[machine.Received](c) {
		from = append(from, r.Target)
	}
	if !slices.Equal(from, []string{"Bobby", "bob"}) {
		t.Errorf("received from %q", from)
	}
	if r, _ := c.Room("Bobby"); !r.Known || !r.Online {
		t.Errorf("%+v", r)
	}
	for _, line := range []string{":bob!u@h NICK cat", ":cat!u@h NICK #r", ":cat!u@h NICK a,b", ":eve!u@h NICK bobby", ":ada!u@h NICK ada2"} {
		c.says(line)
	}
	if got := does[machine.Renamed](c); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	c.says(":cat!u@h NICK CAT", ":CAT!u@h NICK dog")
	if got := does[machine.Renamed](c); len(got) != 2 || got[1] != (machine.Renamed{Was: "CAT", Is: "dog"}) {
		t.Errorf("%+v", got)
	}
}

// TestManyStrangers: however many people write at once, and however often a server says
// that a room was joined, the server is not flooded with questions about it.
func TestManyStrangers(t *testing.T) {
	c := newTalker(t, Config{})
	c.limits = "MONITOR=100"
	c.connect(modern)
	for i := range 100 {
		c.says(fmt.Sprintf(":stranger%d!u@h PRIVMSG ada :buy", i))
	}
	if lines := c.written(); len(lines) > 5 {
		t.Errorf("%d lines at once: %q", len(lines), lines[:8])
	}
	c.step(machine.Join{Channel: "#r"})
	for range 100 {
		c.says(":ada!u@h JOIN #r")
	}
	asked := 0
	for _, line := range c.written() {
		if strings.HasPrefix(line, "CHATHISTORY") {
			asked++
		}
	}
	if asked != 1 || len(does[machine.Entered](c)) != 1 {
		t.Errorf("%d requests for history", asked)
	}
}

// TestInvites: an invitation is told at once, a flood of them is not.
func TestInvites(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	for i := range 100 {
		c.says(fmt.Sprintf(":bob!u@h INVITE ada #r%d", i))
	}
	if told, said := does[machine.Warned](c), does[machine.Said](c); len(told) != maxInvites || len(said) != 100 ||
		told[0].Text != "bob invites you to #r0 on test. To go there, write /join #r0." || said[99].From != "bob" {
		t.Errorf("%d told, %d said", len(told), len(said))
	}
}

// TestTopic: a topic is kept whole, for it may be changed in places; other words are
// cut, between two characters.
func TestTopic(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#r")
	topic := "x" + strings.Repeat("ü", 220)
	for _, line := range []string{":s 332 ada #r :", ":bob!u@h TOPIC #r :"} {
		c.says(":s 331 ada #r :none", line+topic)
		if r, _ := c.Room("#r"); r.Topic != topic {
			t.Errorf("%d bytes of %d are kept", len(r.Topic), len(topic))
		}
	}
	c.says(":bob!u@h KICK #r ada :" + topic)
	if r, _ := c.Room("#r"); !utf8.ValidString(r.Why) || len(r.Why) > 350 {
		t.Errorf("%d bytes: %q", len(r.Why), r.Why)
	}
}

// TestNotJoined: whatever a server has against a join, who waits for it learns of it.
func TestNotJoined(t *testing.T) {
	for line, want := range map[string]string{
		":s 470 ada #r ##r :Forwarding to another channel": "the server leads to ##r instead",
		":s 495 ada #r :You must wait":                     "You must wait",
		":s FAIL JOIN NO_QUORUM #r :Try later":             "Try later",
	} {
		c := newTalker(t, Config{})
		c.connect(modern)
		c.step(machine.Join{Channel: "#r"})
		c.says(line)
		if d := does[machine.Departed](c); len(d) != 1 || d[0].Channel != "#r" || d[0].Why != want {
			t.Errorf("%s: %+v", line, d)
		}
	}
}

// TestJoinAll: after a reconnect all channels are joined again, however many there are
// and however long their names and keys.
func TestJoinAll(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect("")
	wanted := make(map[string]string)
	for i := range 40 {
		name := fmt.Sprintf("#%02d%s", i, strings.Repeat("x", 10*(i%16)))
		if i%3 == 0 {
			wanted[name] = fmt.Sprint("key", i)
		} else {
			wanted[name] = ""
		}
		c.step(machine.Join{Channel: name, Key: wanted[name]})
		c.says(":ada!u@h JOIN " + name)
	}
	c.step(machine.Closed{})
	c.wake()
	c.effects = nil
	c.step(machine.Opened{})
	c.says(":s 001 ada :x", ":s 422 ada :x")
	for _, w := range does[machine.Write](c) {
		m := w.Message
		if _, err := irc.AppendMessage(nil, &m); err != nil {
			t.Errorf("cannot be written: %v", err)
		}
		if m.Command != "JOIN" {
			continue
		}
		keys := strings.Split(m.Param(1), ",")
		for i, name := range strings.Split(m.Param(0), ",") {
			key := ""
			if i < len(keys) {
				key = keys[i]
			}
			if want, ok := wanted[name]; !ok || key != want {
				t.Errorf("%s is joined with the key %q", name, key)
			}
			delete(wanted, name)
		}
	}
	if len(wanted) > 0 {
		t.Errorf("%d are not joined", len(wanted))
	}
}

// TestBanned: who was banned learns why, and who was thrown out does not come back
// by itself.
func TestBanned(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.step(machine.Join{Channel: "#r"})
	c.says(":s 474 ada #r :Cannot join channel (+b)")
	if d := does[machine.Departed](c); len(d) != 1 || d[0].Why != "those who run it have banned you" {
		t.Errorf("%+v", d)
	}
	c.enter("#s")
	c.step(machine.Post{ID: idA, Target: "#s", Text: "hello"})
	c.effects = nil
	c.says(":bob!u@h MODE #s +b ada!*@*", "@label=p1 :s 404 ada #s :Cannot send to channel")
	if r := does[machine.Refused](c); len(r) != 1 || r[0].Target != "#s" {
		t.Errorf("%+v", r)
	}
}

func TestWhois(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect("")
	c.step(machine.Whois{Nick: "bob"})
	c.step(machine.Whois{Nick: "cat"})
	c.writes("WHOIS bob")
	c.says(":s 311 ada bob u host * :Bob B", ":s 301 ada bob :away", ":s 318 ada bob :End")
	got := does[machine.Answered](c)
	if len(got) != 2 || got[0].Nick != "cat" || got[1].Text != "Bob B (u@host)\naway: away" {
		t.Errorf("%+v", got)
	}
	c.step(machine.Whois{Nick: "dog"})
	c.step(machine.Closed{Err: errors.New("x")})
	if got := does[machine.Answered](c); len(got) != 1 {
		t.Errorf("a question is left without an answer: %+v", got)
	}
}

// TestNoAnswer: a server that does not answer keeps nobody waiting.
func TestNoAnswer(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect("")
	c.step(machine.Whois{Nick: "bob"})
	c.says(":s 311 ada bob u host * :Bob B")
	c.pass(time.Second)
	c.step(machine.Command{Message: irc.New("", "AWAY")})
	c.step(machine.Command{Message: irc.New("", "AWAY", "out")})
	for c.now.Sub(c.heard) < answerTime {
		c.wake()
	}
	if got := does[machine.Answered](c); len(got) != 1 || got[0].Text != "Bob B (u@host)\nThe server does not answer." {
		t.Errorf("%+v", got)
	}
	c.pass(time.Second)
	if got := does[machine.Done](c); len(got) != 2 || got[0].Why != "the server does not answer" || got[1].Why != got[0].Why {
		t.Errorf("%+v", got)
	}
	c.written()
	c.step(machine.Whois{Nick: "cat"})
	c.writes("WHOIS cat")
}

func TestTyping(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#r")
	c.written()
	c.step(machine.Typing{Target: "#r", Active: true})
	c.step(machine.Typing{Target: "#other", Active: true})
	c.writes("@+typing=active TAGMSG #r")
	c.says("@+typing=active :bob!u@h TAGMSG #r", "@+typing=done :bob!u@h TAGMSG #r", "@+typing=active :ada!u@h TAGMSG #r")
	if got := does[machine.Wrote](c); len(got) != 2 || !got[0].Active || got[1].Active || got[0].Nick != "bob" {
		t.Errorf("%+v", got)
	}
	c.step(machine.Seen{Target: "#r", Time: c.now})
	c.writes("MARKREAD #r timestamp=2026-01-02T03:00:00.000Z")
	c.says(":s MARKREAD #r timestamp=2026-01-02T03:00:00.000Z", ":s MARKREAD #r *")
	if got := does[machine.SeenElsewhere](c); len(got) != 1 || !got[0].Time.Equal(c.now) {
		t.Errorf("%+v", got)
	}
}

// TestHostile: whatever a server sends is bounded, and what breaks the rules ends
// the connection with the reason.
func TestHostile(t *testing.T) {
	for name, tc := range map[string]struct {
		lines func(i int) string
		why   string
	}{
		"garbage":           {func(int) string { return "\x01\x02 nothing" }, "not IRC"},
		"batches":           {func(i int) string { return fmt.Sprintf("BATCH +%d netsplit", i) }, "batches do not fit"},
		"an endless batch":  {func(i int) string { return map[bool]string{true: "BATCH +a x", false: "@batch=a PING x"}[i == 0] }, "batches do not fit"},
		"wrong batches":     {func(int) string { return "@batch=none PING" }, "batches do not fit"},
		"an error":          {func(int) string { return "ERROR :go away" }, "go away"},
		"tags without end":  {func(int) string { return "@" + strings.Repeat("a", 9000) + " PING" }, "tags too long"},
		"lines without end": {func(int) string { return "PING " + strings.Repeat("a", 9000) }, "message too long"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTalker(t, Config{})
			c.connect(modern)
			for i := 0; i < 3000 && c.Status().Online; i++ {
				c.says(tc.lines(i))
				c.effects = slicesTail(c.effects)
			}
			if st := c.Status(); st.Online || !strings.Contains(fmt.Sprint(st.Why), tc.why) {
				t.Errorf("%+v", st)
			}
		})
	}
	t.Run("a million names", func(t *testing.T) {
		var before, after runtime.MemStats
		c := newTalker(t, Config{})
		c.connect("")
		c.enter("#r")
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range 50_000 {
			var names strings.Builder
			for j := range 20 {
				fmt.Fprintf(&names, "n%d ", i*20+j)
			}
			c.says(":s 353 ada = #r :" + names.String())
			c.effects = nil
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
			t.Errorf("%d bytes", grown)
		}
		if r, _ := c.Room("#r"); r.Count < 1_000_000 || len(c.Members("#r")) != maxMembers {
			t.Errorf("%d members, %d held", r.Count, len(c.Members("#r")))
		}
	})
	t.Run("full rooms", func(t *testing.T) {
		var before, after runtime.MemStats
		c := newTalker(t, Config{})
		c.connect("")
		runtime.GC()
		runtime.ReadMemStats(&before)
		tags := "@x=" + strings.Repeat("y", 8000)
		for i := range 100_000 {
			if i%10_000 == 0 {
				c.says(fmt.Sprintf(":ada!u@h JOIN #r%d", i/10_000))
			}
			c.says(fmt.Sprintf("%s :n%d!u@h JOIN #r%d account%d :Name %d", tags, i, i/10_000, i, i))
			c.effects = nil
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
			t.Errorf("%d bytes", grown)
		}
		if c.people() > maxPeople {
			t.Errorf("%d held", c.people())
		}
		if r, _ := c.Room("#r9"); r.Count != 10_001 {
			t.Errorf("%d members", r.Count)
		}
	})
	t.Run("rooms and talks", func(t *testing.T) {
		c := newTalker(t, Config{})
		c.connect(modern)
		for i := range 2000 {
			c.says(fmt.Sprintf(":ada!u@h JOIN #r%d", i), fmt.Sprintf(":n%d!u@h PRIVMSG ada :x", i))
		}
		if len(c.rooms) > maxRooms {
			t.Errorf("%d rooms", len(c.rooms))
		}
	})
}

func slicesTail(list []machine.Effect) []machine.Effect { return list[max(0, len(list)-10):] }

// FuzzServer: no lines make the session panic, stop answering or write two lines
// for one.
func FuzzServer(f *testing.F) {
	f.Add(":s CAP * LS :"+modern+"\n:s CAP * ACK :"+modern+"\n:s 001 ada :x\n:s 376 ada :x\n:ada!u@h JOIN #r\nBATCH +a chathistory #r\n"+
		"@batch=a;time=2026-01-02T03:00:00.000Z;msgid=1 :b PRIVMSG #r :x\nBATCH -a\n:s 353 ada = #r :@b ada\n:b MODE #r +o ada\n:b KICK #r ada :x", "hello\nyou")
	f.Add(":s 001 ada :x\n:s 005 ada CASEMAPPING=ascii PREFIX=(qo)~@ CHANTYPES=! :x\n:s 422 ada :x\n:s 404 ada #r :no\n:b!c@d PRIVMSG ada :\x01PING 1\x01\nERROR :x", "/me x")
	f.Fuzz(func(t *testing.T, lines, text string) {
		c := newTalker(t, Config{Account: "a", Secret: "b", External: true, Secure: true})
		c.step(machine.Join{Channel: "#r"})
		c.step(machine.Opened{})
		c.step(machine.Post{ID: idA, Target: "#r", Text: text})
		for line := range strings.SplitSeq(lines, "\n") {
			c.step(machine.Line{Text: line})
			c.now = c.now.Add(time.Second)
		}
		c.step(machine.Post{ID: idB, Target: "b", Text: text})
		c.step(machine.Older{Target: "#r", Before: c.now})
		c.step(machine.Part{Target: "#r", Reason: text})
		c.step(machine.Closed{})
		c.step(machine.Stop{Reason: "bye"})
		c.Members("#r")
	})
}
