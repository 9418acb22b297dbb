package lan

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/link"
)

// refusalTime is how long a link that is tried may take to be refused: the
// other side learns who dials only when the handshake is over.
const refusalTime = 300 * time.Millisecond

// Trace returns what discovery remembers of how a device was heard; false if it
// never was.
func (n *Network) Trace(ctx context.Context, id identity.DeviceID) (trace discovery.Trace, ok bool) {
	err := n.loop.Call(ctx, func() { trace, ok = n.discovery.Trace(id) })
	return trace, ok && err == nil
}

// Ask asks whoever is at some addresses to announce itself, port 0 being the
// discovery port. Answers come as all announcements do.
func (n *Network) Ask(ctx context.Context, addresses []netip.AddrPort) error {
	return n.loop.Call(ctx, func() { n.discover(time.Now(), discovery.Ask{Addresses: addresses}) })
}

// Try opens a link and lets it go, to see whether that works. The errors are
// those of link.Endpoint.Dial; a refusal wraps *link.CloseError.
func (n *Network) Try(ctx context.Context, address netip.AddrPort, want identity.DeviceID) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	l, err := n.links.Dial(ctx, address, want)
	if err != nil {
		return err
	}
	select {
	case <-l.Done():
		err = l.Err()
	case <-ctx.Done():
	case <-time.After(refusalTime):
	}
	l.Close(link.Idle, "")
	if closed, ok := errors.AsType[*link.CloseError](err); ok && closed.Peer {
		return closed
	}
	return nil
}
