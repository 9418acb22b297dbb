package core

import "github.com/parlance-chat/parlance/netcore/irc"

// VERSION tells which program this is and what it does.
func runVersion(x *call) {
	if !x.here(x.m.Param(0)) {
		return
	}
	x.text(irc.RPL_VERSION, word(x.s.cfg.Version), x.s.cfg.Name, x.s.cfg.Description)
	x.isupport()
}
