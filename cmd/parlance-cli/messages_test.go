package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

// texts returns what the conversation with Bob holds.
func (d *desk) texts() []string {
	var out []string
	list, _ := d.node.History(context.Background(), chat.DirectID(controltest.ID("Ada"), controltest.ID("bob")), netcore.Page{Limit: 10_000})
	for _, m := range list {
		out = append(out, m.Text)
	}
	return out
}

func TestSend(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		in   string
		want string
	}{
		{"words", []string{"Bob", "hello", "there"}, "", "hello there"},
		{"a quoted text", []string{"Bob", "two\nlines  and spaces "}, "", "two\nlines  and spaces "},
		{"after two dashes", []string{"Bob", "--", "-5", "degrees"}, "", "-5 degrees"},
		{"a pipe", []string{"Bob"}, "from a pipe\n", "from a pipe"},
		{"a pipe, by name", []string{"Bob", "-"}, "from\r\na pipe\r\n", "from\r\na pipe"},
		{"a pipe without an end", []string{"Bob", "-"}, "  from a pipe\n\n", "  from a pipe\n"},
		{"a dash among words", []string{"Bob", "a", "-", "b"}, "ignored", "a - b"},
		{"the beginning of an ID", []string{controltest.ID("bob").Short(), "hello"}, "", "hello"},
		{"the longest text", []string{"Bob"}, strings.Repeat("x", chat.MaxText), strings.Repeat("x", chat.MaxText)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.world.linger = longest // it takes as long as it takes
			d.node.Put(controltest.Bob())
			d.world.in = strings.NewReader(tt.in)
			r := d.run(append([]string{"send"}, tt.args...)...)
			if _, err := uuid.Parse(strings.TrimSuffix(r.out, "\n")); err != nil || r.code != exitDone || r.err != "" {
				t.Errorf("code %d, printed %q, said %q", r.code, r.out, r.err)
			}
			if got := d.texts(); len(got) != 1 || got[0] != tt.want {
				t.Errorf("sent %q", got)
			}
		})
	}
}

