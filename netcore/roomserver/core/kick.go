package core

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// KICK throws members out of a channel, or each out of the channel at the same
// place of the list, as RFC 2812 section 3.2.8 has it.
func runKick(x *call) {
	reason := x.m.Param(2)
	if reason == "" {
		reason = x.u.nick
	}
	channels, nicks := strings.Split(x.m.Params[0], ","), list(x.m.Params[1])
	if len(channels) > 1 {
		nicks = strings.Split(x.m.Params[1], ",")
		if len(channels) != len(nicks) {
			x.reply(irc.ERR_NEEDMOREPARAMS, "KICK")
			return
		}
	}
	if len(nicks) > x.s.lim.Targets {
		x.reply(irc.ERR_TOOMANYTARGETS, word(nicks[x.s.lim.Targets]))
		nicks = nicks[:x.s.lim.Targets]
	}
	for i, nick := range nicks {
		x.change("KICK", channels[min(i, len(channels)-1)], nick, clip(reason, x.s.lim.Kick))
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
	x.toChannel(ch, irc.Text("", "KICK", ch.name, v.nick, x.m.Params[2]))
	x.s.removeMember(ch, v)
}
