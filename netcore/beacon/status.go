package beacon

import (
	"net/netip"
	"slices"
)

// Status is what doctor tells of a Beacon.
type Status struct {
	Port    uint16   // the discovery port
	Sockets []Socket // the two shared ones, then the two own ones
	Groups  []Group  // on each interface that has addresses of the group's family
	Sent    []Sent   // the ways of the last Send
	// Rebuilds counts how often the interfaces changed or the machine slept, and
	// the start.
	Rebuilds int
}

// Socket is the state of one socket.
type Socket struct {
	Family  string         // "IPv4" or "IPv6"
	Shared  bool           // the one on the discovery port
	Local   netip.AddrPort // zero if there is a problem
	Problem string         // why the socket is not there; empty if it is
}

// Group is the state of one membership.
type Group struct {
	Interface string
	Address   netip.Addr
	Problem   string // why the group could not be joined; empty if it is
}

// Sent is one way of the last Send.
type Sent struct {
	Interface string
	Way       Way
	To        netip.AddrPort
	Problem   string // why it was not sent; empty if it was
}

type membership struct {
	name   string
	family family
}

// Status returns the state of the sockets.
func (b *Beacon) Status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	st := Status{Port: b.cfg.Port, Sent: slices.Clone(b.sent), Rebuilds: b.rebuilds}
	for kind, s := range b.sockets {
		kind := socketKind(kind)
		socket := Socket{Family: kind.family().String(), Shared: kind.shared(), Problem: text(b.problems[kind])}
		if s != nil {
			socket.Local = s.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
		} else if socket.Problem == "" {
			socket.Problem = "it broke and is being made anew"
		}
		st.Sockets = append(st.Sockets, socket)
	}
	for _, c := range b.cards {
		for f, group := range []netip.Addr{Group4, Group6} {
			if err, there := b.joined[membership{c.Name, family(f)}]; there {
				st.Groups = append(st.Groups, Group{Interface: c.Name, Address: group, Problem: text(err)})
			}
		}
	}
	return st
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
