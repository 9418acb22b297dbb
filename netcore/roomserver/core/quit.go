package core

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// QUIT leaves the network.
func runQuit(x *call) {
	reason := "Quit: " + clip(x.m.Param(0), x.s.lim.Kick)
	if x.u == nil {
		x.s.close(x.c, reason)
		return
	}
	x.change("QUIT", reason)
}

func applyQuit(x *call) { x.leave(x.u, x.m.Params[0], false) }

// leave takes u off the network and tells who sees it, and u itself if self is
// set.
func (x *call) leave(u *user, reason string, self bool) {
	x.announce(x.s.peers(u, self), 0, u, irc.Text("", "QUIT", reason))
	x.s.removeUser(u, x.at)
	x.s.monitored(u, false)
	if c := u.client; c != nil {
		x.s.leaveAccount(c)
		x.s.close(c, reason)
		c.u, u.client = nil, nil
		x.s.registered--
	}
}

// applyGone ends the sessions of a server that is no more.
func applyGone(x *call) {
	start, err := strconv.ParseUint(x.m.Params[1], 10, 64)
	if err != nil {
		return
	}
	gone := Origin{x.m.Params[0], start}
	x.s.endRun(gone)
	reason := func(u *user) string { return x.s.cfg.Name + " " + u.server } // as a netsplit is told
	if own := x.s.cfg.Origin; own.Server == gone.Server && own.Start <= gone.Start {
		x.s.oust()
		reason = func(*user) string { return "The server was cut off from the others" }
	}
	var lost []*user
	for id, u := range x.s.users {
		if id.Origin.Server == gone.Server && id.Origin.Start <= gone.Start {
			lost = append(lost, u)
		}
	}
	slices.SortFunc(lost, func(a, b *user) int { return cmp.Compare(fold(a.nick), fold(b.nick)) })
	for _, u := range lost {
		x.leave(u, reason(u), false)
	}
}

// KILL ends another user's session.
func runKill(x *call) {
	if x.u.oper == "" {
		x.reply(irc.ERR_NOPRIVILEGES)
		return
	}
	if fold(x.m.Params[0]) == fold(x.s.cfg.Name) {
		x.reply(irc.ERR_CANTKILLSERVER)
		return
	}
	x.change("KILL", x.m.Params[0], clip(x.m.Params[1], x.s.lim.Kick))
}

func checkKill(x *call) bool {
	if x.u.oper == "" {
		x.reply(irc.ERR_NOPRIVILEGES)
		return false
	}
	if x.s.nick(x.m.Params[0]) == nil {
		x.reply(irc.ERR_NOSUCHNICK, word(x.m.Params[0]))
		return false
	}
	return true
}

func applyKill(x *call) {
	u := x.s.nick(x.m.Params[0])
	if u.client != nil {
		m := irc.Text(x.u.source(), "KILL", u.nick, x.m.Params[1])
		x.s.send(u.client, nil, m)
	}
	x.leave(u, "Killed ("+x.u.nick+" ("+x.m.Params[1]+"))", true)
}
