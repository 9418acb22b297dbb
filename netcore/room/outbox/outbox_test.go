package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// channel is a target.
type channel struct {
	name string
	shut bool
}

func (c *channel) Name() string { return c.name }
func (c *channel) Open() bool   { return !c.shut }

// desk has a box write to a server that is not there.
type desk struct {
	Box
	t       *testing.T
	now     time.Time
	next    time.Time
	terms   Terms
	effects []machine.Effect // not yet looked at
}

var (
	old      = Terms{Line: irc.MaxLine}
	labelled = Terms{Line: irc.MaxLine, Labels: true, Tags: true, Replies: true}
	room     = &channel{name: "#r"}
	bob      = &channel{name: "bob"}
)

func newDesk(t *testing.T, terms Terms) *desk {
	d := &desk{t: t, now: time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC), terms: terms}
	d.Begin()
	d.pump()
	return d
}

func (d *desk) pump() {
	effects, next := d.Pump(d.now, d.terms)
	d.effects, d.next = append(d.effects, effects...), next
}

// take notes what came of something that was heard, writes on, and returns whether it
// was an answer.
func (d *desk) take(effects []machine.Effect, found bool) bool {
	d.effects = append(d.effects, effects...)
	d.pump()
	return found
}

// post posts a text and writes what can be.
func (d *desk) post(id byte, to Target, text string) {
	d.t.Helper()
	if err := d.Post(to, machine.Post{ID: chat.MessageID{id}, Target: to.Name(), Text: text}); err != nil {
		d.t.Fatal(err)
	}
	d.pump()
}

// written returns and forgets the lines written.
func (d *desk) written() (lines []string) {
	d.effects = slices.DeleteFunc(d.effects, func(e machine.Effect) bool {
		w, ok := e.(machine.Write)
		if ok {
			lines = append(lines, w.Message.String())
		}
		return ok
	})
	return lines
}

