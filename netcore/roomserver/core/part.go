package core

import "github.com/parlance-chat/parlance/netcore/irc"

// PART leaves channels.
func runPart(x *call) {
	for _, name := range list(x.m.Params[0]) {
		if reason := x.m.Param(1); reason != "" {
			x.change("PART", name, clip(reason, x.s.lim.Kick))
		} else {
			x.change("PART", name)
		}
	}
}

func checkPart(x *call) bool {
	ch := x.s.channel(x.m.Params[0])
	if ch == nil {
		x.reply(irc.ERR_NOSUCHCHANNEL, word(x.m.Params[0]))
		return false
	}
	if x.u.in(ch) == nil {
		x.reply(irc.ERR_NOTONCHANNEL, ch.name)
		return false
	}
	return true
}

func applyPart(x *call) {
	ch := x.s.channel(x.m.Params[0])
	m := irc.New("", "PART", ch.name)
	if reason := x.m.Param(1); reason != "" {
		m = irc.Text("", "PART", ch.name, reason)
	}
	x.toChannel(ch, m)
	x.s.removeMember(ch, x.u)
}
