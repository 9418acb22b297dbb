package core

import (
	"maps"
	"slices"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// LINKS lists the servers to operators, as far as users tell of them. Nobody
// else needs to know on how many machines the network runs.
func runLinks(x *call) {
	if x.u.oper == "" {
		x.reply(irc.RPL_ENDOFLINKS, "*")
		return
	}
	name := x.s.cfg.Name
	others := map[string]bool{}
	for _, u := range x.s.users {
		if u.server != name {
			others[u.server] = true
		}
	}
	for _, other := range slices.Sorted(maps.Keys(others)) {
		x.text(irc.RPL_LINKS, other, name, "1 "+x.s.cfg.Network)
	}
	x.text(irc.RPL_LINKS, name, name, "0 "+x.s.cfg.Description)
	x.reply(irc.RPL_ENDOFLINKS, "*")
}
