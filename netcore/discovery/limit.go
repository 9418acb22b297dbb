package discovery

import (
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// sourceBuckets is how many sources are counted apart: twice the devices of a
	// large LAN. Those that share a bucket share its rate; nobody outside can find
	// out which they are.
	sourceBuckets = 2048

	// verifyRate and verifyBurst bound the signatures verified a second, however
	// many sources there are or are forged: about a tenth of one core, and at once
	// what 1,000 devices send when the power comes back.
	verifyRate  = 2000
	verifyBurst = 4000

	// introduceRate and introduceBurst bound them for what links pass on: a whole
	// neighbourhood at once, and then its news.
	introduceRate  = 200
	introduceBurst = 2000
)

// bucket is a token bucket. The zero value is full.
type bucket struct {
	used float64
	last time.Time
}

func (b *bucket) take(now time.Time, rate, burst float64) bool {
	if passed := now.Sub(b.last); !b.last.IsZero() && passed > 0 {
		b.used = max(0, b.used-passed.Seconds()*rate)
	}
	b.last = now
	if b.used+1 > burst {
		return false
	}
	b.used++
	return true
}

// sources counts announcements by source address.
type sources struct {
	seed    maphash.Seed
	buckets [sourceBuckets]bucket
}

// allow says whether one more may be read. Loopback is no single source: every
// process of this host sends from it.
func (s *sources) allow(now time.Time, from netip.Addr) bool {
	if from.IsLoopback() {
		return true
	}
	a := from.As16()
	b := &s.buckets[maphash.Bytes(s.seed, a[:])%sourceBuckets]
	return b.take(now, chat.MaxAnnouncementRate, chat.MaxAnnouncementRate)
}
