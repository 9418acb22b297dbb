package core

import "github.com/parlance-chat/parlance/netcore/irc"

// AWAY says that the user is away, or back.
func runAway(x *call) { x.change("AWAY", clip(x.m.Param(0), x.s.lim.Away)) }

func applyAway(x *call) {
	text := x.m.Params[0]
	changed := x.u.away != text
	x.u.away = text
	if text == "" {
		x.reply(irc.RPL_UNAWAY)
	} else {
		x.reply(irc.RPL_NOWAWAY)
	}
	if !changed {
		return
	}
	m := irc.New("", "AWAY")
	if text != "" {
		m = irc.Text("", "AWAY", text)
	}
	x.tellState(x.u, false, capAwayNotify, m)
}
