package link

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// DialAny is Dial for a device that may be at any of some addresses. Each has a
// moment for itself before the next is tried beside it (compare RFC 8305 section
// 5). It returns the first link that comes up, or what went wrong at each address.
func (e *Endpoint) DialAny(ctx context.Context, addresses []netip.AddrPort, want identity.DeviceID) (*Link, error) {
	if len(addresses) == 0 {
		return nil, errors.New("dial: no address")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		link *Link
		err  error
	}
	results := make(chan result, len(addresses))
	var won atomic.Bool
	dial := func(to netip.AddrPort) {
		l, err := e.Dial(ctx, to, want)
		if err == nil && !won.CompareAndSwap(false, true) {
			l.Close(Duplicate, "")
			return
		}
		results <- result{l, err}
	}
	stagger := time.NewTicker(e.bounds.stagger)
	defer stagger.Stop()
	var errs []error
	for next := 0; len(errs) < len(addresses); {
		if next < len(addresses) {
			to := addresses[next]
			next++
			if !e.start(func() { dial(to) }) {
				return nil, net.ErrClosed
			}
		}
		select {
		case r := <-results:
			if r.err == nil {
				return r.link, nil
			}
			errs = append(errs, r.err)
		case <-stagger.C:
		}
	}
	return nil, errors.Join(errs...)
}
