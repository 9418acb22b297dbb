package discovery

import (
	"math/rand/v2"
	"time"
)

// When a device announces itself in short order: at its start and when the
// network changed. It asks each time; later ones make up for loss.
var burstAt = [...]time.Duration{0, 250 * time.Millisecond, time.Second, 2 * time.Second}

const (
	// burstJitter keeps devices apart that start on one signal.
	burstJitter = 20 * time.Millisecond

	// minBursts and burstEvery bound the bursts of a network that changes all
	// the time: so many in a row, then one in so long.
	minBursts  = 3
	burstEvery = 10 * time.Second

	// interval is the time between announcements on an ordinary LAN, give or take
	// a quarter.
	interval       = 25 * time.Second
	intervalSpread = 0.25

	// perDevice stretches the interval on a crowded LAN: an announcement is heard
	// about three times (broadcast, and multicast of both families), and a device
	// is to hear 40 datagrams a second, which leaves 10 for bursts and answers.
	perDevice = time.Second * 3 / 40

	// missed is how many intervals a device may be silent.
	missed = 3

	// answerPerDevice spreads the answers to a question: so much for each device
	// there is, so that the asker gets about 50 a second.
	answerPerDevice = 20 * time.Millisecond

	// changeGap is the least time between announcements of changes, and changeAgain
	// when one is repeated for those that missed it.
	changeGap   = 100 * time.Millisecond
	changeAgain = time.Second

	// copyWindow is how long after an announcement its copies are expected.
	copyWindow = 5 * time.Second

	// repeatWindow is how long after an announcement another that says the same is
	// not verified: as long as a burst.
	repeatWindow = 3 * time.Second

	// doubtTime is how long a silent peer is asked before it is taken to be gone.
	doubtTime = 4 * time.Second

	// relayTime is how long an announcement is worth passing on.
	relayTime = 5 * time.Minute
)

// askAt is when, since a doubt arose, a silent peer is asked by unicast.
var askAt = burstAt

// intervalOf returns the time between announcements among so many devices. All
// hear about the same crowd, so it is also the estimate of everyone else's.
func intervalOf(crowd int) time.Duration {
	return max(interval, time.Duration(crowd)*perDevice)
}

// silenceOf returns after how much silence one of so many devices is gone.
func silenceOf(crowd int) time.Duration {
	return time.Duration(missed * (1 + intervalSpread) * float64(intervalOf(crowd)))
}

// spread returns d give or take a quarter.
func spread(r *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - intervalSpread + 2*intervalSpread*r.Float64()))
}

// upTo returns a duration under d, at random.
func upTo(r *rand.Rand, d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(d)))
}