func (d *desk) writes(want ...string) {
	d.t.Helper()
	if got := d.written(); !slices.Equal(got, want) {
		d.t.Fatalf("wrote\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// became checks what became of messages, such as "1 sent", and forgets it.
func (d *desk) became(want ...string) {
	d.t.Helper()
	var got []string
	d.effects = slices.DeleteFunc(d.effects, func(e machine.Effect) bool {
		switch e := e.(type) {
		case machine.Advanced:
			got = append(got, fmt.Sprintf("%d %s", e.ID[0], e.State))
		case machine.Refused:
			got = append(got, fmt.Sprintf("%d %s", e.ID[0], e.Why))
		default:
			return false
		}
		return true
	})
	if !slices.Equal(got, want) {
		d.t.Errorf("became %q, want %q", got, want)
	}
}

// said is a message as the server passes it on.
func said(text string, tags ...string) *irc.Message {
	m := irc.Text("ada!u@h", "PRIVMSG", "#r", text)
	for i := 0; i < len(tags); i += 2 {
		m.Tags.Set(tags[i], tags[i+1])
	}
	return &m
}

// TestAnswers: each way to answer for a line, and what answers for none.
func TestAnswers(t *testing.T) {
	one, two := chat.MessageID{1}.String(), chat.MessageID{2}.String()
	echo := func(to Target, text string, tags ...string) func(*desk) bool {
		return func(d *desk) bool { return d.take(d.Echo(to, said(text, tags...), 0)) }
	}
	for name, tc := range map[string]struct {
		terms  Terms
		answer func(*desk) bool
		want   bool
	}{
		"echo with the label": {labelled, echo(room, "h*llo", "label", "p1"), true},
		"echo with the ID":    {old, echo(room, "h*llo", IDTag, one), true},
		"echo of the text":    {old, echo(room, "hello"), true},
		"said elsewhere":      {labelled, echo(room, "hello"), false},
		"another label":       {labelled, echo(room, "hello", "label", "p2"), false},
		"another ID":          {old, echo(room, "hello", IDTag, two), false},
		"another target":      {old, echo(bob, "hello"), false},
		"acknowledged":        {labelled, func(d *desk) bool { return d.take(d.Acknowledge("p1"), true) }, true},
		"another is":          {labelled, func(d *desk) bool { return d.take(d.Acknowledge("p2"), false) }, false},
		"PONG":                {old, func(d *desk) bool { return d.take(d.Pong("after1"), true) }, true},
		"another PONG":        {old, func(d *desk) bool { return d.take(d.Pong("after7"), false) }, false},
		"history, of what is not in doubt": {old, func(d *desk) bool {
			return d.take(d.Recorded(room, said("hello", IDTag, one), old))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, tc.terms)
			d.post(1, room, "hello")
			d.became("1 sent")
			if got := tc.answer(d); got != tc.want {
				t.Errorf("an answer: %v", got)
			}
			if tc.want {
				d.became("1 delivered")
			} else {
				d.became()
			}
			if d.Waits() == tc.want || d.WaitsFor(room) == tc.want || d.WaitsFor(bob) {
				t.Error("it is not known what waits")
			}
		})
	}
}

// TestInDoubt: what was not answered for when a connection or the program ended is
// written again, unless it is found.
func TestInDoubt(t *testing.T) {
	id := chat.MessageID{1}.String()
	recorded := func(text string, tags ...string) func(*desk, Target) bool {
		return func(d *desk, to Target) bool { return d.take(d.Recorded(to, said(text, tags...), d.terms)) }
	}
	surfaced := func(text string, tags ...string) func(*desk, Target) bool {
		return func(d *desk, to Target) bool { return d.take(d.Surfaced(to, said(text, tags...), d.terms)) }
	}
	for name, tc := range map[string]struct {
		find func(*desk, Target) bool
		want bool
	}{
		"by its ID":    {recorded("h*llo", IDTag, id), true},
		"by its text":  {recorded("hello"), true},
		"another":      {recorded("hello", IDTag, id+".1"), false},
		"surfaced":     {surfaced("hello", IDTag, id), true},
		"forged":       {surfaced("money", IDTag, id), false},
		"without tags": {surfaced("hello"), false},
	} {
		find := func(t *testing.T, d *desk, to *channel) {
			d.effects = nil
			if got := tc.find(d, to); got != tc.want {
				t.Errorf("found: %v", got)
			}
			to.shut = false
			d.pump()
			if lines := d.written(); len(lines) == 0 != tc.want {
				t.Errorf("wrote %q", lines)
			}
		}
		t.Run(name+", a connection", func(t *testing.T) {
			d, to := newDesk(t, labelled), &channel{name: "#r"}
			d.post(1, to, "hello")
			d.effects = append(d.effects, d.Close()...)
			d.became("1 sent", "1 queued")
			to.shut = true
			d.Begin()
			find(t, d, to)
		})
		t.Run(name+", the program", func(t *testing.T) {
			d, to := newDesk(t, labelled), &channel{name: "#r", shut: true}
			if err := d.Post(to, machine.Post{ID: chat.MessageID{1}, Text: "hello", Doubtful: true}); err != nil {
				t.Fatal(err)
			}
			find(t, d, to)
		})
	}
}

// TestRefusedEarly: when a line is refused the rest of the message is not written, and
// what was written is waited for.
func TestRefusedEarly(t *testing.T) {
	d := newDesk(t, labelled)
	d.full = 2
	d.post(1, room, "one\ntwo\nthree")
	d.take(d.Refuse("p1", "Cannot send"))
	d.post(2, room, "four")
	d.now = d.now.Add(10 * time.Second)
	d.pump()
	if lines := d.written(); len(lines) != 3 || !strings.HasSuffix(lines[1], ":two") || !strings.HasSuffix(lines[2], ":four") {
		t.Errorf("%q", lines)
	}
	d.became("2 sent") // the second line of the first is not answered
	d.take(d.Echo(room, said("two", "label", "p2"), 0))
	d.became("1 1 of its 3 lines were accepted, the others were not: Cannot send")
}

// TestBlame: without labels, what was refused is known once a PONG has answered for
// all that it can have been; what goes elsewhere or was written later is not blamed.
func TestBlame(t *testing.T) {
	const why = "Cannot send"
	d := newDesk(t, old)
	d.post(1, room, "one")
	d.post(2, room, "two")
	d.post(3, bob, "three")
	if !d.RefuseSome(room, why) || d.RefuseSome(&channel{name: "#other"}, why) {
		t.Error("it is not known what waits")
	}
	d.take(d.Pong("after1"), true)
	d.became("1 sent", "2 sent", "3 sent", "1 "+why)
	d.take(d.Pong("after2"), true)
	d.became("2 delivered", "3 delivered")

	d.full = 0 // so that both lines are written before a PING
	d.post(4, room, "four\nfive")
	d.Forgive()
	d.pump()
	d.RefuseSome(nil, why) // without a target
	d.take(d.Pong("after3"), true)
	d.became("4 sent", "4 of the last 2 lines the server refused 1, and does not say which: "+why)

	d.Forgive()
	d.post(5, room, "six")
	d.RefuseSome(room, why) // the echo tells that it was about something else
	d.take(d.Echo(room, said("six"), 0))
	d.take(d.Pong("after4"), true)
	d.Forgive()
	d.post(6, room, "seven")
	d.take(d.Pong("after5"), true)
	d.became("5 sent", "5 delivered", "6 sent", "6 delivered")

	d.Forgive()
	d.post(7, room, "eight")
	d.RefuseSome(room, why)
	d.effects = append(d.effects, d.Close()...)
	d.became("7 sent", "7 "+why)
}

// TestWithdraw: what nothing was written of can be taken out, also if an earlier run may
// have written it; what was begun cannot, and that is told before it is.
func TestWithdraw(t *testing.T) {
	d, to := newDesk(t, labelled), &channel{name: "#r", shut: true}
	d.post(1, to, "one")
	if err := d.Post(to, machine.Post{ID: chat.MessageID{2}, Text: "two", Doubtful: true}); err != nil {
		t.Fatal(err)
	}
	d.post(3, to, "three")
	d.post(4, to, "four")
	if !d.Withdraw(chat.MessageID{1}) || !d.Withdraw(chat.MessageID{2}) || d.Withdraw(chat.MessageID{1}) || d.Withdraw(chat.MessageID{9}) {
		t.Error("it is not known what waits")
	}
	to.shut, d.full = false, 1
	d.pump()
	if begun, ok := d.effects[0].(machine.Begun); !ok || begun.ID != (chat.MessageID{3}) {
		t.Errorf("%+v", d.effects)
	}
	d.Close()
	if d.Withdraw(chat.MessageID{3}) || !d.Withdraw(chat.MessageID{4}) {
		t.Error("it is not known what was written")
	}
}

// TestUnfit: what cannot be written as lines is refused, and not thought to be on its
// way for ever.
func TestUnfit(t *testing.T) {
	d := newDesk(t, old)
	long := &channel{name: "#" + strings.Repeat("x", 450)}
	for text, to := range map[string]Target{"\x00\r": room, "/me \n": room, "hello": long} {
		if err := d.Post(to, machine.Post{Text: text}); err == nil || len(d.posts) != 0 {
			t.Errorf("%q: taken", text)
		}
	}
	d.post(1, room, "\x00fits\r")
	d.writes("PRIVMSG #r :fits", "PING after1")
	for range maxPosts - 1 {
		_ = d.Post(room, machine.Post{Text: "more"})
	}
	if d.Post(room, machine.Post{Text: "too much"}) == nil {
		t.Error("holds any number of messages")
	}
	d.Drop(room)
	d.post(2, room, "again")
}

// TestFlood: a server that does not tell its limits gets no more at once, and no more
// on its way, than any reads, however much waits, and all at last. One that tells
// them gets as much.
func TestFlood(t *testing.T) {
	const lines = 30
	var numbers, long strings.Builder
	for i := range lines {
		fmt.Fprintf(&numbers, "line %d\n", i)
		fmt.Fprintf(&long, "%d %s\n", i, strings.Repeat("x", 390))
	}
	for name, tc := range map[string]struct {
		limits      string // MSGRATE
		text        string
		answers     float64 // a second, of the server
		most        int     // lines on their way
		quick, slow time.Duration
	}{
		"old server":        {"", numbers.String(), 1000, 6, 28 * time.Second, 36 * time.Second},
		"one that is slow":  {"", numbers.String(), 0.5, 6, 60 * time.Second, 80 * time.Second},
		"long lines":        {"", long.String(), 0.5, 3, 60 * time.Second, 100 * time.Second},
		"one that tells":    {"MSGRATE=20:10", numbers.String(), 20, 11, time.Second, 3 * time.Second},
		"one without limit": {"MSGRATE", numbers.String(), 1000, lines + 1, 0, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, old)
			var support irc.ISupport
			support.Apply([]string{tc.limits})
			d.Tune(&support)
			d.Forgive()
			start, sent, free := d.now, 0, d.now
			type waiting struct {
				line string
				at   time.Time
			}
			var way []waiting
			d.post(1, room, tc.text)
			for sent < lines || len(way) > 0 {
				for _, line := range d.written() {
					if strings.HasPrefix(line, "PRIVMSG #r :") {
						if want := strings.SplitN(tc.text, "\n", sent+2)[sent]; line != "PRIVMSG #r :"+want {
							t.Fatalf("line %d is %.40q", sent, line)
						}
						sent++
					}
					if free.Before(d.now) {
						free = d.now
					}
					free = free.Add(time.Duration(float64(time.Second) / tc.answers))
					way = append(way, waiting{line, free})
				}
				if len(way) > tc.most {
					t.Fatalf("%d lines on their way: %v", len(way), way)
				}
				if len(way) == 0 || !d.next.IsZero() && d.next.Before(way[0].at) {
					d.wake()
					continue
				}
				d.now = way[0].at
				if token, ok := strings.CutPrefix(way[0].line, "PING "); ok {
					d.take(d.Pong(token), true)
				} else {
					d.pump()
				}
				way = way[1:]
			}
			if took := d.now.Sub(start); took < tc.quick || took > tc.slow {
				t.Errorf("took %v", took)
			}
			d.became("1 sent", "1 delivered")
		})
	}
}

