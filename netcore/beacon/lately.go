package beacon

import (
	"hash/maphash"
	"slices"
)

// lately knows the datagrams received last by their hashes: as many as devices
// that speak at once, each by several ways.
type lately struct {
	seed   maphash.Seed
	hashes [64]uint64
	next   int
}

// has says whether a datagram is one of them, and takes it for one from now on.
func (l *lately) has(datagram []byte) bool {
	hash := maphash.Bytes(l.seed, datagram)
	if slices.Contains(l.hashes[:], hash) {
		return true
	}
	l.hashes[l.next] = hash
	l.next = (l.next + 1) % len(l.hashes)
	return false
}
