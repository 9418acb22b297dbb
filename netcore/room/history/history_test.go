package history

import (
	"fmt"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// reader reads the history of a room of which message n is said n seconds after start.
type reader struct {
	Room
	t     *testing.T
	now   time.Time
	terms Terms
}

var start = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

func newReader(t *testing.T) *reader {
	return &reader{t: t, now: start.Add(time.Hour), terms: Terms{Page: 3, ByID: true}}
}

func mark(n int) Mark {
	return Mark{At: start.Add(time.Duration(n) * time.Second), MsgID: fmt.Sprintf("m%d", n)}
}

// asks checks what is asked.
func (r *reader) asks(got *Request, want string) {
	r.t.Helper()
	text := ""
	if got != nil {
		text = fmt.Sprintf("%s %s %d", got.Subcommand, got.Place, got.Limit)
	}
	if text != want {
		r.t.Errorf("asks %q, want %q", text, want)
	}
}

func (r *reader) fill(want string) {
	r.t.Helper()
	q := r.Fill(r.now, time.Time{}, r.terms)
	r.asks(&q, want)
}

func (r *reader) page(count int, last Mark, want string) {
	r.t.Helper()
	r.asks(r.Page(r.now, count, last, r.terms), want)
}

func at(n int, shift time.Duration) string {
	return "timestamp=" + irc.FormatTime(mark(n).At.Add(shift))
}

// TestFirst: of a room that is new its newest page is looked at. One that was empty
// then is filled later from when it was entered.
func TestFirst(t *testing.T) {
	r := newReader(t)
	r.fill("LATEST * 3")
	r.page(3, mark(9), "")
	r.fill("AFTER msgid=m9 3")

	r = newReader(t)
	entered := mark(5).At
	q := r.Fill(r.now, entered, r.terms)
	r.asks(&q, "LATEST * 3")
	r.page(0, Mark{}, "")
	r.fill("AFTER " + at(5, -time.Second) + " 3")
}

// TestGap: it is filled page by page, and what is said meanwhile hides none of it, also
// when the connection ends in between.
func TestGap(t *testing.T) {
	r := newReader(t)
	r.Hold(mark(1))
	r.fill("AFTER msgid=m1 3")
	r.Came(mark(9), false)
	if !r.Waits() {
		t.Error("own messages do not wait")
	}
	r.page(3, mark(4), "AFTER msgid=m4 3")
	r.End()
	if r.Waits() {
		t.Error("own messages wait without a connection")
	}
	r.fill("AFTER msgid=m4 3")
	r.page(1, mark(5), "")
	if r.Waits() {
		t.Error("own messages wait though all is here")
	}
	r.fill("AFTER msgid=m9 3") // which was said
}

// TestUnsure: what is said while own messages are not answered for moves nothing: they
// may stand before it.
func TestUnsure(t *testing.T) {
	r := newReader(t)
	r.Came(mark(1), false)
	r.Came(mark(3), true)
	r.fill("AFTER msgid=m1 3")
	r.page(2, mark(3), "")
	r.Came(mark(4), true)
	r.Came(mark(5), false)
	r.fill("AFTER msgid=m5 3")
}

// TestLongGap: own messages do not wait for all of a long gap, and a server that makes
// up history comes to an end.
func TestLongGap(t *testing.T) {
	r := newReader(t)
	r.Hold(mark(0))
	r.fill("AFTER msgid=m0 3")
	for page := 1; page < maxPages; page++ {
		r.page(3, mark(3*page), fmt.Sprintf("AFTER msgid=m%d 3", 3*page))
		if r.Waits() != (page < waitPages) {
			t.Fatalf("after page %d own messages wait: %v", page, r.Waits())
		}
	}
	r.page(3, mark(3*maxPages), "")
	r.fill(fmt.Sprintf("AFTER msgid=m%d 3", 3*maxPages))
}

// TestOneMoment: with times alone, messages of one moment come all the same.
func TestOneMoment(t *testing.T) {
	r := newReader(t)
	r.terms.ByID = false
	r.Hold(mark(1))
	r.fill("AFTER " + at(1, -time.Second) + " 3")
	r.page(3, mark(2), "AFTER "+at(2, -time.Millisecond)+" 3")
	r.page(3, mark(2), "AFTER "+at(2, 0)+" 3")
	r.page(1, mark(3), "")
}

// TestForgotten: a server that no longer knows a message is asked by its time, and one
// that does not know that either holds own messages up no longer.
func TestForgotten(t *testing.T) {
	r := newReader(t)
	unanswered := func(want string, user bool) {
		t.Helper()
		next, older := r.Unanswered(r.now, r.terms)
		r.asks(next, want)
		if older != user {
			t.Errorf("the user asked: %v", older)
		}
	}
	r.Hold(mark(1))
	r.fill("AFTER msgid=m1 3")
	unanswered("AFTER "+at(1, -time.Second)+" 3", false)
	if due := r.Due(); !r.Waits() || !due.Equal(r.now.Add(answerTime)) {
		t.Errorf("waits until %v", due)
	}
	unanswered("", false)
	if r.Waits() || !r.Due().IsZero() {
		t.Error("own messages wait for what does not come")
	}
	q, _ := r.Before(r.now, mark(1), r.terms)
	r.asks(&q, "BEFORE msgid=m1 3")
	unanswered("BEFORE "+at(1, 0)+" 3", true)
	unanswered("", true)
}

// TestBefore: what the user asks for moves nothing, and has a bound.
func TestBefore(t *testing.T) {
	r := newReader(t)
	r.Hold(mark(5))
	r.fill("AFTER msgid=m5 3")
	asked := 1
	for ; asked < 100; asked++ {
		if _, err := r.Before(r.now, mark(5), r.terms); err != nil {
			break
		}
	}
	if asked > maxAsked+1 {
		t.Errorf("%d requests at once", asked)
	}
	if asked, older := r.Next(); !asked || older {
		t.Error("the answers are out of order")
	}
	r.page(0, Mark{}, "")
	r.page(3, mark(4), "")
	if older := r.End(); older != asked-2 {
		t.Errorf("%d of the user's requests are told to have no answer", older)
	}
	r.fill("AFTER msgid=m5 3")
}
