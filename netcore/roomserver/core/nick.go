package core

import "github.com/parlance-chat/parlance/netcore/irc"

// NICK takes a name, or another one.
func runNick(x *call) {
	nick := x.m.Param(0)
	if nick == "" {
		x.reply(irc.ERR_NONICKNAMEGIVEN)
		return
	}
	if x.u != nil {
		x.change("NICK", nick)
		return
	}
	if x.c.registering || !x.nickFree(nick) {
		return
	}
	x.c.nick = nick
	x.tryRegister()
}

// nickFree answers why a nick cannot be had.
func (x *call) nickFree(nick string) bool {
	if !irc.ValidNick(nick, x.s.lim.Nick) {
		x.reply(irc.ERR_ERRONEUSNICKNAME, word(nick))
		return false
	}
	if x.taken(nick) || fold(nick) == fold(nickServ) {
		x.reply(irc.ERR_NICKNAMEINUSE, nick)
		return false
	}
	return true
}

// taken says whether somebody else has a nick. Before its event is stored a
// command may count on the end of lost sessions, which will be applied first.
func (x *call) taken(nick string) bool {
	o := x.s.nick(nick)
	if o == nil || o == x.u {
		return false
	}
	_, losing := x.s.losing[o.id.Origin]
	return x.applied || !losing
}

func checkNick(x *call) bool {
	return x.nickFree(x.m.Params[0]) && x.m.Params[0] != x.u.nick
}

func applyNick(x *call) {
	s, u, nick := x.s, x.u, x.m.Params[0]
	renamed := fold(nick) != fold(u.nick)
	x.announce(s.peers(u, true), 0, u, irc.Text("", "NICK", nick))
	if renamed {
		s.monitored(u, false)
		s.remember(u, x.at)
	}
	delete(s.nicks, fold(u.nick))
	u.nick = nick
	s.nicks[fold(nick)] = u
	if renamed {
		s.monitored(u, true)
	}
}
