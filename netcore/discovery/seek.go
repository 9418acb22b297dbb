package discovery

import (
	"net/netip"
	"slices"
	"time"
)

// Where nobody is heard, addresses are asked one by one: the network may carry
// neither broadcast nor multicast, and the firewall of many a machine lets in
// only answers to what it sent to that very address.

const (
	// seekAfter is how long the network may take to bring somebody by itself: the
	// burst of a start and the answers to it.
	seekAfter = 3 * time.Second
	// seekAgain is when the addresses are gone through again while nobody is heard;
	// it doubles up to seekSeldom, for each address makes every machine of the
	// network listen up (ARP).
	seekAgain  = 2 * time.Minute
	seekSeldom = time.Hour
	// seekAtOnce addresses are asked every seekPause, each from two ports: 32
	// datagrams a second.
	seekAtOnce = 4
	seekPause  = 250 * time.Millisecond
	// seekBits bounds a subnet to the 254 addresses around the own one.
	seekBits = 24
	// maxSubnets is in how many subnets is sought.
	maxSubnets = 8
)

// subnets takes over the own addresses with their subnets.
func (m *Machine) subnets(now time.Time, list []netip.Prefix) {
	var own []netip.Prefix
	for _, p := range list {
		a := p.Addr().Unmap()
		if !a.Is4() || a.IsLoopback() || a.IsLinkLocalUnicast() || p.Bits() > 30 || len(own) == maxSubnets {
			continue // there are too many addresses of IPv6, and no broadcast to block
		}
		own = append(own, netip.PrefixFrom(a, max(p.Bits(), seekBits)))
	}
	if slices.Equal(own, m.own) && m.seek.isSet() {
		return
	}
	m.own, m.seeking, m.seekWait = own, nil, seekAgain
	m.alarms.set(&m.seek, now.Add(seekAfter))
}

// seekOn asks the next addresses, or begins to go through those of each subnet
// in which nobody is heard.
func (m *Machine) seekOn(now time.Time) {
	if len(m.seeking) == 0 {
		for _, p := range m.own {
			if !m.hearsIn(now, p) {
				m.seeking = append(m.seeking, addressesOf(p)...)
			}
		}
	}
	if len(m.seeking) > 0 {
		some := m.seeking[:min(seekAtOnce, len(m.seeking))]
		m.seeking = m.seeking[len(some):]
		m.askAt(some)
	}
	if len(m.seeking) > 0 {
		m.alarms.set(&m.seek, now.Add(seekPause))
	} else {
		// At random, so that two behind firewalls seek at one time by and by.
		m.alarms.set(&m.seek, now.Add(spread(m.random, m.seekWait)))
		m.seekWait = min(2*m.seekWait, seekSeldom)
	}
}

// hearsIn says whether somebody of a subnet was heard lately by a way to
// everyone.
func (m *Machine) hearsIn(now time.Time, subnet netip.Prefix) bool {
	since := now.Add(-silenceOf(m.crowd + 1))
	for _, p := range m.peers {
		if p.online && p.castAt.After(since) && slices.ContainsFunc(p.places, func(at place) bool { return subnet.Contains(at.address.Addr()) }) {
			return true
		}
	}
	return false
}

// addressesOf returns all addresses of a subnet but the own one, that of the
// network and that of broadcast.
func addressesOf(p netip.Prefix) []netip.AddrPort {
	var list []netip.AddrPort
	first := p.Masked().Addr()
	for a := first.Next(); p.Contains(a.Next()); a = a.Next() {
		if a != p.Addr() {
			list = append(list, netip.AddrPortFrom(a, 0))
		}
	}
	return list
}
