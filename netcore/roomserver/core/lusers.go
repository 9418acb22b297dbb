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
	local, n := s.registered, &s.counts
	servers := len(n.servers)
	if n.servers[s.cfg.Origin.Server] == 0 {
		servers++
	}
	x.text(irc.RPL_LUSERCLIENT, fmt.Sprintf("There are %d users and %d invisible on %d servers", len(s.users)-n.invisible, n.invisible, servers))
	x.text(irc.RPL_LUSEROP, strconv.Itoa(n.opers), "operator(s) online")
	x.text(irc.RPL_LUSERUNKNOWN, strconv.Itoa(len(s.clients)-local), "unknown connection(s)")
	x.text(irc.RPL_LUSERCHANNELS, strconv.Itoa(len(s.channels)), "channels formed")
	x.text(irc.RPL_LUSERME, fmt.Sprintf("I have %d clients and %d servers", local, servers-1))
	now, most := strconv.Itoa(local), strconv.Itoa(s.maxLocal)
	x.text(irc.RPL_LOCALUSERS, now, most, "Current local users "+now+", max "+most)
	now, most = strconv.Itoa(len(s.users)), strconv.Itoa(s.maxUsers)
	x.text(irc.RPL_GLOBALUSERS, now, most, "Current global users "+now+", max "+most)
}

// counts are kept up to date, for every client that comes is told them.
type counts struct {
	invisible, opers int
	servers          map[string]int // with users, and how many
}

// count adds what u is to the counts, or takes it off with n=-1.
func (s *State) count(u *user, n int) {
	if u.invisible {
		s.counts.invisible += n
	}
	if u.oper != "" {
		s.counts.opers += n
	}
	server := u.id.Origin.Server
	if s.counts.servers[server] += n; s.counts.servers[server] == 0 {
		delete(s.counts.servers, server)
	}
}

// sortedUsers returns all users in the order of their nicks.
func (s *State) sortedUsers() []*user {
	return slices.SortedFunc(maps.Values(s.users), func(a, b *user) int { return cmp.Compare(fold(a.nick), fold(b.nick)) })
}
