package lan

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/link"
)

// maxDoubles is how many machines with this device's key are told of: more than
// one is a mess already.
const maxDoubles = 16

// doubles are the machines that proved to have this device's key, as a copied
// disk does, by where they were found. The zero value is empty.
type doubles struct {
	mu    sync.Mutex
	found []netip.Addr
}

// add says whether the address is a new one.
func (d *doubles) add(at netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.found, at) || len(d.found) == maxDoubles {
		return false
	}
	d.found = append(d.found, at)
	return true
}

// last returns the latest; not valid if there is none.
func (d *doubles) last() netip.Addr {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.found) == 0 {
		return netip.Addr{}
	}
	return d.found[len(d.found)-1]
}

// keyDoubted has somebody who announces this device's key prove it. What this
// device said at an earlier start may be repeated by anybody; a TLS handshake
// cannot be.
func (n *Network) keyDoubted(at netip.AddrPort) {
	if n.isSelf(at) {
		return
	}
	n.loop.Go(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		l, err := n.links.Dial(ctx, at, identity.DeviceID{})
		if err == nil { // somebody else, who repeated it
			l.Close(link.Idle, "")
		}
		if errors.Is(err, link.ErrDouble) {
			n.doubleFound(at)
		}
	})
}

// doubleFound takes note of a machine that proved to have this device's key,
// dialled or dialling.
func (n *Network) doubleFound(at netip.AddrPort) {
	if n.doubles.add(at.Addr()) {
		n.cfg.Emit(chat.IdentityShared{Address: at.Addr().String()})
	}
}

// isSelf says whether links to an address lead to this very process.
func (n *Network) isSelf(at netip.AddrPort) bool {
	return at.Port() == n.links.Port() && slices.ContainsFunc(n.Interfaces(), func(i chat.Interface) bool {
		return slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool {
			return p.Addr().Unmap() == at.Addr().WithZone("") || i.Loopback && at.Addr().IsLoopback()
		})
	})
}

// SharedIdentity returns where another machine with this device's key was found;
// empty if none was.
func (n *Network) SharedIdentity() string {
	if at := n.doubles.last(); at.IsValid() {
		return at.String()
	}
	return ""
}

// subnets returns the own addresses, for discovery to look around them.
func subnets(list []chat.Interface) discovery.Subnets {
	var own discovery.Subnets
	for _, i := range list {
		if !i.Loopback {
			own.Own = append(own.Own, i.Addresses...)
		}
	}
	return own
}
