package core

import "github.com/parlance-chat/parlance/netcore/irc"

// INFO tells about the program.
func runInfo(x *call) {
	if !x.here(x.m.Param(0)) {
		return
	}
	x.text(irc.RPL_INFO, x.s.cfg.Version)
	x.text(irc.RPL_INFO, "A room server of Parlance, https://github.com/parlance-chat/parlance")
	x.text(irc.RPL_INFO, "Up since "+x.s.started.Format("2006-01-02 15:04:05 MST"))
	x.reply(irc.RPL_ENDOFINFO)
}
