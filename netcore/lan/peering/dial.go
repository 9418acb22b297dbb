package peering

import "time"

const (
	// dialAddresses is how many addresses of a peer are tried.
	dialAddresses = 6
	// dialGrace is how long the device with the higher ID waits for the other to
	// dial, before it dials itself: one of the two may be behind a firewall.
	dialGrace = time.Second
	// firstRetry and lastRetry bound the doubling wait between attempts.
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
	// patient is a number of failures after which lastRetry is waited.
	patient = 6
	// keptAttempts is how often somebody known is tried at their last addresses
	// who was not heard.
	keptAttempts = 2
	// idleLink is after how long a link that carried nothing is let go, where it is
	// not one of those that are kept; idleVisit the same for one that was opened for
	// receipts.
	idleLink  = time.Minute
	idleVisit = 2 * time.Second
	// visits is how many members of groups are visited at once: those with whom no
	// link is kept have what this device wrote from others, and only they can say so.
	visits = 4
	// visitAfter is how long what this device wrote has to reach them before.
	visitAfter = 3 * time.Second
)

// dialAt returns when a peer is to be dialled; ok is false if it is not.
func (m *Machine) dialAt(p *peer) (at time.Time, ok bool) {
	if p.link != nil || p.dialling || p.Blocked || len(p.Addresses) == 0 {
		return time.Time{}, false
	}
	direct, group := m.cfg.Pending(p.ID)
	switch {
	case p.Kept && direct:
		at = p.since
	case p.Online && !p.neighbour.IsZero():
		at = p.since
		if p.neighbour.After(at) { // among many, where neighbours are chosen now and then
			at = p.neighbour
		}
		if p.ID.Less(m.cfg.Self) {
			at = at.Add(dialGrace)
		}
	case p.Online && group && m.visiting() < visits:
		at = m.wroteGroup.Add(visitAfter)
	case p.Kept && !p.Online && p.failures < keptAttempts:
		// Announcements may not pass where links do.
		at = p.since
	default:
		return time.Time{}, false
	}
	if p.failures > 0 {
		if retry := p.tried.Add(retryAfter(p.failures)); retry.After(at) {
			at = retry
		}
	}
	return at, true
}

// retryAfter is the wait after a number of failures: it doubles up to
// lastRetry.
func retryAfter(failures int) time.Duration {
	wait := firstRetry
	for range failures - 1 {
		if wait *= 2; wait >= lastRetry {
			return lastRetry
		}
	}
	return wait
}

// visiting counts the visits under way.
func (m *Machine) visiting() int {
	count := 0
	for _, p := range m.peers {
		if p.visit {
			count++
		}
	}
	return count
}

// idleAt is when a link that carries nothing more is let go.
func (p *peer) idleAt() time.Time {
	if p.visit {
		return p.link.busyAt.Add(idleVisit)
	}
	return p.link.busyAt.Add(idleLink)
}

// dial has a peer's addresses tried, the latest first.
func (m *Machine) dial(p *peer) {
	p.dialling, p.tried = true, m.now
	direct, _ := m.cfg.Pending(p.ID)
	p.visit = p.Online && p.neighbour.IsZero() && !direct
	m.do(Dial{p.ID, p.Addresses[:min(len(p.Addresses), dialAddresses)]})
}
