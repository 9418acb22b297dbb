package core

import "github.com/parlance-chat/parlance/netcore/irc"

// NAMES lists who is in channels.
func runNames(x *call) {
	names := list(x.m.Param(0))
	if len(names) == 0 {
		x.reply(irc.RPL_ENDOFNAMES, "*")
		return
	}
	for _, name := range names {
		if ch := x.s.channel(name); ch != nil && (!ch.secret || x.u.in(ch) != nil) {
			x.names(ch)
		} else {
			x.reply(irc.RPL_ENDOFNAMES, word(name))
		}
	}
}

func (x *call) names(ch *channel) {
	caps := x.c.caps
	var names []string
	for _, m := range ch.members {
		if !ch.visible(x.u, m.u) {
			continue
		}
		name := m.u.nick
		if caps.has(capUserhostInNames) {
			name = m.u.source()
		}
		names = append(names, m.prefix(caps.has(capMultiPrefix))+name)
	}
	symbol := "="
	if ch.secret {
		symbol = "@"
	}
	if len(names) > 0 {
		room := irc.MaxLine - len(":"+x.s.cfg.Name+" 353 "+x.me()+" = "+ch.name+" :\r\n")
		for _, line := range pack(names, room) {
			x.text(irc.RPL_NAMREPLY, symbol, ch.name, line)
		}
	}
	x.reply(irc.RPL_ENDOFNAMES, ch.name)
}
