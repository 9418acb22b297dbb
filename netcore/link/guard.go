package link

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// guard bounds how many handshakes begin, and how many are under way. Of each
// bound half is for addresses as they come; from then on an address has to show
// with a Retry (RFC 9000 section 8.1.2) that it is not forged, which costs this side
// no memory and almost no time, and has the other half. So a flood with forged
// addresses takes nothing from the hosts whose addresses it forges, or from others,
// but a round trip.
type guard struct {
	rate, totalRate int // handshakes that begin in a second: of one address, and of all
	share, places   int // handshakes under way

	mu       sync.Mutex
	second   time.Time // when the present second began
	begun    tally     // in the present second
	underWay tally
}

func newGuard(b bounds) *guard {
	return &guard{
		rate: b.handshakeRate, totalRate: b.totalRate, share: b.pendingPerAddress, places: b.pending,
		begun: newTally(), underWay: newTally(),
	}
}

// mustProve says whether a handshake from an address not yet proven has to
// begin with a Retry.
func (g *guard) mustProve(now time.Time, from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	return g.begun.full(from, false, g.rate, g.totalRate) || g.underWay.full(from, false, g.share, g.places)
}

// Why a handshake may not begin.
var (
	errTooFast = errors.New("too many handshakes a second")
	errNoPlace = errors.New("too many handshakes under way")
)

// admit counts a handshake that begins, until it is over, or says why it may not.
func (g *guard) admit(now time.Time, from netip.Addr, proven bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	if proven { // mustProve has bounded the others
		if g.begun.full(from, true, g.rate, g.totalRate) {
			return errTooFast
		}
		if g.underWay.full(from, true, g.share, g.places) {
			return errNoPlace
		}
	}
	g.begun.add(from, proven, 1)
	g.underWay.add(from, proven, 1)
	return nil
}

// over notes that a handshake that was admitted is no longer under way.
func (g *guard) over(from netip.Addr, proven bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay.add(from, proven, -1)
}

// turn begins a new second if it is time.
func (g *guard) turn(now time.Time) {
	if now.Sub(g.second) >= time.Second || now.Before(g.second) {
		g.second = now
		g.begun = newTally()
	}
}

// tally counts handshakes by address. It has no more addresses than handshakes.
type tally struct {
	each map[netip.Addr]proofs
	all  proofs
}

// proofs is how many come from addresses that were not proven, and that were.
type proofs struct{ unproven, proven int }

func newTally() tally { return tally{each: make(map[netip.Addr]proofs)} }

// full says whether an address has its half of what one may have, or all have their
// half of all.
func (t *tally) full(from netip.Addr, proven bool, each, all int) bool {
	c := t.each[from]
	if proven {
		return c.proven >= each-each/2 || t.all.proven >= all-all/2
	}
	return c.unproven >= each/2 || t.all.unproven >= all/2
}

func (t *tally) add(from netip.Addr, proven bool, n int) {
	c := t.each[from]
	if proven {
		c.proven += n
		t.all.proven += n
	} else {
		c.unproven += n
		t.all.unproven += n
	}
	if t.each[from] = c; c == (proofs{}) {
		delete(t.each, from)
	}
}