// wake lets time pass until more may be written.
func (d *desk) wake() {
	d.t.Helper()
	if d.next.IsZero() {
		d.t.Fatal("the box waits for nothing")
	}
	if d.next.After(d.now) {
		d.now = d.next
	}
	d.pump()
}

// TestUnanswered: what a server keeps to itself holds nothing up for ever.
func TestUnanswered(t *testing.T) {
	d := newDesk(t, labelled)
	for i := range byte(12) {
		d.post(i, room, "hello")
	}
	start, sent := d.now, len(d.written())
	for sent < 12 {
		d.wake()
		sent += len(d.written())
	}
	if took := d.now.Sub(start); took < answerTime || took > 3*answerTime {
		t.Errorf("took %v", took)
	}
}

// TestLater: what can wait is written after all that cannot, and some of it never.
func TestLater(t *testing.T) {
	d := newDesk(t, labelled)
	for range maxLater + 10 {
		d.Later(irc.New("", "WHO", "#r"))
	}
	d.post(1, room, "hello")
	if lines := d.written(); len(lines) != floodBurst || !strings.HasSuffix(lines[0], "PRIVMSG #r :hello") || lines[1] != "WHO #r" {
		t.Errorf("%q", lines)
	}
	if len(d.later) != maxLater-floodBurst+1 {
		t.Errorf("%d wait", len(d.later))
	}
	d.Begin()
	d.pump()
	if lines := d.written(); len(lines) != 0 {
		t.Errorf("on the next connection: %q", lines)
	}
}
