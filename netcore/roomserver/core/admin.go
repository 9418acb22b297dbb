package core

import "github.com/parlance-chat/parlance/netcore/irc"

// ADMIN tells who runs the server.
func runAdmin(x *call) {
	if !x.here(x.m.Param(0)) {
		return
	}
	lines := [3]string{x.s.cfg.Description, x.s.cfg.Network, "The administrator told no address"}
	for i, line := range x.s.cfg.Admin[:min(len(x.s.cfg.Admin), 3)] {
		lines[i] = oneLine(line)
	}
	x.text(irc.RPL_ADMINME, x.s.cfg.Name, "Administrative info")
	x.text(irc.RPL_ADMINLOC1, lines[0])
	x.text(irc.RPL_ADMINLOC2, lines[1])
	x.text(irc.RPL_ADMINEMAIL, lines[2])
}
