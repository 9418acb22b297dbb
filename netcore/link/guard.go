package link

import (
	"net/netip"
	"sync"
	"time"
)

// guard bounds how many handshakes begin. In each second an address may begin
// half its share at once; from then on it has to show with a Retry (RFC 9000
// section 8.1.2) that it is not forged, which costs this side no memory and
// almost no time. So a flood with forged addresses takes nothing from the
// hosts whose addresses it forges but a round trip.
type guard struct {
	rate, totalRate int

	mu     sync.Mutex
	second time.Time // when the present second began
	// counts is of the present second. Only handshakes that begin are entered, so
	// it has at most totalRate addresses.
	counts map[netip.Addr]guardCounts
	total  guardCounts
}

type guardCounts struct{ unproven, proven int }

func newGuard(rate, totalRate int) *guard {
	return &guard{rate: rate, totalRate: totalRate, counts: make(map[netip.Addr]guardCounts)}
}

// mustProve says whether a handshake from an address not yet proven has to
// begin with a Retry.
func (g *guard) mustProve(now time.Time, from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	return g.counts[from].unproven >= g.rate/2 || g.total.unproven >= g.totalRate/2
}

// admit says whether a handshake may begin, and counts it if so.
func (g *guard) admit(now time.Time, from netip.Addr, proven bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	c := g.counts[from]
	if proven {
		if c.proven >= g.rate-g.rate/2 || g.total.proven >= g.totalRate-g.totalRate/2 {
			return false
		}
		c.proven++
		g.total.proven++
	} else {
		c.unproven++ // mustProve has bounded these
		g.total.unproven++
	}
	g.counts[from] = c
	return true
}

// turn begins a new second if it is time.
func (g *guard) turn(now time.Time) {
	if now.Sub(g.second) >= time.Second || now.Before(g.second) {
		g.second = now
		g.total = guardCounts{}
		clear(g.counts)
	}
}
