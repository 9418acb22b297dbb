package core

import "github.com/parlance-chat/parlance/netcore/irc"

// REHASH reads the configuration again.
func runRehash(x *call) {
	if x.u.oper == "" {
		x.reply(irc.ERR_NOPRIVILEGES)
		return
	}
	x.reply(irc.RPL_REHASHING, word(x.s.cfg.Name))
	x.s.out = append(x.s.out, Reload{})
}
