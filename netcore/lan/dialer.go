package lan

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
)

const (
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

// candidate is what decides whether and when to dial a peer.
type candidate struct {
	Peer      identity.DeviceID
	Reachable bool      // there are addresses to try
	Online    bool      // heard lately
	Neighbour bool      // a link with it is kept
	Kept      bool      // known from earlier
	Since     time.Time // when it came online or got a new address
	Linked    bool
	Dialling  bool
	Pending   bool // there is something for it
	// Visit is when to ask for receipts; zero: not.
	Visit    time.Time
	Blocked  bool
	Failures int // attempts since the last success or news of it
	Tried    time.Time
}

// dialAt returns when a device should dial the candidate; ok is false if it
// should not.
func dialAt(self identity.DeviceID, c candidate) (at time.Time, ok bool) {
	if c.Linked || c.Dialling || c.Blocked || !c.Reachable {
		return time.Time{}, false
	}
	switch {
	case c.Pending:
		at = c.Since
	case c.Online && c.Neighbour:
		at = c.Since
		if c.Peer.Less(self) {
			at = at.Add(dialGrace)
		}
	case c.Online && !c.Visit.IsZero():
		at = c.Visit
	case c.Kept && !c.Online && c.Failures < keptAttempts:
		// Announcements may not pass where links do.
		at = c.Since
	default:
		return time.Time{}, false
	}
	if c.Failures > 0 {
		if retry := c.Tried.Add(retryAfter(c.Failures)); retry.After(at) {
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
