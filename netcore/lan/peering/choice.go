package peering

import "time"

const (
	// firstChoice is how long after the start neighbours are chosen at the soonest:
	// by then a device knows whether it is among few or many. Whoever linked with
	// the first it hears of would do so in vain among many.
	firstChoice = 500 * time.Millisecond
	// ringCalm is how long nobody has to come or go before neighbours are chosen
	// among many for the first time, and ringSettled before they are chosen anew:
	// while a crowd comes, finding each other goes before changing links.
	ringCalm    = time.Second
	ringSettled = 5 * time.Second
	// ringPause is how long neighbours stay the same at least, and ringLate how
	// long at most where people come and go all the time.
	ringPause = 10 * time.Second
	ringLate  = 30 * time.Second
)

// choice decides when neighbours are chosen.
//
// Whoever comes moves half of all others by a place, as seen from each: among
// many that is taken note of when things have calmed down, or every start would
// cost the whole crowd new links.
type choice struct {
	begun time.Time // the start
	last  time.Time // when neighbours were last chosen; zero: never
	since time.Time // when the first came or went since; zero: nobody did
	moved time.Time // when the last did
	many  bool      // then or now there are more than are all linked with each other
}

// note takes note that somebody came or went.
func (c *choice) note(now time.Time, many bool) {
	if c.since.IsZero() {
		c.since = now
	}
	c.moved, c.many = now, many
}

// made takes note that neighbours were chosen.
func (c *choice) made(now time.Time) { c.last, c.since = now, time.Time{} }

// due returns when the next choice is to be made; ok is false if there is none.
func (c choice) due() (at time.Time, ok bool) {
	first := c.begun.Add(firstChoice)
	switch {
	case c.since.IsZero():
		return time.Time{}, false
	case !c.many:
		return later(c.since, first), true
	case c.last.IsZero():
		return later(earlier(c.moved.Add(ringCalm), c.begun.Add(ringPause)), first), true
	default:
		return later(earlier(c.moved.Add(ringSettled), c.since.Add(ringLate)), c.last.Add(ringPause)), true
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
