package core

import "github.com/parlance-chat/parlance/netcore/irc"

// PING asks whether the server is there.
func runPing(x *call) {
	if len(x.m.Params) == 0 {
		x.reply(irc.ERR_NEEDMOREPARAMS, "PING")
		return
	}
	if x.m.Params[0] == "" {
		x.reply(irc.ERR_NOORIGIN)
		return
	}
	x.send(irc.Text(x.s.cfg.Name, "PONG", x.s.cfg.Name, x.m.Params[0]))
}

// PONG answers a PING; that the client was heard is noted for every line.
func runPong(*call) {}

// ERROR is for servers; a client's is passed over.
func runError(*call) {}
