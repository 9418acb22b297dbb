package core

import "github.com/parlance-chat/parlance/netcore/irc"

// SETNAME changes the real name (IRCv3 setname).
func runSetname(x *call) {
	name := x.m.Params[0]
	if len(name) > x.s.lim.Realname {
		x.fail("SETNAME", "INVALID_REALNAME", nil, "Realname is too long")
		return
	}
	x.change("SETNAME", name)
}

func applySetname(x *call) {
	x.u.realname = x.m.Params[0]
	x.tellState(x.u, true, capSetname, irc.Text("", "SETNAME", x.u.realname))
}
