package dialect

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

var id = uuid.MustParse("01890000-0000-7000-8000-00000000000a")

type driver struct {
	*Session
	t     *testing.T
	now   time.Time
	wrote []string
	got   []string
	state []chat.State
	dials int
}

func newDriver(t *testing.T, kind Kind) *driver {
	d := &driver{Session: New(kind, "test", "Ada", func() float64 { return 0.5 }), t: t, now: time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)}
	d.step(machine.Tick{})
	if d.dials != 1 {
		t.Fatal("no attempt")
	}
	d.step(machine.Opened{})
	return d
}

func (d *driver) step(e machine.Event) {
	for _, effect := range d.Step(d.now, e) {
		switch e := effect.(type) {
		case machine.Dial:
			d.dials++
		case machine.Raw:
			d.wrote = append(d.wrote, string(e.Data))
		case machine.Received:
			d.got = append(d.got, e.Texts[0].From+">"+e.Texts[0].Body)
		case machine.Advanced:
			d.state = append(d.state, e.State)
		case machine.Refused:
			d.state = append(d.state, chat.Refused)
		}
	}
}

func (d *driver) hears(chunks ...string) {
	for _, c := range chunks {
		d.step(machine.Chunk{Data: []byte(c)})
	}
}

// settle lets time pass until nothing is due.
func (d *driver) settle() {
	for next := d.Next(); !next.IsZero(); next = d.Next() {
		if next.After(d.now) {
			d.now = next
		}
		d.step(machine.Tick{})
	}
}

func (d *driver) want(what string, got, want []string) {
	d.t.Helper()
	if !slices.Equal(got, want) {
		d.t.Fatalf("%s %q, want %q", what, got, want)
	}
}

func TestBroadcast(t *testing.T) {
	d := newDriver(t, Broadcast)
	d.step(machine.Post{ID: id, Text: "one\ntwo"})
	d.want("wrote", d.wrote, []string{"one"})
	d.step(machine.Tick{})
	d.want("wrote", d.wrote, []string{"one"}) // not before the other side can tell them apart
	d.settle()
	d.want("wrote", d.wrote, []string{"one", "two"})
	d.hears("one")
	d.settle()
	d.hears("<10.0.0.1> two\nsomebody else")
	d.settle()
	d.want("got", d.got, []string{">somebody else"})
	if !slices.Equal(d.state, []chat.State{chat.Sent, chat.Delivered}) {
		t.Errorf("states %v", d.state)
	}
}

