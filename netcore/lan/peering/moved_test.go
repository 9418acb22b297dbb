package peering

import (
	"net/netip"
	"testing"
)

func TestMovedFrom(t *testing.T) {
	at := func(list ...string) (all []netip.AddrPort) {
		for _, s := range list {
			all = append(all, netip.MustParseAddrPort(s))
		}
		return all
	}
	linked := netip.MustParseAddrPort("10.0.0.2:47475")
	for _, c := range []struct {
		name        string
		before, now []netip.AddrPort
		want        bool
	}{
		{"nothing new", at("10.0.0.2:47475"), at("10.0.0.2:47475"), false},
		{"heard by IPv6 as well", at("10.0.0.2:47475"), at("10.0.0.2:47475", "[fe80::2%eth0]:47475"), false},
		{"in another order", at("10.0.0.2:47475", "10.1.0.2:47475"), at("10.1.0.2:47475", "10.0.0.2:47475"), false},
		{"an address is gone", at("10.0.0.2:47475", "10.1.0.2:47475"), at("10.0.0.2:47475"), false},
		{"another address", at("10.0.0.2:47475"), at("10.0.0.9:47475", "10.0.0.2:47475"), true},
		{"the link told the first one", nil, at("10.0.0.2:47475"), false},
	} {
		if got := movedFrom(linked, c.before, c.now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
