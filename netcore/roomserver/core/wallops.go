package core

import (
	"maps"
	"slices"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// WALLOPS tells all who set +w.
func runWallops(x *call) { x.change("WALLOPS", x.m.Params[0]) }

func checkWallops(x *call) bool {
	if x.u.oper == "" {
		x.reply(irc.ERR_NOPRIVILEGES)
		return false
	}
	return true
}

func applyWallops(x *call) {
	p := x.from(x.u, irc.Text("", "WALLOPS", x.m.Params[0]))
	for _, id := range slices.Sorted(maps.Keys(x.s.clients)) {
		if c := x.s.clients[id]; c.u != nil && c.u.wallops {
			x.s.post(&p, c, x.j)
		}
	}
}
