package beacon

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// Send sends a datagram to everyone near, on every interface there is now, and
// returns the number of ways it went. None is no error: there may be no network.
func (b *Beacon) Send(datagram []byte) int {
	b.sending.Lock()
	defer b.sending.Unlock()
	ways := routes(b.list(), b.cfg.Port)
	sent := make([]Sent, 0, len(ways))
	count := 0
	for _, r := range ways {
		s, err := b.own(r.family)
		if err == nil {
			err = s.send(datagram, r)
		}
		if err == nil {
			count++
		}
		sent = append(sent, Sent{Interface: r.card.Name, Way: r.way, To: r.to, Problem: text(err)})
	}
	b.mu.Lock()
	b.sent = sent
	b.mu.Unlock()
	return count
}

// SendTo sends a datagram to one address.
func (b *Beacon) SendTo(datagram []byte, to netip.AddrPort) error {
	f := ipv6Family
	if to.Addr().Unmap().Is4() {
		f = ipv4Family
	}
	s, err := b.own(f)
	if err != nil {
		return fmt.Errorf("send to %s: %w", to, err)
	}
	if _, err := s.WriteToUDPAddrPort(datagram, netip.AddrPortFrom(to.Addr().Unmap(), to.Port())); err != nil {
		return fmt.Errorf("send to %s: %w", to, err)
	}
	return nil
}

// SendFromBoth sends a datagram to one address from this device's own socket, as
// SendTo does, and from the discovery port as well.
func (b *Beacon) SendFromBoth(datagram []byte, to netip.AddrPort) error {
	err := b.SendTo(datagram, to)
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	kind := shared6
	if to.Addr().Is4() {
		kind = shared4
	}
	b.mu.Lock()
	s := b.sockets[kind]
	b.mu.Unlock()
	if s == nil {
		return err // another program has the port
	}
	_, sharedErr := s.WriteToUDPAddrPort(datagram, to)
	return errors.Join(err, sharedErr)
}

// own returns the socket to send from, or why there is none.
func (b *Beacon) own(f family) (*socket, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	kind := ownOf(f)
	switch {
	case b.closed:
		return nil, net.ErrClosed
	case b.sockets[kind] != nil:
		return b.sockets[kind], nil
	case b.problems[kind] != nil:
		return nil, b.problems[kind]
	}
	return nil, fmt.Errorf("the %s socket broke and is being made anew", f)
}
