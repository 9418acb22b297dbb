//go:build linux && netns

package netlab

import (
	"fmt"
	"net/netip"
	"strings"
)

// Host is a machine: a namespace with a loopback interface and a card for each
// bridge it joined.
type Host struct {
	Name string

	lab   *Lab
	ns    *namespace
	cards map[*Bridge]*card
	next  int // number of the next card
}

type card struct {
	name      string // at the host
	port      string // at the bridge
	addresses []string
}

// Host makes a host with loopback up and no card.
func (l *Lab) Host(name string) *Host {
	l.t.Helper()
	h := &Host{Name: name, lab: l, ns: l.namespace(), cards: map[*Bridge]*card{}}
	l.ip(h.ns, "link set lo up")
	l.nft(h.ns,
		"table inet netlab {",
		" chain loss { }",
		" chain blocks { }",
		" chain inbound { }",
		" chain input { type filter hook input priority 0; iif lo accept; jump loss; jump blocks; jump inbound; }",
		" chain output { type filter hook output priority 0; oif lo accept; jump blocks; }",
		"}")
	return h
}

// Join gives the host a card with addresses such as "10.77.0.1/24" and plugs it
// into a bridge. It returns the card's name.
func (h *Host) Join(b *Bridge, addresses ...string) string {
	h.lab.t.Helper()
	if h.cards[b] != nil {
		h.lab.t.Fatalf("%s has joined %s already", h.Name, b.name)
	}
	c := &card{name: fmt.Sprintf("eth%d", h.next), port: b.port(), addresses: addresses}
	h.next++
	h.cards[b] = c
	h.lab.ip(h.ns, fmt.Sprintf("link add name %s type veth peer name %s netns %s", c.name, c.port, b.ns.path))
	h.lab.ip(b.ns, fmt.Sprintf("link set %s master br0 up", c.port))
	h.up(c)
	b.carries(c.port)
	h.settles(c)
	return c.name
}

// settles waits until a card that carries frames has the IPv6 address of its
// link, which the kernel gives it in its own time, unless IPv6 is off.
func (h *Host) settles(c *card) {
	h.lab.t.Helper()
	const ready = `grep -q 1 /proc/sys/net/ipv6/conf/$0/disable_ipv6 || ip -oneline -6 address show dev $0 scope link -tentative | grep -q inet6`
	h.lab.eventually(c.name+" of "+h.Name+" has an IPv6 address", func() (bool, string) {
		out, err := output(h.ns, "", "sh", "-c", ready, c.name)
		return err == nil, fmt.Sprint(out, err)
	})
}

// up sets a card up with its addresses.
func (h *Host) up(c *card) {
	h.lab.t.Helper()
	lines := []string{fmt.Sprintf("link set %s up", c.name)}
	for _, a := range c.addresses {
		prefix, err := netip.ParsePrefix(a)
		if err != nil {
			h.lab.t.Fatal(err)
		}
		broadcast := ""
		if prefix.Addr().Is4() {
			broadcast = " broadcast +"
		}
		lines = append(lines, fmt.Sprintf("address replace %s%s dev %s", a, broadcast, c.name))
	}
	h.lab.ip(h.ns, lines...)
}

func (h *Host) card(b *Bridge) *card {
	h.lab.t.Helper()
	c := h.cards[b]
	if c == nil {
		h.lab.t.Fatalf("%s has not joined %s", h.Name, b.name)
	}
	return c
}

// Leave takes the card away.
func (h *Host) Leave(b *Bridge) {
	h.lab.t.Helper()
	h.lab.ip(h.ns, "link delete "+h.card(b).name)
	delete(h.cards, b)
}

// SetAddress takes all addresses from a card, but for IPv6's link-local one, and
// gives it others, as a new lease would.
func (h *Host) SetAddress(b *Bridge, addresses ...string) {
	h.lab.t.Helper()
	c := h.card(b)
	h.lab.ip(h.ns, fmt.Sprintf("address flush dev %s scope global", c.name))
	c.addresses = addresses
	h.up(c)
}

// LinkDown switches the card off, and with it its routes and IPv6 addresses.
func (h *Host) LinkDown(b *Bridge) {
	h.lab.t.Helper()
	h.lab.ip(h.ns, fmt.Sprintf("link set %s down", h.card(b).name))
}

// LinkUp switches the card on again, with its addresses.
func (h *Host) LinkUp(b *Bridge) {
	h.lab.t.Helper()
	h.up(h.card(b))
	b.carries(h.card(b).port)
	h.settles(h.card(b))
}

// Unplug pulls the cable at the bridge: the card stays up without a carrier.
func (h *Host) Unplug(b *Bridge) {
	h.lab.t.Helper()
	h.lab.ip(b.ns, fmt.Sprintf("link set %s down", h.card(b).port))
}

// Plug puts the cable back.
func (h *Host) Plug(b *Bridge) {
	h.lab.t.Helper()
	h.lab.ip(b.ns, fmt.Sprintf("link set %s up", h.card(b).port))
	b.carries(h.card(b).port)
}

// Isolate lets the bridge carry nothing between this port and other isolated
// ones, as many access points do.
func (h *Host) Isolate(b *Bridge) {
	h.lab.t.Helper()
	h.lab.ip(b.ns, fmt.Sprintf("link set %s type bridge_slave isolated on", h.card(b).port))
}

// Forward makes the host a router between its cards.
func (h *Host) Forward() {
	h.lab.t.Helper()
	h.Exec("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
}

// Gateway sets the host's way to all other subnets.
func (h *Host) Gateway(address string) {
	h.lab.t.Helper()
	h.lab.ip(h.ns, "route replace default via "+address)
}

// Loss makes the host lose a part of the packets that arrive; loopback is
// spared. 0 ends it.
func (h *Host) Loss(percent int) {
	h.lab.t.Helper()
	h.lab.nft(h.ns, loss("inet", percent)...)
}

// DropUDP makes the host's firewall drop datagrams to a port, coming and
// going; a program sees EPERM when it sends one. Loopback is spared.
func (h *Host) DropUDP(port uint16) {
	h.lab.t.Helper()
	h.lab.nft(h.ns, fmt.Sprintf("add rule inet netlab blocks udp dport %d drop", port))
}

// Firewall lets in only answers to what the host sent, as most machines do
// until somebody opens a port. Loopback is spared.
func (h *Host) Firewall() {
	h.lab.t.Helper()
	h.lab.nft(h.ns, "add rule inet netlab inbound meta l4proto { tcp, udp } ct state new drop")
}

// Run starts a program on the host.
func (h *Host) Run(argv ...string) *Process {
	h.lab.t.Helper()
	return h.lab.run(h.ns, h.Name+": "+strings.Join(argv, " "), argv)
}

// Exec runs a program on the host to its end and returns what it wrote to
// stdout; the test fails if it failed.
func (h *Host) Exec(argv ...string) string {
	h.lab.t.Helper()
	out, err := output(h.ns, "", argv...)
	if err != nil {
		h.lab.t.Fatalf("%s: %v", h.Name, err)
	}
	return out
}

// In calls f on a thread of the host: sockets that f opens itself, not in
// goroutines it starts, are the host's. f must not end the test.
func (h *Host) In(f func() error) {
	h.lab.t.Helper()
	if err := h.ns.do(f); err != nil {
		h.lab.t.Fatalf("%s: %v", h.Name, err)
	}
}