func TestAddressed(t *testing.T) {
	d := newDriver(t, Addressed)
	d.step(machine.Post{ID: id, Text: "@bob:hello\nyou"})
	d.want("wrote", d.wrote, nil) // it waits for the greeting
	d.hears("You are connected ", "from:('127.0.0.1', 5)")
	d.now = d.now.Add(Quiet)
	d.step(machine.Tick{})
	d.want("wrote", d.wrote, []string{"#ada"})
	d.hears("Your user detail saved as : ada")
	d.settle()
	d.want("wrote", d.wrote, []string{"#ada", "@bob:hello", "@bob:you"})
	if !slices.Equal(d.state, []chat.State{chat.Sent}) {
		t.Errorf("states %v", d.state)
	}
	for text, ok := range map[string]bool{"@bob:x": true, "hello": false, "@bob": false, "@:x": false, "@bob: ": false} {
		if err := Check(Addressed, text); (err == nil) != ok || err != nil && !errors.Is(err, chat.ErrText) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if Check(Broadcast, "hello") != nil {
		t.Error("others take any text")
	}
	silent := newDriver(t, Addressed)
	silent.settle()
	silent.want("wrote", silent.wrote, []string{"#ada"})
	if !silent.Status().Online {
		t.Error("a server without words is waited for without end")
	}
}

func TestPaired(t *testing.T) {
	d := newDriver(t, Paired)
	d.want("wrote", d.wrote, []string{"Ada"})
	d.hears("desk-7")
	d.settle()
	d.hears("hi", " there")
	d.settle()
	d.hears("caf\xe9\x00")
	d.settle()
	d.want("got", d.got, []string{"desk-7>hi there", "desk-7>café"})
	if d.Status().Network != "desk-7" {
		t.Errorf("%+v", d.Status())
	}
}

func TestFraming(t *testing.T) {
	long := strings.Repeat("x", MaxChunk)
	for _, tc := range []struct {
		chunks []string
		want   []string
	}{
		{[]string{"a\nb\r\n\nc"}, []string{">a", ">b", ">c"}},
		{[]string{"a", "b", "\n"}, []string{">ab"}},
		{[]string{long + "y"}, []string{">" + long, ">y"}},
		{[]string{long[:2000], long[:100]}, []string{">" + long, ">" + long[:52]}},
		{[]string{strings.Repeat(long, 100)}, slices.Repeat([]string{">" + long}, 100)},
		{[]string{"\n", "\x00", "\r\n"}, nil},
	} {
		d := newDriver(t, Broadcast)
		d.hears(tc.chunks...)
		d.settle()
		d.want("got", d.got, tc.want)
	}
}

func TestAgain(t *testing.T) {
	d := newDriver(t, Broadcast)
	d.step(machine.Post{ID: id, Text: "hello"})
	d.hears("last words")
	d.step(machine.Closed{Err: errors.New("reset")})
	if wait := d.Next().Sub(d.now); d.Status().Online || wait < firstRetry/2 || wait > 2*firstRetry {
		t.Errorf("%+v, waits %v", d.Status(), wait)
	}
	d.now = d.Next()
	d.step(machine.Tick{})
	d.step(machine.Opened{})
	d.want("wrote", d.wrote, []string{"hello", "hello"})
	d.want("got", d.got, []string{">last words"})
	d.hears("hello\n")
	if !slices.Equal(d.state, []chat.State{chat.Sent, chat.Queued, chat.Sent, chat.Delivered}) {
		t.Errorf("states %v", d.state)
	}
	d.step(machine.Closed{Err: errors.New("no"), Final: true})
	if !d.Status().Blocked || !d.Next().IsZero() {
		t.Error("goes on")
	}
}

// TestWithdraw: what nothing was written of can be taken back, and is not written; what
// was written once cannot.
func TestWithdraw(t *testing.T) {
	d := newDriver(t, Broadcast)
	one, two := chat.MessageID{1}, chat.MessageID{2}
	d.step(machine.Post{ID: one, Text: "one"})
	d.step(machine.Closed{Err: errors.New("reset")})
	d.step(machine.Post{ID: two, Text: "two"})
	for id, want := range map[chat.MessageID]int{one: 0, two: 1} {
		if got := d.Step(d.now, machine.Withdraw{ID: id}); len(got) != want {
			t.Errorf("%s: %+v", id, got)
		}
	}
	d.now = d.Next()
	d.step(machine.Tick{})
	d.step(machine.Opened{})
	d.settle()
	d.want("wrote", d.wrote, []string{"one", "one"})
}

// TestAgainLines: what came back is not written again, and a message of which a line was
// not written is not sent.
func TestAgainLines(t *testing.T) {
	again := func(d *driver) {
		d.step(machine.Closed{Err: errors.New("reset")})
		d.now = d.Next()
		d.step(machine.Tick{})
		d.step(machine.Opened{})
	}
	d := newDriver(t, Broadcast)
	d.step(machine.Post{ID: id, Text: "one\ntwo\nthree"})
	d.settle()
	d.hears("one\n")
	again(d)
	d.settle()
	d.want("wrote", d.wrote, []string{"one", "two", "three", "two", "three"})
	d.hears("two\nthree\n")
	if !slices.Equal(d.state, []chat.State{chat.Sent, chat.Queued, chat.Sent, chat.Delivered}) || len(d.got) != 0 {
		t.Errorf("states %v, got %v", d.state, d.got)
	}

	d = newDriver(t, Paired)
	d.hears("desk-7\n")
	d.step(machine.Post{ID: id, Text: "one\ntwo"})
	d.now = d.Next()
	d.step(machine.Tick{})
	d.want("wrote", d.wrote, []string{"Ada", "one"})
	if len(d.state) != 0 {
		t.Errorf("states %v", d.state)
	}
	again(d)
	d.hears("desk-7\n")
	d.settle()
	d.want("wrote", d.wrote, []string{"Ada", "one", "Ada", "two"})
	if !slices.Equal(d.state, []chat.State{chat.Sent}) {
		t.Errorf("states %v", d.state)
	}
	d.step(machine.Post{ID: id, Text: "\x00\r"})
	if len(d.state) != 2 || d.state[1] != chat.Refused {
		t.Errorf("a text of nothing: states %v", d.state)
	}
}

// FuzzHear: bytes in any pieces give the same messages as at once, none too long.
func FuzzHear(f *testing.F) {
	f.Add([]byte("a\nb"), 1)
	f.Add([]byte(strings.Repeat("x", 5000)), 700)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size < 1 || len(data) > 20_000 {
			return
		}
		whole, pieces := newDriver(t, Broadcast), newDriver(t, Broadcast)
		whole.hears(string(data))
		for piece := range slices.Chunk(data, size) {
			pieces.hears(string(piece))
			if len(pieces.heard) > MaxChunk {
				t.Fatalf("%d bytes held", len(pieces.heard))
			}
		}
		whole.settle()
		pieces.settle()
		if !slices.Equal(whole.got, pieces.got) {
			t.Fatalf("%q or %q", whole.got, pieces.got)
		}
	})
}
