// Package ring decides who keeps links to whom among many.
//
// Device IDs are places on a circle. Where a conversation has more members
// online than could all be linked to each other, each keeps links to those
// standing 1, 2, 4, 8 … places after it, and so to those for whom it is such a
// place: what one says reaches N others in about log2 N hops, and nobody holds
// N links (compare the fingers of Stoica et al., Chord, 2001).
package ring

import (
	"slices"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// Everyone is up to how many members all keep links with all.
const Everyone = 16

// Neighbours returns those of the others with whom self keeps links. The order
// of others does not matter; self may be among them.
func Neighbours(self identity.DeviceID, others []identity.DeviceID) []identity.DeviceID {
	all := append(slices.Clone(others), self)
	slices.SortFunc(all, func(a, b identity.DeviceID) int { return slices.Compare(a[:], b[:]) })
	all = slices.Compact(all)
	n := len(all)
	own := slices.Index(all, self)
	if n <= Everyone {
		return slices.Delete(all, own, own+1)
	}
	var list []identity.DeviceID
	for step := 1; step < n; step *= 2 {
		list = append(list, all[(own+step)%n], all[(own-step+n)%n])
	}
	slices.SortFunc(list, func(a, b identity.DeviceID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(list)
}
