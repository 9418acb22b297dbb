package core

import "github.com/parlance-chat/parlance/netcore/irc"

// KICK throws members out of a channel.
func runKick(x *call) {
	reason := x.m.Param(2)
	if reason == "" {
		reason = x.u.nick
	}
	nicks := list(x.m.Params[1])
	if len(nicks) > x.s.lim.Targets {
		x.reply(irc.ERR_TOOMANYTARGETS, word(nicks[x.s.lim.Targets]))
		nicks = nicks[:x.s.lim.Targets]
	}
	for _, nick := range nicks {
		x.change("KICK", x.m.Params[0], nick, clip(reason, x.s.lim.Kick))
	}
}

func checkKick(x *call) bool {
	ch, v := x.s.channel(x.m.Params[0]), x.s.nick(x.m.Params[1])
	m := x.u.in(ch)
	switch {
	case ch == nil:
		x.reply(irc.ERR_NOSUCHCHANNEL, word(x.m.Params[0]))
	case m == nil:
		x.reply(irc.ERR_NOTONCHANNEL, ch.name)
	case !m.op:
		x.reply(irc.ERR_CHANOPRIVSNEEDED, ch.name)
	case v == nil:
		x.reply(irc.ERR_USERNOTINCHANNEL, word(x.m.Params[1]), ch.name)
	case v.in(ch) == nil:
		x.reply(irc.ERR_USERNOTINCHANNEL, v.nick, ch.name)
	default:
		return true
	}
	return false
}

func applyKick(x *call) {
	ch, v := x.s.channel(x.m.Params[0]), x.s.nick(x.m.Params[1])
	x.toChannel(ch, &post{msg: irc.Text(x.u.source(), "KICK", ch.name, v.nick, x.m.Params[2]), at: x.at, account: x.u.account})
	x.s.removeMember(ch, v)
}
