// Package history is what of a room's history is here and what is asked for, on a
// server that keeps it (draft/chathistory). It is pure: it decides what to ask, its
// owner asks and hands in what comes.
//
// What always holds:
//
//   - Nothing is missing up to the mark that is held, as far as the server tells. What is
//     said while there is a gap after it does not move it, and neither does what is said
//     while own messages are not answered for: those that got no answer when a
//     connection ended stand after the mark, if at all.
//   - A gap is filled page by page, from the mark on, and on the next connection from
//     where this one came to. A server that makes history up comes to an end.
//   - Each request is answered once: by a page, by an error, by time, or by the end of
//     the connection.
package history

import (
	"errors"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

const (
	// pageSize is how many messages are asked for at a time, if the server allows as
	// many, each page when the one before it is here.
	pageSize = 100
	// waitPages is for how many pages of a gap own messages wait: by then it is known
	// which of those without an answer stand there.
	waitPages = 50
	// maxPages is how many pages of a gap are filled on one connection: those of weeks,
	// and an end to what a server can make up. The next connection goes on from there.
	maxPages = 1000
	// answerTime is how long an answer is waited for.
	answerTime = 20 * time.Second

	maxAsked = 10 // requests of the user's that wait for answers
)

// Terms are what a server allows.
type Terms struct {
	Page int  // messages of an answer at most; 0: any number
	ByID bool // it finds a message by its msgid
}

// Mark is a place in a room's history: a message, of which the ID may be unknown.
type Mark struct {
	At    time.Time
	MsgID string
}

// Request is a request for a page of history, which its owner makes.
type Request struct {
	Subcommand string // AFTER, BEFORE or LATEST
	Place      string
	Limit      int
}

// reference is how a request names the place it begins at.
type reference int

const (
	byID   reference = iota
	around           // by its time and a little before: other messages of that moment may be missing, and those that are not are known
	byTime           // by its time alone
)

// asked is a request without an answer.
type asked struct {
	at    time.Time
	older bool // the user asked
	from  Mark
	by    reference
	limit int
}

// Room is the history of one room. The zero value holds nothing.
type Room struct {
	held    Mark      // the message up to which nothing is missing
	gap     bool      // something may be missing after it
	live    Mark      // the newest message that came while held did not move
	entered time.Time // on this connection, by the server's clock; zero: it does not tell
	asked   []asked   // in order
	waits   bool      // own messages wait for the gap to be filled
	pages   int       // of the gap, on this connection
}

// Hold notes that nothing is missing up to a message.
func (r *Room) Hold(m Mark) {
	if !m.At.IsZero() && !m.At.Before(r.held.At) {
		r.held = m
	}
}

// Unseen says that no message of the room is known.
func (r *Room) Unseen() bool { return r.held.At.IsZero() }

// Came notes a message as it was said; unsure says that own messages to the room are not
// answered for.
func (r *Room) Came(m Mark, unsure bool) {
	switch {
	case !r.gap && !unsure:
		r.Hold(m)
	case !m.At.Before(r.live.At):
		r.live = m
	}
}

// filled notes that the gap is none any more.
func (r *Room) filled() {
	r.waits, r.gap = false, false
	r.Hold(r.live)
	r.live = Mark{}
}

// Waits says whether own messages are to wait: those that are in doubt may stand in what
// comes.
func (r *Room) Waits() bool { return r.waits }

// Fill begins to fill the gap that there may be when a room is entered, at a time of the
// server's clock, zero if that is not known.
func (r *Room) Fill(now, entered time.Time, terms Terms) Request {
	r.waits, r.gap, r.pages, r.entered = true, true, 0, entered
	return r.after(now, r.held, byID, terms)
}

func (r *Room) after(now time.Time, from Mark, by reference, terms Terms) Request {
	if by == byID && (from.MsgID == "" || !terms.ByID) {
		by = around
	}
	q := Request{Subcommand: "AFTER", Limit: terms.page()}
	switch {
	case from.At.IsZero():
		q.Subcommand, q.Place = "LATEST", "*"
	case by == byID:
		q.Place = named(from)
	case by == byTime:
		q.Place = timed(from.At)
	case r.pages == 0: // the servers of a network may not agree on the time
		q.Place = timed(from.At.Add(-time.Second))
	default:
		q.Place = timed(from.At.Add(-time.Millisecond))
	}
	r.asked = append(r.asked, asked{now, false, from, by, q.Limit})
	return q
}

// Before asks for the page before a message, for the user.
func (r *Room) Before(now time.Time, from Mark, terms Terms) (Request, error) {
	if len(r.asked) > maxAsked {
		return Request{}, errors.New("history is asked for already")
	}
	return r.before(now, from, byID, terms), nil
}

func (r *Room) before(now time.Time, from Mark, by reference, terms Terms) Request {
	q := Request{"BEFORE", named(from), terms.page()}
	if by != byID || from.MsgID == "" || !terms.ByID {
		by, q.Place = byTime, timed(from.At)
	}
	r.asked = append(r.asked, asked{now, true, from, by, q.Limit})
	return q
}

func named(m Mark) string       { return "msgid=" + m.MsgID }
func timed(at time.Time) string { return "timestamp=" + irc.FormatTime(at) }
func (t Terms) page() int {
	if t.Page == 0 {
		return pageSize
	}
	return min(t.Page, pageSize)
}

// Next returns what the next answer is to: whether one is waited for, and whether the
// user asked.
func (r *Room) Next() (asked, older bool) {
	return len(r.asked) > 0, len(r.asked) > 0 && r.asked[0].older
}

// Due returns when the oldest request has waited long enough; zero: there is none.
func (r *Room) Due() time.Time {
	if len(r.asked) == 0 {
		return time.Time{}
	}
	return r.asked[0].at.Add(answerTime)
}

// Page takes the answer to the oldest request: so many messages, with the last of them.
// It returns what is to be asked next, nil if that is nothing.
func (r *Room) Page(now time.Time, count int, last Mark, terms Terms) *Request {
	q := r.asked[0]
	r.asked = r.asked[1:]
	if q.older {
		return nil
	}
	if count == 0 && q.from.At.IsZero() {
		last = Mark{At: r.entered} // nothing was said before
	}
	r.Hold(last)
	if r.pages++; r.pages >= waitPages {
		r.waits = false
	}
	full := count >= q.limit && !q.from.At.IsZero()
	var next Request
	switch {
	case full && r.pages >= maxPages:
		return nil
	case full && last != q.from:
		next = r.after(now, last, byID, terms)
	case full && q.by == around: // a whole page of one moment
		next = r.after(now, last, byTime, terms)
	default:
		r.filled()
		return nil
	}
	return &next
}

// Unanswered ends the oldest request without an answer. It returns what is to be asked
// in its place, nil if that is nothing, and whether the user asked.
func (r *Room) Unanswered(now time.Time, terms Terms) (next *Request, older bool) {
	q := r.asked[0]
	r.asked = r.asked[1:]
	var again Request
	switch {
	case q.by != byID: // else the server no longer knows the message
		r.waits = r.waits && q.older
		return nil, q.older
	case q.older:
		again = r.before(now, q.from, byTime, terms)
	default:
		again = r.after(now, q.from, around, terms)
	}
	return &again, q.older
}

// End ends all requests, which will get no answer, and returns how many were the
// user's.
func (r *Room) End() (older int) {
	for _, q := range r.asked {
		if q.older {
			older++
		}
	}
	r.asked, r.waits = nil, false
	return older
}
