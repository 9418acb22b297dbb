package core

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// LUSERS counts users, operators, channels.
func runLusers(x *call) {
	s := x.s
	servers := map[string]bool{s.cfg.Origin.Server: true}
	visible, invisible, opers := 0, 0, 0
	for id, u := range s.users {
		servers[id.Origin.Server] = true
		if u.invisible {
			invisible++
		} else {
			visible++
		}
		if u.oper != "" {
			opers++
		}
	}
	local := s.registered
	x.text(irc.RPL_LUSERCLIENT, fmt.Sprintf("There are %d users and %d invisible on %d servers", visible, invisible, len(servers)))
	x.text(irc.RPL_LUSEROP, strconv.Itoa(opers), "operator(s) online")
	x.text(irc.RPL_LUSERUNKNOWN, strconv.Itoa(len(s.clients)-local), "unknown connection(s)")
	x.text(irc.RPL_LUSERCHANNELS, strconv.Itoa(len(s.channels)), "channels formed")
	x.text(irc.RPL_LUSERME, fmt.Sprintf("I have %d clients and %d servers", local, len(servers)-1))
	n, most := strconv.Itoa(local), strconv.Itoa(s.maxLocal)
	x.text(irc.RPL_LOCALUSERS, n, most, "Current local users "+n+", max "+most)
	n, most = strconv.Itoa(len(s.users)), strconv.Itoa(s.maxUsers)
	x.text(irc.RPL_GLOBALUSERS, n, most, "Current global users "+n+", max "+most)
}

// sortedUsers returns all users in the order of their nicks.
func (s *State) sortedUsers() []*user {
	return slices.SortedFunc(maps.Values(s.users), func(a, b *user) int { return cmp.Compare(fold(a.nick), fold(b.nick)) })
}