func TestSendFails(t *testing.T) {
	bad := func(change func(*desk)) *desk {
		d := newDesk(t)
		d.node.Put(controltest.Bob())
		change(d)
		return d
	}
	nothing := func(*desk) {}
	input := func(text string) func(*desk) { return func(d *desk) { d.world.in = strings.NewReader(text) } }
	for _, tt := range []struct {
		name string
		desk *desk
		args []string
		code int
		say  []string
	}{
		{"no text at a keyboard", bad(func(d *desk) { d.world.asked = true }), []string{"Bob"}, exitUsage, []string{"no text"}},
		{"an empty pipe", bad(nothing), []string{"Bob"}, exitFailed, []string{"nothing in it"}},
		{"empty words", bad(nothing), []string{"Bob", " ", ""}, exitFailed, []string{"nothing in it"}},
		{"bad UTF-8", bad(input("\xff")), []string{"Bob"}, exitFailed, []string{"UTF-8"}},
		{"a text too long", bad(input(strings.Repeat("x", chat.MaxText+1))), []string{"Bob"}, exitFailed, []string{"65537 bytes", "65536"}},
		{"a text without end", bad(func(d *desk) { d.world.in = endless{} }), []string{"Bob"}, exitFailed, []string{"send it in parts"}},
		{"no name", bad(nothing), []string{"", "hi"}, exitUsage, []string{"say with whom"}},
		{"an unknown name", bad(nothing), []string{"carol", "hi"}, exitUsage, []string{"carol", "Bob (" + controltest.ID("bob").Short() + ")"}},
		{"an ambiguous name", bad(func(d *desk) {
			other := controltest.Bob()
			other.ID = controltest.ID("other")
			d.node.Put(other)
		}), []string{"Bob", "hi"}, exitUsage, []string{controltest.ID("bob").Short(), controltest.ID("other").Short()}},
		{"a blocked peer", bad(func(d *desk) {
			p := controltest.Bob()
			p.Trust = chat.Blocked
			d.node.Put(p)
		}), []string{"Bob", "hi"}, exitFailed, []string{"blocked"}},
		{"a full disk", bad(func(d *desk) { d.node.Fail("Send", errors.New("no space left on device")) }), []string{"Bob", "hi"}, exitFailed, []string{"no space left"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.desk.t = t
			tt.desk.run(append([]string{"send"}, tt.args...)...).fails(tt.code, tt.say...)
			if got := tt.desk.texts(); len(got) != 0 {
				t.Errorf("sent %q", got)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestSendJSON(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		held bool
		to   string
		code int
		want string
	}{
		{"without waiting", nil, false, "Bob", exitDone, "queued"},
		{"delivered", []string{"--wait", "20s"}, false, "Bob", exitDone, "delivered"},
		{"still queued", []string{"--wait", "50ms"}, true, "Bob", exitQueued, "queued"},
		{"no time to wait", []string{"--wait", "0s"}, true, "Bob", exitQueued, "queued"},
		{"sent, where nothing is ever delivered", []string{"--wait", "20s"}, false, "udp://10.0.0.7:12345", exitDone, "sent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, served := range []bool{false, true} {
				d := newDesk(t)
				if served {
					d.serve()
				}
				d.node.Put(controltest.Bob())
				d.node.HoldBack(tt.held)
				r := d.run(append(append([]string{"--json", "send"}, tt.args...), tt.to, "hi")...)
				v := r.values()
				if r.code != tt.code || len(v) != 1 || keys(v[0]) != "id state" || v[0]["state"] != tt.want {
					t.Errorf("code %d, %v", r.code, v)
				}
				if served == (d.opened.Load() > 0) {
					t.Errorf("opened %d times although served is %v", d.opened.Load(), served)
				}
			}
		})
	}
}

func TestSendSaysThatItWaits(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	d.node.HoldBack(true)
	for _, args := range [][]string{{"send", "Bob", "hi"}, {"send", "--wait", "10ms", "Bob", "hi"}} {
		r := d.run(args...)
		if code := map[bool]int{true: exitDone, false: exitQueued}[len(args) == 3]; r.code != code || !strings.Contains(r.err, "Bob has not got it yet") || strings.Count(r.out, "\n") != 1 {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

// TestSendLingers finds that a send which opened the profile itself stays until
// the message has left, and not longer.
func TestSendLingers(t *testing.T) {
	d := newDesk(t)
	d.world.linger = longest
	bob := controltest.Bob()
	id := d.node.Put(bob)
	d.node.HoldBack(true)
	c := d.start("send", "Bob", "hi")
	c.out.wait(t, "\n") // the ID comes at once
	list, err := d.node.History(t.Context(), id, netcore.Page{Limit: 1})
	if err != nil || !strings.HasPrefix(c.out.String(), list[0].ID.String()) {
		t.Fatalf("printed %q for %v, %v", c.out, list, err)
	}
	select {
	case <-c.done:
		t.Fatal("did not stay")
	case <-time.After(100 * time.Millisecond):
	}
	d.node.Move(bob, chat.Sent, list[0].ID)
	d.node.Move(bob, chat.Delivered, list[0].ID)
	c.ends(exitDone)
	if c.err.String() != "" {
		t.Errorf("said %q", c.err)
	}
}

// TestSendToNewcomer finds that a profile opened only now waits for somebody to
// be found.
func TestSendToNewcomer(t *testing.T) {
	d := newDesk(t)
	d.world.discovery = longest
	c := d.start("send", "Bob", "hi")
	for d.opened.Load() == 0 {
		session.Pause(t.Context(), session.Beat)
	}
	session.Pause(t.Context(), 3*session.Beat)
	d.node.Put(controltest.Bob())
	c.ends(exitDone)
	if got := d.texts(); len(got) != 1 {
		t.Errorf("sent %q", got)
	}
}

// TestWaitOutlivesProgram finds that send --wait goes on alone when the program
// that had the profile open ends.
func TestWaitOutlivesProgram(t *testing.T) {
	d := newDesk(t)
	s := d.serve()
	bob := controltest.Bob()
	id := d.node.Put(bob)
	d.node.HoldBack(true)
	c := d.start("send", "--wait", longest.String(), "Bob", "hi")
	c.out.wait(t, "\n")
	for d.node.Subscribers() == 0 {
		session.Pause(t.Context(), time.Millisecond)
	}
	s.Close()
	for d.node.Subscribers() == 0 { // the new session's
		session.Pause(t.Context(), time.Millisecond)
	}
	list, _ := d.node.History(t.Context(), id, netcore.Page{Limit: 10})
	d.node.Move(bob, chat.Delivered, list[0].ID)
	c.ends(exitDone)
	if d.opened.Load() != 1 || len(list) != 1 {
		t.Errorf("opened %d times, %d messages", d.opened.Load(), len(list))
	}
}

// TestInterruptedWait finds that an interrupted wait says what is true.
func TestInterruptedWait(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	d.node.HoldBack(true)
	c := d.start("--json", "send", "--wait", longest.String(), "Bob", "hi")
	for d.node.Subscribers() == 0 {
		session.Pause(t.Context(), time.Millisecond)
	}
	c.leave()
	c.ends(exitQueued)
	if !strings.Contains(c.out.String(), `"state":"queued"`) {
		t.Errorf("printed %q", c.out)
	}
}

// fill writes to and hears from Bob.
func (d *desk) fill() {
	bob := controltest.Bob()
	id := d.node.Put(bob)
	d.node.Receive(bob, "one", "two\n03:09  Bob: faked")
	if _, err := d.node.Send(context.Background(), id, "three"); err != nil {
		d.t.Fatal(err)
	}
}

func TestHistory(t *testing.T) {
	d := newDesk(t)
	d.fill()
	d.run("history", "Bob").is(`
Friday, 2 January 2026
03:05  Bob: one
03:06  Bob: two
         03:09  Bob: faked
03:07  You (delivered): three
`)
	d.run("history", "--limit", "1", "Bob").is(`
Friday, 2 January 2026
03:07  You (delivered): three
`)
	v := d.run("history", "--json", "Bob").values()
	if len(v) != 3 || v[0]["text"] != "one" || v[2]["text"] != "three" {
		t.Fatalf("got %v", v)
	}
	const fields = "conversation from id kind received sent"
	if keys(v[0]) != fields+" text" || keys(v[2]) != fields+" state text" || v[2]["state"] != "delivered" {
		t.Errorf("keys %s; %s", keys(v[0]), keys(v[2]))
	}
	if v[0]["sent"] != "2026-01-02T03:05:00.000000000Z" || v[0]["kind"] != "direct" {
		t.Errorf("got %v", v[0])
	}
	d.run("history", "carol").fails(exitUsage, "carol", "Bob")
}

// TestLongHistory pages through more messages than one call returns.
func TestLongHistory(t *testing.T) {
	d := newDesk(t)
	const count = 1234
	bob := controltest.Bob()
	d.node.Put(bob)
	for i := range count {
		d.node.Receive(bob, fmt.Sprint(i))
	}
	for _, tt := range []struct {
		args        []string
		columns     int
		count, from int
	}{
		{[]string{"--json"}, 0, count, 0},
		{[]string{"--json"}, 80, count, 0},
		{[]string{"--json", "--limit", "0"}, 0, count, 0},
		{[]string{"--json", "--limit", "1"}, 0, 1, count - 1},
		{[]string{"--json", "--limit", "500"}, 0, 500, count - 500},
		{[]string{"--json", "--limit", "1001"}, 0, 1001, count - 1001},
		{[]string{"--json", "--limit", "100000"}, 0, count, 0},
	} {
		d.world.width = func() int { return tt.columns }
		v := d.run(append(append([]string{"history"}, tt.args...), "Bob")...).values()
		if len(v) != tt.count {
			t.Errorf("%v: %d messages", tt.args, len(v))
			continue
		}
		for i := range v {
			if v[i]["text"] != fmt.Sprint(tt.from+i) {
				t.Fatalf("%v: message %d is %v", tt.args, i, v[i]["text"])
			}
		}
	}
	d.world.width = func() int { return 80 }
	if r := d.run("history", "Bob"); strings.Count(r.out, "Bob: ") != screenful || !strings.HasSuffix(r.out, "Bob: 1233\n") {
		t.Errorf("at a terminal: %d messages", strings.Count(r.out, "Bob: "))
	}
}

func TestSearch(t *testing.T) {
	d := newDesk(t)
	d.fill()
	d.run("search", "three").is("2026-01-02 03:07  You to Bob: three\n")
	d.run("search", "o").is(`
2026-01-02 03:06  Bob: two
         03:09  Bob: faked
2026-01-02 03:05  Bob: one
`)
	d.run("search", "--limit", "1", "o").is(`
2026-01-02 03:06  Bob: two
         03:09  Bob: faked
`)
	v := d.run("--json", "search", "three").values()
	if len(v) != 1 || v[0]["text"] != "three" || keys(v[0]) != "conversation from id kind received sent state text" {
		t.Errorf("got %v", v)
	}
	if r := d.run("search", "nowhere"); r.code != exitDone || r.out != "" || !strings.Contains(r.err, "Nothing found") {
		t.Errorf("got %+v", r)
	}
}

func TestConversations(t *testing.T) {
	d := newDesk(t)
	if r := d.run("conversations"); r.code != exitDone || !strings.Contains(r.out, "Lobby") || !strings.Contains(r.err, "Nothing was said yet") {
		t.Errorf("at first: %+v", r)
	}
	d.node.Receive(controltest.Bob(), "one")
	d.node.Put(controltest.Bob())
	d.node.Put(chat.Peer{ID: controltest.ID("eve"), Name: "Eve", Trust: chat.New})
	d.run("send", "Eve", strings.Repeat("long ", 20))
	d.run("conversations").is(`
WITH   KIND    UNREAD  LAST
Eve    direct          2026-01-02 03:06  You: long long long long long long long long…
Bob    direct  1       2026-01-02 03:05  Bob: one
Lobby  lobby
`)
	v := d.run("--json", "conversations").values()
	if len(v) != 3 || keys(v[1]) != "id kind last peer title unread" || v[1]["title"] != "Bob" || v[1]["unread"] != 1.0 {
		t.Errorf("got %v", v)
	}
}

func TestExport(t *testing.T) {
	d := newDesk(t)
	d.fill()
	d.node.Receive(controltest.Bob(), `<script>alert("x")</script> & "quotes"`)
	d.world.width = func() int { return 20 } // which a file has not
	txt := d.run("export", "Bob").out
	if !strings.HasPrefix(txt, "Friday, 2 January 2026\n03:05  Bob: one\n") || !strings.HasSuffix(txt, "03:08  Bob: <script>alert(\"x\")</script> & \"quotes\"\n") {
		t.Errorf("txt is\n%s", txt)
	}
	if jsonl, history := d.run("export", "--format", "jsonl", "Bob").out, d.run("history", "--json", "Bob").out; jsonl != history || jsonl == "" {
		t.Errorf("jsonl is\n%s\nhistory is\n%s", jsonl, history)
	}
	page := d.run("export", "--format", "html", "Bob").out
	for _, want := range []string{
		"<!doctype html>", "<title>Bob</title>", "Friday, 2 January 2026", `datetime="2026-01-02T03:05:00Z">03:05`,
		"&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; &#34;quotes&#34;", "<small>A direct conversation, as Ada had it on ", "delivered", "</html>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page has no %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "<script") {
		t.Errorf("a stranger's script in\n%s", page)
	}
}

// TestHostile finds that nobody can speak to the terminal, or in another's name,
// even if the node let everything through.
func TestHostile(t *testing.T) {
	d := newDesk(t)
	eve := chat.Peer{ID: controltest.ID("eve"), Name: "Eve\x1b]0;title\x07\r\n09:00  Bob: fake", State: chat.Online, Trust: chat.Accepted}
	d.node.Put(eve)
	d.node.Receive(eve, "\x1b[2J\x9b1mred\r\n09:00  Bob: fake\u2028line\u2029para\u0085next\v\f\x00\u202eevil\x7f\xff", "\tTab\n\n\n")
	d.node.SetReport(netcore.Report{
		Findings: []netcore.Finding{{Topic: "peer \x1b[1mEve", State: "note", Text: "\x1b[1m\nbold", Advice: "\x1b[0m"}},
		Sentence: "\x1b[31mred",
	})
	id := controltest.ID("eve").Short()
	up := d.start("up")
	up.out.wait(t, "is here")
	d.node.Receive(eve, "\x1b[2J\n09:00  Bob: fake\rand more")
	d.node.Emit(chat.Notice{Text: "\x1b[1mnotice\n09:00  Bob: fake"})
	up.out.wait(t, "notice")
	up.leave()
	up.ends(exitDone)
	outputs := map[string]string{"up": up.out.String()}
	for _, args := range [][]string{
		{"peers"}, {"conversations"}, {"history", id}, {"search", "red"}, {"export", id}, {"export", "--format", "html", id},
		{"doctor"}, {"block", id}, {"accept", id}, {"send", id, "hi"}, {"send", "carol", "hi"},
	} {
		r := d.run(args...)
		outputs[strings.Join(args, " ")] = r.out + r.err
	}
	for what, out := range outputs {
		if out == "" {
			t.Errorf("%s prints nothing", what)
		}
		page := strings.HasPrefix(what, "export --format html") // where lines and tabs mean nothing
		for _, r := range out {
			if page && r == '\t' {
				continue
			}
			if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\u202e' {
				t.Errorf("%s prints %q:\n%q", what, r, out)
				break
			}
		}
		if page {
			continue
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "09:00") || strings.HasPrefix(line, "line") || strings.HasPrefix(line, "para") || strings.HasPrefix(line, "and") {
				t.Errorf("%s prints a line of Eve's own: %q", what, line)
			}
		}
	}
}

// TestNotices finds that a person learns what happened to the profile, and a
// program reads only what it asked for.
func TestNotices(t *testing.T) {
	d := newDesk(t)
	d.notices = []chat.Notice{{Text: "Your message database was damaged."}}
	if r := d.run("id"); strings.Count(r.err, "damaged") != 1 {
		t.Errorf("said %q", r.err)
	}
	if r := d.run("--json", "id"); r.err != "" {
		t.Errorf("said %q", r.err)
	}
}

// TestProfileTaken finds who has the profile and no socket.
func TestProfileTaken(t *testing.T) {
	d := newDesk(t)
	d.openErr = &netcore.InUseError{Profile: d.profile, Program: "parlance", PID: 4711}
	d.run("up").fails(exitFailed, "parlance (process 4711)", d.profile)
	d.serve()
	if r := d.run("id"); r.code != exitDone {
		t.Errorf("the socket of who has it was not used: %+v", r)
	}
	d.run("up").fails(exitFailed, "4711")
}

// TestHandover finds that a command waits for a profile that another program is
// about to serve.
func TestHandover(t *testing.T) {
	d := newDesk(t)
	d.openErr = &netcore.InUseError{Profile: d.profile, Program: "parlance", PID: 4711}
	c := d.start("id")
	session.Pause(t.Context(), 3*session.Beat)
	d.serve()
	c.ends(exitDone)
	c.out.wait(t, "Ada")
}

func TestLongProfilePath(t *testing.T) {
	base := t.TempDir()
	d := newDesk(t)
	d.profile = filepath.Join(base, strings.Repeat("long", 40))
	for _, args := range [][]string{{"up"}, {"id"}, {"chat", "Bob"}} {
		d.run(args...).fails(exitFailed, d.profile, "bytes", "shorter path")
	}
	if entries, _ := os.ReadDir(base); len(entries) > 0 || d.opened.Load() > 0 {
		t.Errorf("something was made: %v, opened %d times", entries, d.opened.Load())
	}
}

// TestReaderGoesAway finds that a command ends when nobody reads its output.
func TestReaderGoesAway(t *testing.T) {
	d := newDesk(t)
	d.fill()
	for _, args := range [][]string{{"history", "Bob"}, {"--json", "history", "Bob"}, {"export", "--format", "html", "Bob"}, {"--json", "up"}} {
		w := d.world
		w.out, w.err = brokenPipe{}, io.Discard
		ended := make(chan int)
		go func() { ended <- run(t.Context(), append([]string{"--profile", d.profile}, args...), w) }()
		select {
		case code := <-ended:
			if code != exitFailed {
				t.Errorf("%v: exit code %d", args, code)
			}
		case <-time.After(longest):
			t.Errorf("%v does not end", args)
		}
	}
}

// TestFullDisk: what cannot be written is not passed over in silence.
func TestFullDisk(t *testing.T) {
	d := newDesk(t)
	d.fill()
	w, said := d.world, &strings.Builder{}
	w.out, w.err = fullDisk{}, said
	code := run(t.Context(), []string{"--profile", d.profile, "export", "Bob"}, w)
	if code != exitFailed || !strings.Contains(said.String(), "no space left") {
		t.Errorf("exit code %d, said %q", code, said)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
