package core

import "github.com/parlance-chat/parlance/netcore/irc"

// MOTD shows the message of the day.
func runMotd(x *call) {
	if x.here(x.m.Param(0)) {
		x.motd()
	}
}

func (x *call) motd() {
	cfg := &x.s.cfg
	if len(cfg.MOTD) == 0 {
		x.reply(irc.ERR_NOMOTD)
		return
	}
	x.text(irc.RPL_MOTDSTART, "- "+cfg.Name+" Message of the day - ")
	for _, line := range cfg.MOTD {
		x.text(irc.RPL_MOTD, "- "+oneLine(line))
	}
	x.reply(irc.RPL_ENDOFMOTD)
}

// here says whether a command's target is this server: nothing, its name or a
// mask of it, or a nick. It answers if not.
func (x *call) here(target string) bool {
	if target == "" || irc.MatchMask(irc.ASCII, target, x.s.cfg.Name) || x.s.nick(target) != nil {
		return true
	}
	x.reply(irc.ERR_NOSUCHSERVER, word(target))
	return false
}
