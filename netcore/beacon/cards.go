package beacon

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

type family int

const (
	ipv4Family family = iota
	ipv6Family
)

func (f family) String() string { return [...]string{"IPv4", "IPv6"}[f] }

func (f family) holds(a netip.Addr) bool { return a.Is4() == (f == ipv4Family) }

// card is a network interface that is up, with its addresses.
type card struct {
	net.Interface
	addresses []netip.Prefix
	settled   bool // see settle
}

func (c card) has(f family) bool {
	return slices.ContainsFunc(c.addresses, func(p netip.Prefix) bool { return f.holds(p.Addr()) })
}

// speaksMulticast says whether multicast is worth trying. Loopback of Linux has
// no multicast flag and yet carries IPv4 multicast; for IPv6 it has no route.
func (c card) speaksMulticast(f family) bool {
	return c.Flags&net.FlagMulticast != 0 || (f == ipv4Family && c.Flags&net.FlagLoopback != 0)
}

// list returns the interfaces that are up and have an address. One that cannot
// be read, for it just vanished, is left out.
func (b *Beacon) list() []card {
	all, err := net.Interfaces()
	if err != nil {
		return nil // Run looks again
	}
	var cards []card
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || !b.wanted(i.Name) {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		if c := newCard(i, addrs); len(c.addresses) > 0 {
			cards = append(cards, c)
		}
	}
	return cards
}

func newCard(i net.Interface, addrs []net.Addr) card {
	c := card{Interface: i}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		if !ok {
			continue
		}
		ones, bits := n.Mask.Size()
		if ip = ip.Unmap(); bits != ip.BitLen() {
			continue
		}
		c.addresses = append(c.addresses, netip.PrefixFrom(ip, ones))
	}
	return c
}

// settle says whether the link-local addresses can be sent from. For a second or
// two after an address appeared they cannot: the system first makes sure that
// nobody else has it (RFC 4862 section 5.4), and tells nobody when it is sure.
func (c card) settle() bool {
	for _, p := range c.addresses {
		if a := p.Addr(); a.Is6() && a.IsLinkLocalUnicast() {
			conn, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a.WithZone(c.Name), 0)))
			if err != nil {
				return false
			}
			conn.Close()
		}
	}
	return true
}

func (b *Beacon) wanted(name string) bool {
	return len(b.cfg.Only) == 0 || slices.Contains(b.cfg.Only, name)
}

// look returns a text that changes when the interfaces do. It asks the system
// twice however many interfaces there are; list asks once for each.
func (b *Beacon) look() string {
	var s strings.Builder
	all, err := net.Interfaces()
	if err != nil {
		fmt.Fprintln(&s, err)
	}
	for _, i := range all {
		fmt.Fprintln(&s, i.Index, i.Name, i.Flags)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		fmt.Fprintln(&s, err)
	}
	for _, a := range addrs {
		fmt.Fprintln(&s, a)
	}
	return s.String()
}

var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// directedBroadcast returns the broadcast address of an IPv4 subnet. A subnet of
// one or two addresses (RFC 3021) has none.
func directedBroadcast(p netip.Prefix) (netip.Addr, bool) {
	if !p.Addr().Is4() || p.Bits() < 0 || p.Bits() >= 31 {
		return netip.Addr{}, false
	}
	a := p.Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		a[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(a), true
}

// route is one way to send to everyone.
type route struct {
	card   card
	family family
	way    Way
	from   netip.Addr // the address to send from
	to     netip.AddrPort
}

// routes returns every way to everyone.
func routes(cards []card, port uint16) []route {
	var list []route
	for _, c := range cards {
		for _, f := range []family{ipv4Family, ipv6Family} {
			list = append(list, c.routes(f, port)...)
		}
	}
	return list
}

func (c card) routes(f family, port uint16) (list []route) {
	group := Group4
	if f == ipv6Family {
		group = Group6.WithZone(c.Name)
	}
	multicast := c.speaksMulticast(f)
	for _, p := range c.addresses {
		if !f.holds(p.Addr()) {
			continue
		}
		if multicast {
			list = append(list, route{c, f, Multicast, p.Addr(), netip.AddrPortFrom(group, port)})
			multicast = false // once per interface
		}
		to, ok := directedBroadcast(p)
		if !ok || c.Flags&(net.FlagBroadcast|net.FlagLoopback) == 0 {
			continue
		}
		r := route{c, f, Broadcast, p.Addr(), netip.AddrPortFrom(to, port)}
		if !slices.ContainsFunc(list, func(other route) bool { return other.to == r.to }) {
			list = append(list, r)
		}
	}
	return list
}
