package link

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// Keep says which of two links of one pair stays; both devices come to the same
// answer. It closes neither: the caller closes drop with Duplicate.
//
// If both devices dialled at once, the link that the device with the lower ID
// dialled stays. Otherwise the later one stays: a device dials again only if it
// has lost the earlier one, as after a restart, and this side has not noticed.
// A link that has ended does not stay.
func Keep(a, b *Link) (stay, drop *Link) {
	switch {
	case a.Err() != nil:
		return b, a
	case b.Err() != nil:
		return a, b
	case keepFirst(a.origin(), b.origin()):
		return a, b
	}
	return b, a
}

// origin is who dialled a link and when it opened.
type origin struct {
	dialler identity.DeviceID
	opened  time.Time
}

func keepFirst(a, b origin) bool {
	if a.dialler != b.dialler && a.opened.Sub(b.opened).Abs() < simultaneous {
		return a.dialler.Less(b.dialler)
	}
	return a.opened.After(b.opened)
}
