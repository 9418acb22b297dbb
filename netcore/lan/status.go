package lan

import (
	"context"
	"maps"
	"net/netip"

	"github.com/parlance-chat/parlance/netcore/beacon"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/link"
)

// Status is what doctor wants to know.
type Status struct {
	Interfaces []chat.Interface
	LinkPort   uint16
	Beacon     beacon.Status
	Discovery  discovery.Stats
	Links      link.Stats
	// Troubles says why there is no link to a peer, or what it sent that was not
	// taken.
	Troubles map[identity.DeviceID]error
	// SharedKey is where another machine with this device's key was found; not
	// valid if none was.
	SharedKey netip.Addr
}

// Status looks at everything once.
func (n *Network) Status() Status {
	s := Status{
		Interfaces: n.Interfaces(),
		LinkPort:   n.links.Port(),
		Beacon:     n.beacon.Status(),
		Links:      n.links.Stats(),
		Troubles:   n.directory.Troubles(),
		SharedKey:  n.doubles.last(),
	}
	_ = n.loop.Call(context.Background(), func() { // after the end there is nothing to add
		s.Discovery = n.discovery.Stats()
		maps.Copy(s.Troubles, n.peering.Troubles())
	})
	return s
}
